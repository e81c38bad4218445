// Scores by routes of their own: Phoenix' annotations and notes, and our own door.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestWay, type TestWay } from "../../ingest/signals.fixture.ts";
import { openDoors, readLogs, send } from "./native-doors.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

describe("Phoenix' annotations (@arizeai/phoenix-client 6.14)", () => {
  it("are evaluation results of spans, their traces looked up in the store", async () => {
    const traceId = "9645f4a9046a4bd395d7020fab223c75";
    const doors = await openDoors(way, {
      findTraceIds: async (_project, spanIds) => new Map(spanIds.map((id) => [id, traceId])),
    });
    const data = [
      {
        span_id: "09c6047803066ad4",
        name: "helpful",
        annotator_kind: "HUMAN",
        result: { label: "good", score: 0.9, explanation: "nice" },
        identifier: "",
      },
    ];
    expect(await send(doors, "/v1/span_annotations?sync=false", { data })).toMatchObject({ status: 200 });
    expect(await readLogs(way, doors.project)).toMatchObject([
      {
        traceId,
        spanId: "09c6047803066ad4",
        attributes: { "gen_ai.evaluation.score.label": "good", "spanlight.score.source": "HUMAN" },
      },
    ]);
    await doors.stop();
  });

  it("notes are kept in words, those of documents and sessions too, and the client is told a version that has them", async () => {
    const doors = await openDoors(way, { findTraceIds: () => Promise.resolve(new Map()) });
    expect(await (await fetch(`${doors.url}/arize_phoenix_version`)).text()).toMatch(/^\d+\.\d+\.\d+$/);
    const spanId = "09c6047803066ad4";
    await send(doors, "/v1/span_notes", { data: { span_id: spanId, note: "one" } });
    await send(doors, "/v1/span_notes", { data: { span_id: spanId, note: "two" } });
    await send(doors, "/v1/session_notes", { data: { session_id: "s1", note: "three" } });
    await send(doors, "/v1/document_annotations?sync=false", {
      data: [{ span_id: spanId, document_position: 1, name: "relevance", result: { score: 0.6 } }],
    });
    const about = { event: "gen_ai.evaluation.result" };
    const said = (text: string): object => ({
      ...about,
      attributes: expect.objectContaining({ "gen_ai.evaluation.explanation": text }),
    });
    const logs = await readLogs(way, doors.project);
    for (const text of ["one", "two", "three"])
      expect(logs).toContainEqual(expect.objectContaining(said(text)));
    expect(logs[3]).toMatchObject({ ...about, attributes: { "gen_ai.evaluation.score.value": "0.6" } });
    await doors.stop();
  });

  it("are kept with their span alone where the store cannot be asked", async () => {
    const doors = await openDoors(way, { findTraceIds: () => Promise.reject(new Error("busy")) });
    await send(doors, "/v1/span_annotations", {
      data: [{ span_id: "09c6047803066ad4", name: "x", result: { score: 1 } }],
    });
    expect(await readLogs(way, doors.project)).toMatchObject([
      { traceId: "0".repeat(32), spanId: "09c6047803066ad4" },
    ]);
    await doors.stop();
  });
});

describe("POST /api/scores", () => {
  it("takes a score of a span, a trace or a session", async () => {
    const doors = await openDoors(way);
    const traceId = "9645f4a9046a4bd395d7020fab223c75";
    const answer = await send(doors, "/api/scores", {
      id: "s",
      traceId,
      name: "faithfulness",
      value: 0.8,
      comment: "cited",
    });
    expect(answer).toEqual({ status: 201, body: { id: "s" } });
    expect(await readLogs(way, doors.project)).toMatchObject([
      {
        event: "gen_ai.evaluation.result",
        traceId,
        attributes: { "gen_ai.evaluation.name": "faithfulness", "gen_ai.evaluation.score.value": "0.8" },
      },
    ]);
    await doors.stop();
  });

  it.each([
    [{ name: "x", value: 1 }, "traceId, spanId or sessionId"],
    [{ name: "x", traceId: "9645f4a9046a4bd395d7020fab223c75" }, "a value, a label or both"],
    [{ value: 1, sessionId: "s" }, "name"],
    [{ name: "x", value: "high", sessionId: "s" }, "value"],
  ])("says what is wrong with %j", async (body, reason) => {
    const doors = await openDoors(way);
    expect(await send(doors, "/api/scores", body)).toMatchObject({
      status: 400,
      body: { code: "malformed_request", status: 400, detail: expect.stringContaining(reason) },
    });
    await doors.stop();
  });
});

describe("Traceloop's user feedback (@traceloop/node-server-sdk 0.27)", () => {
  const path = "/v2/annotation-tasks/feedback/annotations";
  const feedback = (entity: string, tags: object): object => ({
    entity_instance_id: entity,
    tags,
    source: "sdk",
    flow: "user_feedback",
    actor: { type: "service", id: "shop" },
  });

  it("is a score for each tag, of the session or the trace it names, and every one stays", async () => {
    const doors = await openDoors(way);
    const tags = { score: 0.85, sentiment: "positive", tones: ["happy", "surprised"] };
    for (const tag of [tags, { score: 0.2 }])
      expect(await send(doors, path, feedback("chat-1", tag))).toMatchObject({ status: 201 });
    const traceId = "9645f4a9046a4bd395d7020fab223c75";
    await send(doors, path, feedback(traceId, { useful: "yes" }));
    const said = (name: string, more: object): object =>
      expect.objectContaining({
        "gen_ai.evaluation.name": name,
        "spanlight.score.source": "user_feedback",
        ...more,
      });
    expect((await readLogs(way, doors.project)).map(({ attributes }) => attributes)).toEqual([
      said("score", { "gen_ai.evaluation.score.value": "0.85" }),
      said("score", { "gen_ai.evaluation.score.value": "0.2" }),
      said("sentiment", { "gen_ai.evaluation.score.label": "positive" }),
      said("tones", { "gen_ai.evaluation.score.label": "happy, surprised" }),
      said("useful", { "gen_ai.evaluation.score.label": "yes" }),
    ]);
    const of = await way.stored<{ session: string; trace: string }>(
      `SELECT DISTINCT session_id AS session, lower(hex(trace_id)) AS trace FROM logs WHERE project = '${doors.project}' ORDER BY session`,
    );
    expect(of).toEqual([
      { session: "", trace: traceId },
      { session: "chat-1", trace: "0".repeat(32) },
    ]);
    await doors.stop();
  });

  it("of nothing is refused, and there are no prompts to be had", async () => {
    const doors = await openDoors(way);
    expect(await send(doors, path, feedback("", { score: 1 }))).toMatchObject({ status: 400 });
    const prompts = await fetch(`${doors.url}/v1/traceloop/prompts`);
    expect(await prompts.json()).toEqual({ prompts: [], environment: "prd" });
    await doors.stop();
  });
});
