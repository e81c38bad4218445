import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { completion } from "../../testing/openai-answers.ts";
import { createProvider, json } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { tool, withContext, wrap } from "../index.ts";

const secret = "sk-proj-abcdefghijklmnopqrstuvwx";
const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: `Where? ${secret}` }] };
const variable = "OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT";

describe("the event of a model call's content", () => {
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

  async function call(place: string | undefined, captureContent?: boolean): Promise<RecordedSdk> {
    if (place !== undefined) process.env[variable] = place;
    recorded = await startRecordedSdk();
    const { fetch } = createProvider(json(completion));
    const client = wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch }));
    const context = captureContent === undefined ? {} : { captureContent };
    await withContext(context, async () => {
      await client.chat.completions.create(ask);
      await tool({ name: "look up", arguments: { city: "Paris" } }, () => "sunny");
    });
    await recorded.flush();
    return recorded;
  }

  test("has the span's attributes and the messages as values, masked, and its ids", async () => {
    const { receiver } = await call("EVENT_ONLY");
    const [event] = receiver.logs();
    expect(receiver.logs()).toHaveLength(1);
    const span = receiver.spans().find(({ name }) => name.startsWith("chat"));
    expect(event).toMatchObject({
      eventName: "gen_ai.client.inference.operation.details",
      traceId: span?.traceId,
      spanId: span?.spanId,
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.usage.input_tokens": 120,
        "gen_ai.input.messages": [{ role: "user", parts: [{ type: "text", content: "Where? [secret]" }] }],
        "gen_ai.output.messages": [{ role: "assistant", finish_reason: "stop" }],
      },
    });
  });

  test("leaves spans without content where it is wanted in events only", async () => {
    const { receiver } = await call("EVENT_ONLY");
    for (const { attributes } of receiver.spans()) {
      expect(Object.keys(attributes).filter((name) => name.endsWith("messages"))).toEqual([]);
      expect(attributes).not.toHaveProperty("gen_ai.tool.call.arguments");
    }
  });

  test("stands beside the content of spans where both are wanted", async () => {
    const { receiver } = await call("span_and_event");
    expect(receiver.logs()).toHaveLength(1);
    const span = receiver.spans().find(({ name }) => name.startsWith("chat"));
    expect(span?.attributes["gen_ai.input.messages"]).toContain("Where? [secret]");
  });

  test.each([["SPAN_ONLY"], ["true"], ["NO_CONTENT"], [undefined]])("is not sent with %s", async (place) => {
    expect((await call(place)).receiver.logs()).toEqual([]);
  });

  test("is not sent for a call whose content is not to be recorded", async () => {
    expect((await call("EVENT_ONLY", false)).receiver.logs()).toEqual([]);
  });
});
