// A backup taken while spans stream in, restored elsewhere: everything acknowledged before it is there, exactly once.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcher, runNode, startServerProcess, type Ended, type ServerProcess } from "./server-process.ts";

let work: string;
let server: ServerProcess;

beforeAll(async () => {
  work = mkdtempSync(join(tmpdir(), "spanlight-backup-"));
  server = await startServerProcess({ SPANLIGHT_SEGMENT_AGE_MS: "100" });
}, 30_000);
afterAll(async () => {
  await server.stop();
  rmSync(work, { recursive: true, force: true });
});

const run = (args: string[], data: string): Promise<Ended> =>
  runNode([launcher, ...args], { env: { SPANLIGHT_DATA: data, SPANLIGHT_LOG_LEVEL: "error" } });

/** Who changed what in a data directory, as the command line tells it. */
async function listAudit(data: string): Promise<unknown> {
  const { stdout } = await run(["audit", "--json"], data);
  return JSON.parse(stdout);
}

const id = (number: number, digits: number): string => number.toString(16).padStart(digits, "0");

/** Ten spans of one trace with content; resolves once they are acknowledged. */
async function send(url: string, trace: number): Promise<void> {
  const endNs = BigInt(Date.now()) * 1_000_000n;
  const spans = Array.from({ length: 10 }, (_, index) => ({
    traceId: id(trace, 32),
    spanId: id(trace * 10 + index + 1, 16),
    name: "chat",
    startTimeUnixNano: String(endNs - 1_000_000n),
    endTimeUnixNano: String(endNs),
    attributes: [
      { key: "gen_ai.operation.name", value: { stringValue: "chat" } },
      {
        key: "gen_ai.input.messages",
        value: { stringValue: `[{"role":"user","parts":[{"type":"text","content":"question ${trace}"}]}]` },
      },
    ],
  }));
  const response = await fetch(`${url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
  });
  expect(response.status).toBe(200);
}

/** A run of LangSmith's SDK that has not ended: acknowledged, and no span yet. */
async function sendOpenRun(url: string): Promise<void> {
  const run = {
    id: "0193f2a0-0000-7000-8000-000000000001",
    trace_id: "0193f2a0-0000-7000-8000-000000000001",
    name: "open run",
    run_type: "llm",
    start_time: new Date().toISOString(),
    inputs: {},
  };
  const response = await fetch(`${url}/runs`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(run),
  });
  expect(response.ok).toBe(true);
}

interface StoredTrace {
  readonly trace: string;
  readonly rows: number;
  readonly spans: number;
}

/** Rows of every trace in a table of a data directory that no server runs on, as they lie there. */
async function countRows(data: string, table: string): Promise<Map<string, StoredTrace>> {
  const script = `const { Session } = require("chdb");
const session = new Session(${JSON.stringify(join(data, "store"))});
const sql = "SELECT lower(hex(trace_id)) AS trace, toUInt32(count()) AS rows, toUInt32(uniqExact(span_id)) AS spans FROM spanlight.${table} GROUP BY trace";
process.stdout.write(session.query(sql, "JSONEachRow"));
process.exit(0);`;
  const ended = await runNode(["-e", script], { cwd: join(import.meta.dirname, "../packages/server") });
  expect(ended.stderr).toBe("");
  const rows = ended.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as StoredTrace);
  return new Map(rows.map((row) => [row.trace, row]));
}

describe("a backup", () => {
  it("under load holds everything acknowledged before it exactly once, and its restore takes more", async () => {
    const acknowledged: number[] = [];
    let isStopped = false;
    const sending = Promise.all(
      [0, 1, 2].map(async (lane) => {
        for (let count = 0; !isStopped; count += 1) {
          const trace = 1 + lane * 100_000 + count;
          await send(server.url, trace);
          acknowledged.push(trace);
        }
      }),
    );
    await expect.poll(() => acknowledged.length, { timeout: 20_000 }).toBeGreaterThan(60);
    const before = [...acknowledged];
    await sendOpenRun(server.url);
    const directory = join(work, "backup");
    const taken = await run(["backup", directory], server.directory);
    expect(taken.stderr).toBe("");
    expect(taken.stdout).toContain(directory);
    const after = acknowledged.length;
    isStopped = true;
    await sending;
    expect(after).toBeGreaterThan(before.length); // the load went on meanwhile
    expect(await listAudit(server.directory)).toMatchObject([
      {
        action: "backup.take",
        target: directory,
        actor: { kind: "owner" },
        detail: { files: expect.any(Number) },
      },
    ]);

    const journals = readdirSync(join(directory, "data", "native"))
      .map((name) => readFileSync(join(directory, "data", "native", name), "utf8"))
      .join("");
    expect(journals).toContain("open run");

    const data = join(work, "restored");
    const restored = await run(["restore", directory], data);
    expect([restored.code, restored.stderr]).toEqual([0, ""]);
    expect(await listAudit(data)).toMatchObject([
      { action: "backup.restore", target: data, actor: { kind: "owner" }, detail: { from: directory } },
    ]);
    const second = await startServerProcess({ SPANLIGHT_DATA: data });
    try {
      const ingest = (await (await fetch(`${second.url}/api/ingest`)).json()) as {
        traces: { received: number; stored: number; inSpool: number };
      };
      expect(ingest.traces.received).toBe(ingest.traces.stored + ingest.traces.inSpool);
      expect(ingest.traces.received).toBeGreaterThanOrEqual(before.length * 10);
      await send(second.url, 999_999);
    } finally {
      await second.stop();
    }
    for (const table of ["spans", "contents"]) {
      const stored = await countRows(data, table);
      for (const trace of [...before, 999_999]) {
        expect(stored.get(id(trace, 32)), table).toEqual({ trace: id(trace, 32), rows: 10, spans: 10 });
      }
      // What came later is there as a whole request or not at all.
      for (const row of stored.values()) expect(row, table).toMatchObject({ rows: 10, spans: 10 });
    }
  }, 120_000);

  it("leaves nothing behind in the data directory", () => {
    expect(readdirSync(join(server.directory, "spool")).filter((name) => name.startsWith("."))).toEqual([]);
    const shadow = join(server.directory, "store", "shadow");
    const left = existsSync(shadow) ? readdirSync(shadow) : [];
    expect(left.filter((name) => name.startsWith("backup_"))).toEqual([]);
  });

  it("of a directory without a server is the same", async () => {
    const first = await startServerProcess({ SPANLIGHT_DATA: join(work, "at-rest") });
    await send(first.url, 7);
    await first.stop();
    // As a killed server leaves it: its address is there, nobody answers.
    const address = { pid: process.pid, url: first.url, token: "none" };
    writeFileSync(join(work, "at-rest", "server.json"), JSON.stringify(address));
    const directory = join(work, "backup-at-rest");
    const taken = await run(["backup", directory], join(work, "at-rest"));
    expect([taken.code, taken.stderr]).toEqual([0, ""]);
    const restored = await run(["restore", directory, "--data", join(work, "at-rest-again")], "unused");
    expect([restored.code, restored.stderr]).toEqual([0, ""]);
    expect(restored.stdout).toMatch(/contents 10, .*spans 10/);
    expect(await listAudit(join(work, "at-rest"))).toMatchObject([
      { action: "backup.take", target: directory },
    ]);
  }, 60_000);

  it.each([
    [
      "backup",
      "its own data directory",
      () => [join(server.directory, "here"), server.directory],
      /outside it/,
    ],
    ["backup", "a directory that is not empty", () => [work, server.directory], /not empty/],
    [
      "restore",
      "a directory without a backup",
      () => [join(work, "restored"), join(work, "new")],
      /manifest\.json is missing/,
    ],
    ["restore", "a data directory in use", () => [join(work, "backup"), server.directory], /not empty/],
  ] as const)("%s is refused for %s in one sentence", async (command, _what, paths, sentence) => {
    const [directory = "", data = ""] = paths();
    const { code, stdout, stderr } = await run([command, directory], data);
    expect([code, stdout]).toEqual([1, ""]);
    expect(stderr.trim()).toMatch(sentence);
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  it("whose bytes have changed is refused by the name of the file, and leaves nothing", async () => {
    const directory = join(work, "backup");
    const part = readdirSync(join(directory, "tables", "spans"))[0] ?? "";
    const file = join(directory, "tables", "spans", part, "data.bin");
    const bytes = readFileSync(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    writeFileSync(file, bytes);
    const ended = await run(["restore", directory], join(work, "new"));
    expect(ended.code).toBe(1);
    expect(ended.stderr).toMatch(/tables\/spans\/.*data\.bin of the backup has changed/);
    expect(readdirSync(work).filter((name) => name.startsWith("new"))).toEqual([]);
  });
});
