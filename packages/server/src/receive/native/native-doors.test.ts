// What the SDKs of other products send by their own routes, as recorded from their current versions, down to the rows of the store.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openTestWay, type TestWay } from "../../ingest/signals.fixture.ts";
import { toRootSpanId, toSpanId, toTraceId } from "./ids.ts";
import { openDoors, readLogs, readSpans, send } from "./native-doors.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

const start = "2026-11-21T05:39:44.664Z";
const later = "2026-11-21T05:39:45.061Z";

describe("Langfuse's ingestion API (langfuse 3.39)", () => {
  const trace = "9a1798d5-e59c-441b-a5a0-3b9cda81fead";
  const generation = "dcc81501-5fa2-4b51-9666-27d1836693b6";
  const event = (type: string, body: object, id: string = type): object => ({
    id,
    type,
    timestamp: start,
    body,
  });
  const metadata = { sdk_name: "langfuse-js", sdk_version: "3.39.2" };

  it("created and updated in two requests, a generation is one span below its trace, with everything said of it", async () => {
    const doors = await openDoors(way);
    const first = await send(doors, "/api/public/ingestion", {
      batch: [
        event("trace-create", {
          id: trace,
          timestamp: start,
          name: "answer",
          userId: "u1",
          sessionId: "s1",
          input: { q: "hi" },
          release: "r1",
        }),
        event("generation-create", {
          id: generation,
          traceId: trace,
          parentObservationId: null,
          startTime: start,
          name: "chat",
          model: "gpt-4o-mini",
          input: [{ role: "user", content: "hi" }],
        }),
      ],
      metadata,
    });
    expect(first).toEqual({
      status: 207,
      body: {
        successes: [
          { id: "trace-create", status: 201 },
          { id: "generation-create", status: 201 },
        ],
        errors: [],
      },
    });
    await doors.settle(1500);
    expect(await readSpans(way, doors.project)).toEqual([]);
    await send(doors, "/api/public/ingestion", {
      batch: [
        event("generation-update", {
          id: generation,
          traceId: trace,
          endTime: later,
          output: { role: "assistant", content: "Hello" },
          completionStartTime: "2026-11-21T05:39:44.914Z",
          usageDetails: { input: 56, input_cached_tokens: 64, output: 22, output_reasoning_tokens: 8 },
        }),
        event("span-create", {
          id: "tool-1",
          traceId: trace,
          startTime: later,
          endTime: later,
          name: "tool",
          level: "ERROR",
          statusMessage: "no such order",
        }),
        event("trace-create", { id: trace, timestamp: later, output: "Hello" }),
      ],
      metadata,
    });
    await doors.settle();
    const traceId = toTraceId(trace);
    expect(await readSpans(way, doors.project)).toMatchObject([
      {
        name: "answer",
        traceId,
        spanId: toRootSpanId(trace),
        parentId: "0000000000000000",
        user: "u1",
        session: "s1",
        content: { "langfuse.trace.input": '{"q":"hi"}', "langfuse.trace.output": "Hello" },
      },
      {
        name: "chat",
        traceId,
        spanId: toSpanId(generation),
        parentId: toRootSpanId(trace),
        start: "2026-11-21 05:39:44.664000000",
        ms: 397,
        dialect: "langfuse",
        type: "model",
        model: "gpt-4o-mini",
        input: 120,
        output: 30,
        cacheRead: 64,
        reasoning: 8,
        ttftMs: 250,
        user: "u1",
        session: "s1",
        release: "r1",
        billed: 1,
        cost: expect.closeTo(0.0000312, 9),
        scope: "langfuse-js",
        version: "3.39.2",
        content: {
          "langfuse.observation.input": '[{"role":"user","content":"hi"}]',
          "langfuse.observation.output": '{"role":"assistant","content":"Hello"}',
        },
      },
      { name: "tool", parentId: toRootSpanId(trace), status: 2, statusMessage: "no such order" },
    ]);
    await doors.stop();
  });

  it("scores are evaluation results of their span or trace", async () => {
    const doors = await openDoors(way);
    await send(doors, "/api/public/ingestion", {
      batch: [
        event("score-create", {
          id: "1",
          name: "helpful",
          value: 0.9,
          comment: "good",
          traceId: trace,
          observationId: null,
        }),
        event(
          "score-create",
          {
            id: "2",
            name: "tone",
            value: "friendly",
            dataType: "CATEGORICAL",
            traceId: trace,
            observationId: generation,
          },
          "b",
        ),
      ],
    });
    expect(
      await send(doors, "/api/public/scores", { id: "3", traceId: trace, name: "valid", value: true }),
    ).toEqual({ status: 200, body: { id: "3" } });
    expect(await readLogs(way, doors.project)).toEqual([
      {
        event: "gen_ai.evaluation.result",
        traceId: toTraceId(trace),
        spanId: "0000000000000000",
        attributes: {
          "gen_ai.evaluation.name": "helpful",
          "gen_ai.evaluation.score.value": "0.9",
          "gen_ai.evaluation.explanation": "good",
          "spanlight.score.id": "1",
          "spanlight.score.source": "API",
        },
      },
      expect.objectContaining({
        spanId: toSpanId(generation),
        attributes: expect.objectContaining({ "gen_ai.evaluation.score.label": "friendly" }),
      }),
      expect.objectContaining({
        attributes: expect.objectContaining({ "gen_ai.evaluation.score.value": "1" }),
      }),
    ]);
    await doors.stop();
  });

  it("an event that cannot be taken is answered by itself", async () => {
    const doors = await openDoors(way);
    const answer = await send(doors, "/api/public/ingestion", {
      batch: [event("what", {}), event("sdk-log", {})],
    });
    expect(answer).toMatchObject({
      status: 207,
      body: { successes: [{ id: "sdk-log" }], errors: [{ id: "what", status: 400 }] },
    });
    expect(await send(doors, "/api/public/ingestion", { events: [] })).toMatchObject({ status: 400 });
    expect(await send(doors, "/api/public/ingestion", "{")).toMatchObject({ status: 400 });
    await doors.stop();
  });
});

