import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chatChunks, completion, rateLimit } from "../../testing/openai-answers.ts";
import { createProvider, events, json } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { guard, logContext, observe, retrieval, score, trace, withContext, wrap } from "../index.ts";

interface Line {
  readonly level: string;
  readonly message: string;
  readonly fields: Record<string, unknown>;
}

describe("the call log", () => {
  let recorded: RecordedSdk;
  let lines: Line[];
  beforeEach(async () => {
    lines = [];
    const write =
      (level: string) =>
      (fields: object, message: string): void =>
        void lines.push({ level, message, fields: fields as Record<string, unknown> });
    const logger = { info: write("info"), warn: write("warn"), error: write("error") };
    recorded = await startRecordedSdk({ captureContent: true, logger });
  });
  afterEach(() => recorded.stop());

  const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "private question" }] };
  const connect = (...answers: Parameters<typeof createProvider>): OpenAI =>
    wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch: createProvider(...answers).fetch }));

  test("has one line per call, with ids, tokens, cost and who was served, and no content", async () => {
    const client = connect(json(completion));
    await withContext({ userId: "u", tenantId: "t", endpoint: "/chat" }, () =>
      client.chat.completions.create(ask),
    );
    const span = await recorded.flushOne();
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({
      level: "info",
      message: "model call completed",
      fields: {
        service: "test",
        operation: "chat",
        provider: "openai",
        model: "gpt-4o-mini-2024-07-18",
        input_tokens: 120,
        output_tokens: 40,
        cache_hit: true,
        finish_reason: "stop",
        user_id: "u",
        tenant_id: "t",
        endpoint: "/chat",
        trace_id: span.traceId,
        span_id: span.spanId,
      },
    });
    expect(lines[0]?.fields["cost_usd"]).toBeCloseTo(0.0000372, 12);
    expect(JSON.stringify(lines)).not.toContain("private question");
  });

  test("tells streams, rate limits and failures apart", async () => {
    const client = connect(
      events(chatChunks),
      json(rateLimit, 429),
      json({ error: { message: "bad key sk-abcdefghijklmnopqrstuv" } }, 401),
    );
    for await (const _ of await client.chat.completions.create({ ...ask, stream: true }));
    await client.chat.completions.create(ask).catch(() => undefined);
    await client.chat.completions.create(ask).catch(() => undefined);
    await recorded.flush();
    expect(lines.map(({ level }) => level)).toEqual(["info", "warn", "error"]);
    expect(lines[0]?.fields).toMatchObject({ stream_end: "completed" });
    expect(lines[0]?.fields["ttft_ms"]).toBeGreaterThanOrEqual(0);
    expect(lines[2]?.fields).toMatchObject({ error_type: "401", cost_usd: null });
    expect(lines[2]?.fields["error"]).toContain("[secret]");
  });

  test("logContext() names the active span and who is served, and nothing outside", async () => {
    const inside = withContext({ userId: "u", sessionId: "s" }, () => trace("request", logContext));
    const span = await recorded.flushOne();
    expect(inside).toEqual({ user_id: "u", session_id: "s", trace_id: span.traceId, span_id: span.spanId });
    expect(logContext()).toEqual({});
  });
});

