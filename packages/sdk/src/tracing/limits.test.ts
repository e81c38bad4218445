import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { completion } from "../../testing/openai-answers.ts";
import { createProvider, json } from "../../testing/provider.ts";
import { startOtlpReceiver } from "../../testing/otlp-receiver.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { phoenix } from "../destinations/presets.ts";
import { startSpan, withContext, wrap, type CallContext, type InitOptions } from "../index.ts";

const message = "word ".repeat(200);
const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: message }] };

describe("the limits of the specification's variables", () => {
  const saved = { ...process.env };
  let recorded: RecordedSdk | undefined;
  beforeEach(() => {
    process.env = { ...saved };
  });
  afterEach(async () => {
    await recorded?.stop();
    recorded = undefined;
    process.env = saved;
  });

  interface CallOptions extends InitOptions {
    readonly context?: CallContext;
  }

  async function call(
    environment: Record<string, string>,
    { context = {}, ...options }: CallOptions = {},
  ): Promise<RecordedSdk> {
    Object.assign(process.env, environment);
    const started = await startRecordedSdk({ captureContent: true, ...options });
    recorded = started;
    const fetch = createProvider(json(completion)).fetch;
    const client = wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch }));
    await withContext(context, () => client.chat.completions.create(ask));
    return started;
  }

  test("hold for the span of a model call, whose first attributes stay and whose others are counted", async () => {
    const started = await call({
      OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT: "3",
      OTEL_ATTRIBUTE_COUNT_LIMIT: "9",
    });
    const span = await started.flushOne();
    expect(Object.keys(span.attributes)).toHaveLength(3);
    expect(span.attributes["gen_ai.operation.name"]).toBe("chat");
    expect(span.droppedAttributes).toBeGreaterThan(10);
  });

  test("hold for it at every destination, with its dialect or without", async () => {
    const other = await startOtlpReceiver();
    try {
      const destinations = [phoenix({ endpoint: other.url })];
      const started = await call({ OTEL_ATTRIBUTE_COUNT_LIMIT: "4" }, { destinations });
      const [span] = await started.flush();
      expect(Object.keys(span?.attributes ?? {})).toHaveLength(4);
      expect(span?.droppedAttributes).toBeGreaterThan(10);
      expect(other.spans()[0]?.droppedAttributes).toBe(span?.droppedAttributes);
    } finally {
      await other.close();
    }
  });

  test("cut texts to the length of a value, and content so that it stays JSON", async () => {
    const started = await call({ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "300" });
    const { attributes } = await started.flushOne();
    const content = String(attributes["gen_ai.input.messages"]);
    expect(content.length).toBeLessThanOrEqual(300);
    expect(JSON.parse(content)).toMatchObject([{ role: "user", parts: [{ type: "text" }] }]);
    expect(content).toContain("truncated, 1000 characters");
  });

  test("cut every text where no JSON would fit, lists and context included", async () => {
    const context = { tags: ["yellow", "red"], userId: "somebody" };
    const started = await call({ OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT: "4" }, { context });
    const [span] = await started.flush();
    expect(span?.attributes).toMatchObject({ "gen_ai.operation.name": "chat", "user.id": "some" });
    expect(span?.attributes["app.tags"]).toEqual(["yell", "red"]);
    for (const value of Object.values(span?.attributes ?? {}).flat())
      expect(typeof value === "string" ? value.length : 0).toBeLessThanOrEqual(4);
  });

  test("hold for the attributes of events", async () => {
    process.env["OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"] = "1";
    process.env["OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT"] = "5";
    recorded = await startRecordedSdk();
    const span = startSpan("work");
    span.addEvent("found", { first: "a long text", second: 2 });
    span.end();
    expect((await recorded.flushOne()).events).toMatchObject([
      { name: "found", attributes: { first: "a lon" } },
    ]);
    expect((await recorded.flushOne()).events[0]?.attributes).not.toHaveProperty("second");
  });

  test("hold for log records, with variables of their own", async () => {
    const started = await call(
      { OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT: "2", OTEL_LOGRECORD_ATTRIBUTE_VALUE_LENGTH_LIMIT: "3" },
      { exportLogs: true },
    );
    const span = (await started.flush())[0];
    expect(Object.keys(span?.attributes ?? {}).length).toBeGreaterThan(10);
    const [line] = started.receiver.logs();
    expect(Object.keys(line?.attributes ?? {})).toHaveLength(2);
    for (const value of Object.values(line?.attributes ?? {})) expect(String(value).length).toBeLessThan(4);
  });
});
