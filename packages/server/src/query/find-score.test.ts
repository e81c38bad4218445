import { ROOT_CONTEXT, trace } from "@opentelemetry/api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeLogs } from "../decode/otlp-signals.fixture.ts";
import { openTestWay, type TestWay } from "../ingest/signals.fixture.ts";
import { findScore } from "./find-score.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const spanContext = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
};

function give(value: number, label: string): Promise<unknown> {
  const attributes = {
    "gen_ai.evaluation.name": "helpful",
    "gen_ai.evaluation.score.value": value,
    "gen_ai.evaluation.score.label": label,
    "spanlight.score.id": "f1",
    "session.id": "s1",
  };
  const context = trace.setSpanContext(ROOT_CONTEXT, spanContext);
  const record = { timestamp: Date.now(), eventName: "gen_ai.evaluation.result", attributes, context };
  return way.logs.accept({ project: "scored", bytes: encodeLogs([record]) });
}

it("a score is found by its id as it was last given, in its project alone", async () => {
  await give(0.1, "poor");
  await way.stored("SELECT 1");
  await give(0.9, "");
  await way.stored("SELECT 1");
  expect(await findScore(way.store, { project: "scored", id: "f1" })).toEqual({
    id: "f1",
    traceId: spanContext.traceId,
    spanId: spanContext.spanId,
    sessionId: "s1",
    name: "helpful",
    value: 0.9,
    label: "",
    explanation: "",
    origin: "",
  });
  expect(await findScore(way.store, { project: "other", id: "f1" })).toBeUndefined();
  expect(await findScore(way.store, { project: "scored", id: "f2" })).toBeUndefined();
});