describe("what a line tells beside the call", () => {
  let recorded: RecordedSdk | undefined;
  let lines: Line[];
  const write =
    (level: string) =>
    (fields: object, message: string): void =>
      void lines.push({ level, message, fields: fields as Record<string, unknown> });
  const logger = { info: write("info"), warn: write("warn"), error: write("error") };
  const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "private question" }] };
  const connect = (): OpenAI =>
    wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch: createProvider(json(completion)).fetch }));

  beforeEach(() => {
    lines = [];
  });
  afterEach(async () => {
    await recorded?.stop();
    recorded = undefined;
  });

  test("the request, what was retrieved for it, the scores of its trace, and the hash of its prompt", async () => {
    recorded = await startRecordedSdk({ logger });
    const client = connect();
    await withContext({ requestId: "r-1" }, () =>
      trace("answer", async () => {
        retrieval({ source: "handbook" }, () => [{ id: "a" }, { id: "b" }]);
        score({ name: "grounded", value: true });
        await client.chat.completions.create(ask);
        await client.chat.completions.create(ask);
      }),
    );
    const spans = await recorded.flush();
    const calls = lines.filter(({ message }) => message === "model call completed");
    expect(calls).toHaveLength(2);
    const [first, second] = calls.map(({ fields }) => fields);
    expect(first).toMatchObject({ request_id: "r-1", retrieval_chunks: 2, scores: { grounded: 1 } });
    expect(first?.["prompt_hash"]).toMatch(/^[0-9a-f]{16}$/);
    expect(second?.["prompt_hash"]).toBe(first?.["prompt_hash"]);
    const hashes = spans
      .filter(({ name }) => name.startsWith("chat"))
      .map(({ attributes }) => attributes["app.prompt.hash"]);
    expect(hashes).toEqual([first?.["prompt_hash"], first?.["prompt_hash"]]);
  });

  test("another prompt has another hash, and a call whose content is recorded needs none on its span", async () => {
    recorded = await startRecordedSdk({ logger });
    const client = connect();
    await client.chat.completions.create(ask);
    await client.chat.completions.create({ ...ask, messages: [{ role: "user", content: "another" }] });
    await withContext({ captureContent: true }, () => client.chat.completions.create(ask));
    const spans = await recorded.flush();
    const hashes = lines.map(({ fields }) => fields["prompt_hash"]);
    expect(hashes[0]).not.toBe(hashes[1]);
    expect(hashes[2]).toBe(hashes[0]);
    expect(spans.map(({ attributes }) => "app.prompt.hash" in attributes)).toEqual([true, true, false]);
  });

  test("what was said is a debug line, masked, where content is recorded and somebody reads that level", async () => {
    const isLevelEnabled = (): boolean => lines.length < 2;
    recorded = await startRecordedSdk({
      captureContent: true,
      logger: { ...logger, debug: write("debug"), isLevelEnabled },
      mask: (text) => text.replaceAll("private", "[mine]"),
    });
    const client = connect();
    await client.chat.completions.create(ask);
    await client.chat.completions.create(ask);
    const [span] = await recorded.flush();
    expect(lines.map(({ level }) => level)).toEqual(["debug", "info", "info"]);
    expect(lines[0]?.fields).toMatchObject({ trace_id: span?.traceId, span_id: span?.spanId });
    expect(lines[0]?.fields["input"]).toContain("[mine] question");
    expect(lines[0]?.fields["output"]).toContain("Paris.");
    expect(JSON.stringify(lines)).not.toContain("private question");
  });

  test("a guard that fails is an error", async () => {
    recorded = await startRecordedSdk({ logger });
    withContext({ userId: "u" }, () => {
      guard("no promises", () => true);
      guard("no promises", () => ({ passed: false }));
    });
    const [, failed] = await recorded.flush();
    expect(lines).toMatchObject([
      {
        level: "error",
        message: "guard failed",
        fields: { guard: "no promises", user_id: "u", span_id: failed?.spanId },
      },
    ]);
  });

  test("an observed function writes its own line when asked to, sync, async and failing", async () => {
    recorded = await startRecordedSdk({ logger });
    const add = observe((a: number, b: number) => a + b, { name: "add", log: true });
    const fetchUser = observe(() => Promise.resolve("u"), { name: "fetch user", as: "tool", log: true });
    const fail = observe(() => Promise.reject(new RangeError("too far")), { name: "fail", log: true });
    expect(add(1, 2)).toBe(3);
    expect(await fetchUser()).toBe("u");
    await expect(fail()).rejects.toThrow("too far");
    const [first] = await recorded.flush();
    expect(lines).toMatchObject([
      {
        level: "info",
        message: "add completed",
        fields: { function: "add", kind: "span", service: "test", span_id: first?.spanId },
      },
      { level: "info", message: "fetch user completed", fields: { kind: "tool" } },
      { level: "error", message: "fail failed", fields: { error_type: "RangeError", error: "too far" } },
    ]);
  });
});
