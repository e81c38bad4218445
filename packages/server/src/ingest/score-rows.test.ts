// Verdicts that spans carry themselves, from bytes to rows of `logs`.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeProtobuf, fixtureStartMs, type FixtureSpan } from "../decode/otlp.fixture.ts";
import { Pricer } from "../price/price-call.ts";
import { createTraceIngest } from "./ingest-traces.ts";
import { openTestWay, type TestWay } from "./signals.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const spanId = "b7ad6b7169203331";
const traceId = "0af7651916cd43dd8448eb211c80319c";
const nothing = "0";
let project = 0;

/** Sends the spans in one request and answers the rows of `logs` that it became. */
async function store(...spans: FixtureSpan[]): Promise<unknown[]> {
  project += 1;
  const traces = createTraceIngest({ spool: way.spool, pricer: new Pricer() });
  const receipt = await traces.accept({
    project: `scores-${project}`,
    bytes: encodeProtobuf(spans.map((span) => ({ traceId, spanId, ...span }))),
  });
  expect(receipt).toMatchObject({ received: spans.length, rejected: {} });
  return way.stored(`SELECT event_name AS event, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId, service, scope_name AS scope,
    user_id AS user, session_id AS session, toUnixTimestamp64Milli(time) AS at, severity, attributes, attribute_types AS types
    FROM logs WHERE project = 'scores-${project}' ORDER BY attributes['gen_ai.evaluation.name']`);
}

describe("a span's own verdicts", () => {
  it("come as an event of the conventions", async () => {
    const attributes = { "gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": 0.7 };
    const events = [{ name: "gen_ai.evaluation.result", attributes }, { name: "gen_ai.choice" }];
    expect(await store({ events, attributes: { "user.id": "u1", "session.id": "s1" } })).toEqual([
      {
        event: "gen_ai.evaluation.result",
        traceId,
        spanId,
        service: "support-bot",
        scope: "fixture",
        user: "u1",
        session: "s1",
        at: String(fixtureStartMs),
        severity: 9,
        attributes: { "gen_ai.evaluation.name": "relevance", "gen_ai.evaluation.score.value": "0.7" },
        types: "sd",
      },
    ]);
  });

  it("come as evaluations and annotations of OpenInference, of the span, its trace and its session", async () => {
    const attributes = {
      "openinference.span.kind": "LLM",
      "evaluations.0.evaluation.name": "helpful",
      "evaluations.0.evaluation.score": 0.9,
      "evaluations.0.evaluation.explanation": "cited",
      "annotations.0.annotation.name": "liked",
      "annotations.0.annotation.label": "yes",
      "annotations.0.annotation.annotator_kind": "HUMAN",
      "annotations.1.annotation.score": 1,
      "trace.evaluations.0.evaluation.name": "whole",
      "session.evaluations.0.evaluation.name": "zest",
      "session.id": "s1",
    };
    const rows = await store({ attributes });
    expect(rows).toMatchObject([
      {
        traceId,
        spanId,
        at: String(fixtureStartMs + 1000),
        attributes: {
          "gen_ai.evaluation.name": "helpful",
          "gen_ai.evaluation.score.value": "0.9",
          "gen_ai.evaluation.explanation": "cited",
          "spanlight.score.source": "span",
          "spanlight.score.id": `${spanId}.evaluations.0`,
        },
      },
      {
        spanId,
        attributes: { "gen_ai.evaluation.score.label": "yes", "spanlight.score.source": "HUMAN" },
      },
      { traceId, spanId: nothing.repeat(16), attributes: { "gen_ai.evaluation.name": "whole" } },
      { traceId: nothing.repeat(32), spanId: nothing.repeat(16), session: "s1" },
    ]);
    expect(rows).toHaveLength(4);
  });

  it("come as attributes of the conventions, and a span without any says nothing", async () => {
    const attributes = { "gen_ai.evaluation.name": "toxicity", "gen_ai.evaluation.score.value": 0 };
    const rows = await store(
      { attributes },
      {
        spanId: "00000000000000a1",
        attributes: { "gen_ai.operation.name": "chat" },
        events: [{ name: "x" }],
      },
    );
    expect(rows).toMatchObject([
      { spanId, attributes: { "spanlight.score.id": `${spanId}.own`, "gen_ai.evaluation.score.value": "0" } },
    ]);
    expect(rows).toHaveLength(1);
  });
});
