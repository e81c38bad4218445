import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { chatChunks, completion, rateLimit } from "../../testing/openai-answers.ts";
import { createProvider, events, json } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { logContext, trace, withContext, wrap } from "../index.ts";

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
