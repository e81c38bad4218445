import { afterAll, beforeAll, expect, it } from "vitest";
import type { Engine } from "../../store/engine.ts";
import { createTestStore } from "../../store/store.fixture.ts";
import { traceEngine } from "./trace-engine.ts";
import { createTestTraces, pathOf } from "./traces.fixture.ts";

let store: Engine;

beforeAll(async () => {
  store = await createTestStore();
});

afterAll(() => store.close());

it("a statement inside of a span is one below it, by its verb and its tables alone", async () => {
  const { traces, collect } = createTestTraces();
  const engine = traceEngine(store, traces);
  await traces.run({ name: "page" }, async () => {
    await engine.query({
      sql: "SELECT {text:String} AS text, 'literal secret' FROM numbers(2)",
      parameters: { text: "parameter secret" },
    });
    await engine.query({
      sql: "SELECT trace_id FROM spans WHERE project = {p:String}",
      parameters: { p: "x" },
    });
    await engine.command("OPTIMIZE TABLE spans");
    await engine.listBlocks("spans", 1n);
  });
  const spans = await collect();
  const statements = spans.filter(({ name }) => name !== "page" && name !== "wait for a session");
  expect(statements.map((span) => pathOf(span, spans))).toEqual([
    ["page", "SELECT"],
    ["page", "SELECT spans"],
    ["page", "OPTIMIZE spans"],
    ["page", "SELECT spans"],
  ]);
  expect(statements[1]?.attributes).toEqual({
    "db.system.name": "clickhouse",
    "db.operation.name": "SELECT",
    "db.query.summary": "SELECT spans",
    "db.collection.name": "spans",
    "db.response.returned_rows": 0,
  });
  const told = JSON.stringify(
    spans.map(({ name, attributes, events, status }) => [name, attributes, events, status]),
  );
  expect(told).not.toContain("secret");
});

it("outside of every span a statement has none", async () => {
  const { traces, collect } = createTestTraces();
  const engine = traceEngine(store, traces);
  await engine.query({ sql: "SELECT 1" });
  expect(await collect()).toEqual([]);
});

it("waiting for a free session is a span of its own below the statement", async () => {
  const { traces, collect } = createTestTraces();
  const engine = traceEngine(store, traces);
  const { maxReadsRunning } = store.load();
  const slow = { sql: "SELECT sleepEachRow(0.05) FROM numbers(2)" };
  await traces.run({ name: "page" }, () =>
    Promise.all(Array.from({ length: maxReadsRunning + 1 }, () => engine.query(slow))),
  );
  const spans = await collect();
  const waits = spans.filter(({ name }) => name === "wait for a session");
  expect(waits.map((span) => pathOf(span, spans))).toContainEqual(["page", "SELECT", "wait for a session"]);
});

it("a statement that fails says why by the code of its error, and the error is the same", async () => {
  const { traces, collect } = createTestTraces();
  const engine = traceEngine(store, traces);
  const asked = traces.run({ name: "page" }, () => engine.query({ sql: "SELECT secret FROM spans" }));
  await expect(asked).rejects.toMatchObject({ code: "query_failed" });
  const spans = await collect();
  const errorOf = (name: string): unknown =>
    spans.find((span) => span.name === name)?.attributes["error.type"];
  expect(errorOf("SELECT spans")).toBe("query_failed");
  expect(errorOf("page")).toBe("query_failed");
});

it("who asks again and again has two hundred statements and the number of the others", async () => {
  const { traces, collect } = createTestTraces();
  const engine = traceEngine(store, traces);
  await traces.run({ name: "wait" }, async () => {
    for (let count = 0; count < 203; count += 1) await engine.query({ sql: "SELECT 1" });
  });
  const spans = await collect();
  expect(spans.filter(({ name }) => name === "SELECT")).toHaveLength(200);
  expect(spans.at(-1)?.attributes).toEqual({ "spanlight.statements_left_out": 3 });
});
