import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { readSettings } from "../config/config.ts";
import { insertSpans } from "../query/spans.fixture.ts";
import { schemaDirectory } from "../store/migrate.ts";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { toRetentionRules } from "./retention-rules.ts";
import { startTestServer, type TestServer } from "./server.fixture.ts";

const read = (environment: Record<string, string>): ReturnType<typeof toRetentionRules> =>
  toRetentionRules(readSettings({ environment, flags: {} }));

describe("what is kept", () => {
  it("is thirty days of everything unless told otherwise", () => {
    const rules = read({});
    expect(rules.map(({ name, days, maxBytes }) => [name, days, maxBytes])).toEqual([
      ["traces", 30, null],
      ["logs", 30, null],
      ["metrics", 30, null],
    ]);
  });

  it("is told by signal, for content too", () => {
    const rules = read({
      SPANLIGHT_RETENTION_TRACES_DAYS: "90",
      SPANLIGHT_RETENTION_CONTENT_DAYS: "7",
      SPANLIGHT_RETENTION_LOGS_DAYS: "0",
      SPANLIGHT_RETENTION_METRICS_BYTES: "2000000",
    });
    expect(rules.map(({ name, days, maxBytes }) => [name, days, maxBytes])).toEqual([
      ["traces", 90, null],
      ["content", 7, null],
      ["logs", null, null],
      ["metrics", 30, 2_000_000],
    ]);
    expect(rules.map(({ tables }) => tables[0])).toEqual(["spans", "contents", "logs", "metric_samples"]);
  });

  it("covers every table that is partitioned by the day of receipt", () => {
    const tables = new Set(read({}).flatMap((rule) => rule.tables));
    const files = readdirSync(schemaDirectory).map((file) =>
      readFileSync(join(schemaDirectory, file), "utf8"),
    );
    const partitioned = files
      .flatMap((text) => text.split(/;\s*\n/))
      .filter((statement) => statement.includes("PARTITION BY toDate(received_at)"))
      .map((statement) => /CREATE TABLE IF NOT EXISTS (\w+)/.exec(statement)?.[1]);
    expect(partitioned.length).toBeGreaterThan(3);
    for (const table of partitioned) expect([...tables]).toContain(table);
  });
});

describe("a running server", () => {
  let test: TestServer;

  beforeAll(async () => {
    test = await startTestServer({
      environment: { SPANLIGHT_RETENTION_TRACES_DAYS: "3", SPANLIGHT_HOUSEKEEPING_INTERVAL_MS: "50" },
    });
  });
  afterAll(() => test.close());

  it("drops days that are too old, says so in its log, its API and its metrics", async () => {
    const dayMs = 86_400_000;
    for (const age of [5, 2, 0]) {
      await insertSpans(test.store, [
        { trace: age + 1, span: age + 1, at: 0, content: { "gen_ai.prompt": "text" } },
      ]);
      const receivedAt = new Date(Date.now() - age * dayMs).toISOString().replace("T", " ").replace("Z", "");
      for (const table of ["spans", "contents"]) {
        // Seeds have one day of receipt: each moves to the day it stands for.
        await test.store.command(
          `CREATE TABLE moved AS ${table}; INSERT INTO moved SELECT * REPLACE ({at:DateTime64(3, 'UTC')} AS received_at) FROM ${table} WHERE span_id = unhex({span:String}); ALTER TABLE ${table} DELETE WHERE span_id = unhex({span:String}) SETTINGS mutations_sync = 1; INSERT INTO ${table} SELECT * FROM moved; DROP TABLE moved SYNC`,
          { at: receivedAt, span: (age + 1).toString(16).padStart(16, "0") },
        );
      }
    }
    const ages = async (table: string): Promise<string[]> => {
      const sql = `SELECT hex(span_id) AS span FROM ${table} ORDER BY span`;
      return (await test.store.query<{ span: string }>({ sql })).map(({ span }) =>
        String(Number.parseInt(span, 16) - 1),
      );
    };
    await vi.waitFor(async () => {
      expect(await ages("spans")).toEqual(["0", "2"]);
      expect(await ages("contents")).toEqual(["0", "2"]);
    }, 10_000);
    await vi.waitFor(async () => {
      const ingest = (await (await fetch(`${test.server.url}/api/ingest`)).json()) as { retention: object[] };
      expect(ingest.retention[0]).toMatchObject({
        name: "traces",
        days: 3,
        oldestDay: new Date(Date.now() - 2 * dayMs).toISOString().slice(0, 10),
        droppedByAgeBytes: expect.any(Number),
      });
    }, 5000);
    expect(test.logged.filter((line) => line.includes("day dropped"))).toHaveLength(2);
    const metrics = await (await fetch(`${test.server.url}/metrics`)).text();
    expect(metrics).toMatch(/spanlight_retention_dropped_bytes_total\{kind="traces",reason="age"\} [1-9]/);
    expect(metrics).toMatch(/spanlight_retention_bytes\{kind="traces"\} [1-9]/);
  });
});