describe("LangSmith's run API (langsmith 0.10)", () => {
  const root = "01a1fc9e-18f8-7000-8000-01e01b19a67e";
  const call = "01a1fc9e-192c-7000-8000-029a94e44d47";
  const headers = {
    "content-type": "multipart/form-data; boundary=----B",
    "user-agent": "langsmith-js/0.10.5",
  };
  const form = (parts: Record<string, unknown>): string =>
    `${Object.entries(parts)
      .map(
        ([name, value]) =>
          `------B\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(value)}\r\n`,
      )
      .join("")}------B--\r\n`;

  const created = {
    [`post.${root}`]: {
      id: root,
      trace_id: root,
      name: "answer",
      run_type: "chain",
      start_time: "2026-11-21T05:39:41.944001Z",
      session_name: "shop",
      tags: ["t1"],
    },
    [`post.${root}.inputs`]: { input: "hi" },
    [`post.${root}.extra`]: { metadata: { user_id: "u1", session_id: "s1" } },
    [`post.${call}`]: {
      id: call,
      trace_id: root,
      parent_run_id: root,
      name: "ChatOpenAI",
      run_type: "llm",
      start_time: "2026-11-21T05:39:41.996004Z",
      end_time: 1_795_239_582_075,
      session_name: "shop",
    },
    [`post.${call}.inputs`]: { model: "gpt-4o-mini", messages: [{ role: "user", content: "hi" }] },
    [`post.${call}.outputs`]: {
      id: "c1",
      model: "gpt-4o-mini-2024-07-18",
      choices: [{ index: 0, message: { role: "assistant", content: "Hello!" }, finish_reason: "stop" }],
      usage_metadata: {
        input_tokens: 120,
        output_tokens: 30,
        total_tokens: 150,
        input_token_details: { cache_read: 64 },
        output_token_details: { reasoning: 8 },
      },
    },
    [`post.${call}.events`]: [{ name: "new_token", time: "2026-11-21T05:39:42.046004Z" }],
    [`post.${call}.extra`]: {
      metadata: { ls_provider: "openai", ls_model_name: "gpt-4o-mini", user_id: "u1", session_id: "s1" },
    },
  };

  it("runs posted and patched are one span each, in one trace", async () => {
    const doors = await openDoors(way);
    expect(await (await fetch(`${doors.url}/info`)).json()).toMatchObject({
      batch_ingest_config: { use_multipart_endpoint: true },
    });
    expect(await send(doors, "/runs/multipart", form(created), { headers })).toMatchObject({ status: 202 });
    await doors.settle(1500);
    const patch = {
      [`patch.${root}`]: { id: root, trace_id: root, end_time: 1_795_239_583_593, error: "TypeError: no" },
      [`patch.${root}.outputs`]: { outputs: "Hello!" },
    };
    expect(await send(doors, "/api/v1/runs/multipart", form(patch), { headers })).toMatchObject({
      status: 202,
    });
    await doors.settle();
    const common = {
      traceId: toTraceId(root),
      service: "shop",
      dialect: "langsmith",
      user: "u1",
      session: "s1",
      scope: "langsmith-js",
      version: "0.10.5",
    };
    expect(await readSpans(way, doors.project)).toMatchObject([
      {
        ...common,
        name: "answer",
        type: "chain",
        status: 2,
        errorType: "TypeError",
        parentId: "0000000000000000",
        start: "2026-11-21 05:39:41.944001000",
        billed: 0,
        content: { "gen_ai.prompt": '{"input":"hi"}', "gen_ai.completion": '{"outputs":"Hello!"}' },
      },
      {
        ...common,
        name: "ChatOpenAI",
        type: "model",
        provider: "openai",
        model: "gpt-4o-mini",
        responseModel: "gpt-4o-mini-2024-07-18",
        parentId: toSpanId(root),
        input: 120,
        output: 30,
        cacheRead: 64,
        reasoning: 8,
        ttftMs: 50,
        finish: "stop",
        billed: 1,
        cost: expect.closeTo(0.0000312, 9),
      },
    ]);
    await doors.stop();
  });

  it("runs in JSON, one by one and in batches, are taken the same way", async () => {
    const doors = await openDoors(way);
    const run = { id: root, trace_id: root, name: "a", run_type: "tool", start_time: start };
    expect(await send(doors, "/runs", run)).toMatchObject({ status: 202 });
    expect(
      await send(doors, `/runs/${root}`, { end_time: later, outputs: { x: 1 } }, { method: "PATCH" }),
    ).toMatchObject({ status: 200 });
    expect(
      await send(doors, "/runs/batch", {
        post: [{ ...run, id: call, name: "b" }],
        patch: [{ id: call, end_time: later }],
      }),
    ).toMatchObject({ status: 202 });
    await doors.settle();
    expect(await readSpans(way, doors.project)).toMatchObject([
      { name: "a", type: "tool", ms: 397 },
      { name: "b", ms: 397 },
    ]);
    await doors.stop();
  });

  it("feedback that changes keeps what is not said anew, wherever it is found", async () => {
    const stored = {
      id: "old",
      traceId: "",
      spanId: toSpanId(call),
      sessionId: "",
      name: "liked",
      value: 0,
      label: "",
      explanation: "dull",
      origin: "api",
      timeMs: 0,
    };
    const doors = await openDoors(way, {
      findScore: (_project, id) => Promise.resolve(id === "old" ? stored : undefined),
    });
    const given = { id: "f3", run_id: call, trace_id: root, key: "helpful", score: 0.1, comment: "meh" };
    await send(doors, "/feedback", given);
    const patch = (id: string, body: object): Promise<unknown> =>
      send(doors, `/feedback/${id}`, body, { method: "PATCH" });
    expect(await patch("f3", { score: 0.7 })).toMatchObject({ status: 200 });
    expect(await patch("f3", { comment: null })).toMatchObject({ status: 200 });
    expect(await patch("old", { score: true })).toMatchObject({ status: 200 });
    expect(await patch("none", { score: 1 })).toMatchObject({ status: 404 });
    const logs = await readLogs(way, doors.project);
    const said = { traceId: toTraceId(root), spanId: toSpanId(call) };
    for (const attributes of [
      { "gen_ai.evaluation.score.value": "0.7", "gen_ai.evaluation.explanation": "meh" },
      {
        "gen_ai.evaluation.score.value": "0.7",
        "gen_ai.evaluation.name": "helpful",
        "spanlight.score.id": "f3",
      },
    ])
      expect(logs).toContainEqual(
        expect.objectContaining({ ...said, attributes: expect.objectContaining(attributes) }),
      );
    expect(logs.at(-1)).toMatchObject({
      attributes: { "gen_ai.evaluation.score.value": "1", "gen_ai.evaluation.explanation": "dull" },
    });
    await doors.stop();
  });

  it("feedback that comes among the runs of a form is one too", async () => {
    const doors = await openDoors(way);
    const feedback = {
      id: "f2",
      run_id: call,
      trace_id: root,
      key: "helpful",
      score: 1,
      feedback_source: { type: "api" },
    };
    await send(doors, "/runs/multipart", form({ ...created, "feedback.f2": feedback }), { headers });
    expect(await readLogs(way, doors.project)).toMatchObject([
      {
        traceId: toTraceId(root),
        spanId: toSpanId(call),
        attributes: {
          "gen_ai.evaluation.name": "helpful",
          "gen_ai.evaluation.score.value": "1",
          "spanlight.score.id": "f2",
        },
      },
    ]);
    await doors.stop();
  });

  it("feedback is an evaluation result of its run, found by the run's id alone", async () => {
    const doors = await openDoors(way);
    await send(doors, "/runs/multipart", form(created), { headers });
    await send(doors, "/feedback", {
      id: "f1",
      run_id: call,
      key: "helpful",
      score: 0.9,
      comment: "good",
      feedback_source: { type: "api" },
    });
    expect(await readLogs(way, doors.project)).toMatchObject([
      {
        traceId: toTraceId(root),
        spanId: toSpanId(call),
        attributes: { "gen_ai.evaluation.name": "helpful", "gen_ai.evaluation.score.value": "0.9" },
      },
    ]);
    await doors.stop();
  });

  it.each([
    ["no boundary", "multipart/form-data"],
    ["no end", "multipart/form-data; boundary=----B"],
  ])("a form with %s is refused", async (_name, type) => {
    const doors = await openDoors(way);
    expect(
      await send(doors, "/runs/multipart", "------B\r\nx", { headers: { "content-type": type } }),
    ).toMatchObject({ status: 400 });
    await doors.stop();
  });
});

