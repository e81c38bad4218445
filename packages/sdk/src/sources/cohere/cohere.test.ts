import { CohereClientV2 } from "cohere-ai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { cohereAnswer, cohereEvents } from "../../../testing/cohere-answers.ts";
import { createProvider, events, json } from "../../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../../testing/recorded-sdk.ts";
import { wrap } from "../../index.ts";

const ask = {
  model: "command-a-03-2025",
  messages: [{ role: "user" as const, content: "Where?" }],
  temperature: 0.2,
};

describe("cohere-ai 8", () => {
  let recorded: RecordedSdk;
  const connect = (...answers: Parameters<typeof createProvider>): CohereClientV2 =>
    wrap(new CohereClientV2({ token: "test", fetch: createProvider(...answers).fetch, maxRetries: 0 }));
  beforeEach(async () => {
    recorded = await startRecordedSdk({ captureContent: true });
  });
  afterEach(() => recorded.stop());

  const expected = {
    "gen_ai.provider.name": "cohere",
    "gen_ai.request.model": "command-a-03-2025",
    "gen_ai.response.id": "co_1",
    "gen_ai.response.finish_reasons": ["COMPLETE"],
    // What was billed, not what was processed.
    "gen_ai.usage.input_tokens": 12,
    "gen_ai.usage.output_tokens": 7,
    "server.address": "api.cohere.com",
    "gen_ai.output.messages":
      '[{"role":"assistant","parts":[{"type":"text","content":"Paris."}],"finish_reason":"COMPLETE"}]',
  };

  test("a chat is one span with billed tokens, settings and content", async () => {
    const { data, rawResponse } = await connect(json(cohereAnswer)).chat(ask).withRawResponse();
    expect([data.id, rawResponse.status]).toEqual(["co_1", 200]);
    const span = await recorded.flushOne();
    expect(span.name).toBe("chat command-a-03-2025");
    expect(span.attributes).toMatchObject({ ...expected, "gen_ai.request.temperature": 0.2 });
  });

  test("a streamed chat is one span over the whole stream", async () => {
    let count = 0;
    for await (const _ of await connect(events(cohereEvents)).chatStream(ask)) count++;
    expect(count).toBe(6);
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({ ...expected, "app.stream.end": "completed" });
    expect(span.attributes["gen_ai.response.time_to_first_chunk"]).toBeGreaterThan(0);
  });

  test("a break ends the span at once, marked, with an estimate", async () => {
    for await (const event of await connect(events(cohereEvents)).chatStream(ask))
      if (event.type === "content-delta") break;
    expect((await recorded.flushOne()).attributes).toMatchObject({
      "app.stream.end": "break",
      "app.stream.incomplete": true,
      "app.usage.estimated": true,
    });
  });

  test("a refused call is one failed span and the client's own error", async () => {
    await expect(connect(json({ message: "slow down" }, 429)).chat(ask)).rejects.toThrow("slow down");
    expect((await recorded.flushOne()).attributes["error.type"]).toBe("429");
  });
});
