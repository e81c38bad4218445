import { trace as traceApi } from "@opentelemetry/api";
import { ScoreDataType, type CreateScoreRequest } from "@langfuse/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { startOtlpReceiver, type OtlpReceiver } from "../../testing/otlp-receiver.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { langfuse } from "../destinations/presets.ts";
import { score, startSpan, trace, withContext } from "../index.ts";

const traceId = "0af7651916cd43dd8448eb211c80319c";

describe("score()", () => {
  let recorded: RecordedSdk;
  let vendor: OtlpReceiver;
  beforeEach(async () => {
    vendor = await startOtlpReceiver();
    const preset = langfuse({ host: vendor.url, publicKey: "pk", secretKey: "sk", environment: "staging" });
    recorded = await startRecordedSdk({ destinations: [preset] });
  });
  afterEach(async () => {
    await recorded.stop();
    await vendor.close();
  });

  test("is the conventions' event in the logs, with the ids of what was judged", async () => {
    const span = startSpan("answer");
    score({ trace: span, name: "helpfulness", value: 0.25, label: "poor", comment: "too short" });
    span.end();
    await recorded.flush();
    const { traceId: judged, spanId } = span.spanContext();
    expect(recorded.receiver.logs()).toMatchObject([
      {
        eventName: "gen_ai.evaluation.result",
        traceId: judged,
        spanId,
        severityNumber: 9,
        attributes: {
          "gen_ai.evaluation.name": "helpfulness",
          "gen_ai.evaluation.score.value": 0.25,
          "gen_ai.evaluation.score.label": "poor",
          "gen_ai.evaluation.explanation": "too short",
        },
      },
    ]);
  });

  test.each([
    ["a number", 0.25, { value: 0.25, dataType: ScoreDataType.Numeric }, { value: 0.25, label: undefined }],
    ["a boolean", true, { value: 1, dataType: ScoreDataType.Boolean }, { value: 1, label: "true" }],
    ["a word", "relevant", { value: "relevant", dataType: ScoreDataType.Categorical }, { label: "relevant" }],
  ] as const)("%s is Langfuse's score of that type, by its own API", async (_kind, value, native, event) => {
    score({ trace: { traceId, spanId: "b7ad6b7169203331" }, name: "quality", value, id: "score-1" });
    await recorded.flush();
    const [request] = vendor.requests.filter(({ path }) => path === "/api/public/scores");
    expect(request?.headers).toMatchObject({
      authorization: "Basic cGs6c2s=",
      "content-type": "application/json",
    });
    const body: CreateScoreRequest = JSON.parse(request?.bytes.toString() ?? "{}");
    expect(body).toEqual({
      id: "score-1",
      traceId,
      observationId: "b7ad6b7169203331",
      name: "quality",
      environment: "staging",
      ...native,
    });
    const attributes = recorded.receiver.logs()[0]?.attributes;
    expect(attributes?.["gen_ai.evaluation.score.value"]).toBe("value" in event ? event.value : undefined);
    expect(attributes?.["gen_ai.evaluation.score.label"]).toBe(event.label);
  });

  test("inside a span needs no trace, and carries who was served", async () => {
    withContext({ userId: "u-1" }, () =>
      trace("answer", () => score({ name: "thumbs_up", value: true, metadata: { source: "button" } })),
    );
    const [span] = await recorded.flush();
    expect(recorded.receiver.logs()).toMatchObject([
      {
        traceId: span?.traceId,
        spanId: span?.spanId,
        attributes: { "user.id": "u-1", "app.metadata.source": "button" },
      },
    ]);
  });

  test("a trace as a whole is judged by its id; many scores go out one by one", async () => {
    for (let index = 0; index < 3; index++) score({ trace: traceId, name: `s${index}`, value: index });
    await recorded.flush();
    const bodies = vendor.requests
      .filter(({ path }) => path === "/api/public/scores")
      .map(({ bytes }) => JSON.parse(bytes.toString()) as CreateScoreRequest);
    expect(bodies.map(({ name, value }) => [name, value])).toEqual([
      ["s0", 0],
      ["s1", 1],
      ["s2", 2],
    ]);
    expect(bodies.every((body) => !("observationId" in body))).toBe(true);
    expect(new Set(bodies.map(({ id }) => id)).size).toBe(3);
    expect(recorded.receiver.logs().map(({ spanId }) => spanId)).toEqual(["", "", ""]);
  });

  test("comments are masked like content", async () => {
    const key = `sk-${"a".repeat(40)}`;
    score({ trace: traceId, name: "leak", value: 0, comment: `said ${key}` });
    await recorded.flush();
    const sent = [...vendor.requests, ...recorded.receiver.requests].map(({ bytes }) =>
      bytes.toString("latin1"),
    );
    expect(sent.join("")).toContain("said ");
    expect(sent.join("")).not.toContain(key);
  });

  test.each([
    ["no trace", { name: "a", value: 1 }],
    ["an id that is none", { trace: "nonsense", name: "a", value: 1 }],
    ["a value that is no number", { trace: traceId, name: "a", value: Number.NaN }],
    ["no name", { trace: traceId, name: "", value: 1 }],
  ])("with %s nothing is sent and nothing thrown", async (_case, options) => {
    expect(() => score(options)).not.toThrow();
    await recorded.flush();
    expect([...vendor.requests, ...recorded.receiver.requests]).toEqual([]);
  });

  test("after shutdown() it is nothing", async () => {
    await recorded.sdk.shutdown();
    score({ trace: traceId, name: "late", value: 1 });
    expect(vendor.requests).toEqual([]);
    expect(traceApi.getActiveSpan()).toBeUndefined();
  });
});