describe("Opik's API (opik 2.0)", () => {
  const trace = "01a1fc9e-2e4f-7032-b744-4aa74a96ebb8";
  const span = "01a1fc9e-2e52-73ef-a7f3-25ac78c76be5";

  it("traces and spans created, then patched, are one span each", async () => {
    const doors = await openDoors(way);
    const base = "/api/v1/private";
    expect(
      await send(doors, `${base}/traces/batch`, {
        traces: [
          {
            id: trace,
            start_time: start,
            name: "answer",
            input: { q: "hi" },
            thread_id: "s1",
            metadata: { user_id: "u1" },
            project_name: "shop",
          },
        ],
      }),
    ).toEqual({ status: 204, body: null });
    await send(doors, `${base}/spans/batch`, {
      spans: [
        {
          id: span,
          trace_id: trace,
          start_time: start,
          name: "chat",
          type: "llm",
          model: "gpt-4o-mini",
          provider: "openai",
          input: { messages: [{ role: "user", content: "hi" }] },
          project_name: "shop",
        },
        {
          id: "s2",
          trace_id: trace,
          parent_span_id: span,
          start_time: later,
          end_time: later,
          name: "get_order",
          type: "tool",
          input: { id: 3 },
          error_info: { exception_type: "NotFound", message: "no such order" },
        },
      ],
    });
    await send(
      doors,
      `${base}/traces/${trace}`,
      { project_name: "shop", output: { a: "Hello" }, end_time: later },
      { method: "PATCH" },
    );
    await send(
      doors,
      `${base}/spans/${span}`,
      {
        trace_id: trace,
        output: { choices: [{ message: { role: "assistant", content: "Hello" } }] },
        usage: {
          prompt_tokens: 120,
          completion_tokens: 30,
          total_tokens: 150,
          "original_usage.prompt_tokens": 120,
          "original_usage.prompt_tokens_details.cached_tokens": 64,
        },
        end_time: later,
      },
      { method: "PATCH" },
    );
    await doors.settle();
    expect(await readSpans(way, doors.project)).toMatchObject([
      {
        name: "answer",
        service: "shop",
        type: "chain",
        parentId: "0000000000000000",
        user: "u1",
        session: "s1",
        ms: 397,
      },
      {
        name: "chat",
        traceId: toTraceId(trace),
        parentId: toRootSpanId(trace),
        type: "model",
        provider: "openai",
        model: "gpt-4o-mini",
        input: 120,
        output: 30,
        cacheRead: 64,
        user: "u1",
        session: "s1",
        billed: 1,
        cost: expect.closeTo(0.0000312, 9),
      },
      {
        name: "get_order",
        type: "tool",
        parentId: toSpanId(span),
        status: 2,
        errorType: "NotFound",
        statusMessage: "no such order",
      },
    ]);
    await send(
      doors,
      `${base}/traces/feedback-scores`,
      { scores: [{ id: trace, name: "helpful", value: 0.9, reason: "good" }] },
      { method: "PUT" },
    );
    await send(
      doors,
      `${base}/spans/feedback-scores`,
      { scores: [{ id: span, name: "tone", value: 1, category_name: "friendly" }] },
      { method: "PUT" },
    );
    expect(await readLogs(way, doors.project)).toMatchObject([
      {
        traceId: toTraceId(trace),
        spanId: toRootSpanId(trace),
        attributes: { "gen_ai.evaluation.explanation": "good" },
      },
      {
        traceId: toTraceId(trace),
        spanId: toSpanId(span),
        attributes: { "gen_ai.evaluation.score.label": "friendly" },
      },
    ]);
    await doors.stop();
  });
});

