import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestWay, type TestWay } from "../../ingest/signals.fixture.ts";
import { toSpanId, toTraceId } from "./ids.ts";
import { openDoors, readLogs, readSpans, send } from "./native-doors.fixture.ts";
import type { Part } from "./part.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const start = "2026-11-21T05:39:44.664Z";
const later = "2026-11-21T05:39:45.061Z";

describe("spans of which more may come", () => {
  const run = { id: "r1", trace_id: "t1", name: "call", run_type: "llm", start_time: start };

  it("are there after a kill, and once", async () => {
    const doors = await openDoors(way);
    await send(doors, "/runs", run);
    await doors.stop("kept");
    const again = await openDoors(way, { directory: doors.directory, project: doors.project });
    await send(again, "/runs/r1", { trace_id: "t1", end_time: later }, { method: "PATCH" });
    await again.settle();
    expect(await readSpans(way, doors.project)).toMatchObject([{ name: "call", ms: 397 }]);
    await again.stop();
  });

  it("that were on their way to the spool at a kill are handed over once more and stored once", async () => {
    const doors = await openDoors(way);
    await send(doors, "/runs", { ...run, end_time: later });
    await doors.settle();
    await doors.stop("kept");
    const journal = join(doors.directory, "open-spans.journal");
    const bytes = readFileSync(journal);
    const lines = bytes.toString("utf8").split("\n").slice(0, -1);
    expect(lines.map((line) => JSON.parse(line.slice(9)).kind)).toEqual(["room", "parts", "batch", "done"]);
    const directory = mkdtempSync(join(tmpdir(), "spanlight-native-"));
    // As the kill left it: handed over, and the last line cut off.
    bytes.fill(0, lines.slice(0, 3).join("\n").length + 20);
    writeFileSync(join(directory, "open-spans.journal"), bytes);
    const again = await openDoors(way, { directory, project: doors.project });
    await again.settle();
    expect(await readSpans(way, doors.project)).toHaveLength(1);
    await again.stop();
    rmSync(doors.directory, { recursive: true });
  });

  it("are counted for the key that spoke of them last, also after a kill", async () => {
    const doors = await openDoors(way);
    const { project } = doors;
    const sdk = { name: "langsmith", version: "" };
    const toPart = (fields: Record<string, string>): Part => ({
      source: "langsmith",
      kind: "span",
      id: fields["id"] ?? "",
      traceId: "t1",
      sdk,
      fields,
    });
    await doors.intake.accept({ project, keyId: "first" }, [toPart(run), toPart({ ...run, id: "r2" })]);
    await doors.intake.accept({ project, keyId: "second" }, [toPart({ id: "r1", end_time: later })]);
    await doors.stop("kept");
    const again = await openDoors(way, { directory: doors.directory, project });
    await again.intake.accept({ project }, [toPart({ ...run, id: "r3", end_time: later })]);
    await again.intake.accept({ project, keyId: "first" }, [toPart({ id: "r2", end_time: later })]);
    await again.settle();
    const accounts = way.spool.snapshot(project).accounts;
    expect(Object.fromEntries(accounts.map(({ keyId, totals }) => [keyId, totals.traces.received]))).toEqual({
      first: 1,
      second: 1,
      null: 1,
    });
    await again.stop();
  });

  it("of which one line is damaged are missed and reported, and all others kept", async () => {
    const doors = await openDoors(way);
    for (const id of ["a", "b", "c"]) await send(doors, "/runs", { ...run, id, name: id, end_time: later });
    await doors.stop("kept");
    const journal = join(doors.directory, "open-spans.journal");
    const text = readFileSync(journal, "utf8").replace('"name":"b"', '"name":"x"');
    writeFileSync(journal, `${text}0000 cut o`);
    const logged: unknown[] = [];
    for (const expected of [[{ message: "the journal of open spans is damaged", lines: 1 }], []]) {
      const again = await openDoors(way, {
        directory: doors.directory,
        project: doors.project,
        log: (_level, message, fields) => logged.push({ message, lines: fields?.["lines"] }),
      });
      expect(logged.splice(0)).toEqual(expected);
      await again.settle();
      await again.stop("kept");
    }
    expect(readdirSync(doors.directory)).toEqual([
      "open-spans.journal",
      expect.stringMatching(/^open-spans\.journal\.damaged-\d+$/),
    ]);
    expect(await readSpans(way, doors.project)).toMatchObject([{ name: "a" }, { name: "c" }]);
    rmSync(doors.directory, { recursive: true });
  });

  it("that are sent again are stored once", async () => {
    const doors = await openDoors(way);
    const whole = { ...run, end_time: later };
    await send(doors, "/runs", whole);
    await doors.settle();
    await send(doors, "/runs", whole);
    await doors.settle();
    expect(await readSpans(way, doors.project)).toHaveLength(1);
    expect(await readLogs(way, doors.project)).toEqual([]);
    await doors.stop();
  });

  it("and were billed do not change any more: what is said later is a log event of the span", async () => {
    const doors = await openDoors(way);
    await send(doors, "/runs", { ...run, end_time: later });
    await doors.settle();
    await send(doors, "/runs/r1", { trace_id: "t1", outputs: { x: "later" } }, { method: "PATCH" });
    await doors.settle();
    expect(await readSpans(way, doors.project)).toHaveLength(1);
    expect(await readLogs(way, doors.project)).toMatchObject([
      {
        event: "spanlight.span.update",
        traceId: toTraceId("t1"),
        spanId: toSpanId("r1"),
        attributes: { "gen_ai.completion": '{"x":"later"}' },
      },
    ]);
    await doors.stop();
  });

  it("that never end are stored as they are after a while", async () => {
    const doors = await openDoors(way, { limits: { maxOpenMs: 60_000 } });
    await send(doors, "/runs", run);
    await doors.settle(30_000);
    expect(doors.intake.openCount).toBe(1);
    await doors.settle(30_000);
    expect(await readSpans(way, doors.project)).toMatchObject([{ name: "call", ms: 0 }]);
    await doors.stop();
  });

  it("that nobody began are told as an update", async () => {
    const doors = await openDoors(way);
    await send(
      doors,
      "/runs/unknown",
      { trace_id: "t1", end_time: later, outputs: { x: 1 } },
      { method: "PATCH" },
    );
    await doors.settle(90_000);
    expect(await readSpans(way, doors.project)).toEqual([]);
    expect(await readLogs(way, doors.project)).toMatchObject([
      { event: "spanlight.span.update", spanId: toSpanId("unknown") },
    ]);
    await doors.stop();
  });

  it("and are too many leave as they are, the first ones first", async () => {
    const doors = await openDoors(way, { limits: { maxOpenBytes: 1000 } });
    await send(doors, "/runs/batch", {
      post: [1, 2, 3].map((n) => ({
        ...run,
        id: `r${n}`,
        name: `run ${n}`,
        inputs: { text: "x".repeat(400) },
      })),
    });
    await doors.settle(1);
    expect(await readSpans(way, doors.project)).toMatchObject([{ name: "run 1" }, { name: "run 2" }]);
    expect(doors.intake.openCount).toBe(1);
    await doors.stop();
  });
});