describe("Opik's thread scores", () => {
  it("are evaluation results of a session", async () => {
    const doors = await openDoors(way);
    const body = { scores: [{ thread_id: "s1", name: "resolved", value: 1, source: "sdk" }] };
    const path = "/v1/private/traces/threads/feedback-scores";
    expect(await send(doors, path, body, { method: "PUT" })).toMatchObject({ status: 204 });
    expect(await readLogs(way, doors.project)).toMatchObject([
      { traceId: "0".repeat(32), attributes: { "session.id": "s1", "gen_ai.evaluation.score.value": "1" } },
    ]);
    await doors.stop();
  });
});

describe("a tool", () => {
  it.each([
    [
      "langfuse 3",
      "/api/public/ingestion",
      {
        batch: [
          {
            id: "e",
            type: "tool-create",
            timestamp: start,
            body: { id: "s", traceId: "t", name: "weather", startTime: start, endTime: later },
          },
        ],
      },
    ],
    [
      "langsmith",
      "/runs",
      { id: "s", trace_id: "t", name: "weather", run_type: "tool", start_time: start, end_time: later },
    ],
    [
      "opik",
      "/api/v1/private/spans",
      { id: "s", trace_id: "t", name: "weather", type: "tool", start_time: start, end_time: later },
    ],
  ])("of %s is named as its span", async (_sdk, path, body) => {
    const doors = await openDoors(way);
    await send(doors, path, body);
    await doors.settle();
    expect(
      await way.stored(`SELECT span_type, tool_name FROM spans WHERE project = '${doors.project}'`),
    ).toEqual([{ span_type: "tool", tool_name: "weather" }]);
    await doors.stop();
  });
});
