import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import OpenAI from "openai";
import { wrap } from "../index.ts";
import { chatChunks } from "../../testing/openai-answers.ts";
import { createProvider, type ProviderAnswer } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";

const ask = {
  model: "gpt-4o-mini",
  stream: true as const,
  messages: [{ role: "user" as const, content: "Hi" }],
};

/** The chunks, each after this long on the faked clock. */
const slowly =
  (delayMs: number): ProviderAnswer =>
  () => {
    const pending = chatChunks.map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`);
    const body = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          vi.advanceTimersByTime(delayMs);
          const text = pending.shift();
          if (text === undefined) controller.close();
          else controller.enqueue(new TextEncoder().encode(text));
        },
      },
      { highWaterMark: 0 },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  };

describe("a stream", () => {
  let recorded: RecordedSdk;
  const connect = (answer: ProviderAnswer): OpenAI =>
    wrap(new OpenAI({ apiKey: "k", fetch: createProvider(answer).fetch, maxRetries: 0 }));
  beforeEach(async () => {
    vi.useFakeTimers({ toFake: ["performance", "setInterval", "clearInterval"] });
    recorded = await startRecordedSdk();
  });
  afterEach(async () => {
    vi.useRealTimers();
    await recorded.stop();
  });

  test("that pauses longer than ten seconds is marked as stalled, with its longest pause", async () => {
    for await (const _ of await connect(slowly(11_000)).chat.completions.create(ask));
    const { attributes } = await recorded.flushOne();
    expect(attributes["app.stream.stalled"]).toBe(true);
    expect(attributes["app.stream.max_gap"]).toBeGreaterThanOrEqual(11);
  });

  test("that a slow reader leaves waiting is not stalled", async () => {
    for await (const _ of await connect(slowly(1)).chat.completions.create(ask))
      vi.advanceTimersByTime(60_000);
    expect((await recorded.flushOne()).attributes).not.toHaveProperty("app.stream.stalled");
  });

  test("that is held and not read for ten minutes has been dropped, and is told once", async () => {
    const stream = await connect(slowly(1)).chat.completions.create(ask);
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();
    vi.advanceTimersByTime(9 * 60_000);
    expect(await recorded.flush()).toEqual([]);
    vi.advanceTimersByTime(3 * 60_000);
    const span = await recorded.flushOne();
    expect(span.attributes).toMatchObject({ "app.stream.end": "dropped", "app.stream.incomplete": true });
    // Whoever reads on after all gets what is there.
    expect((await iterator.next()).done).toBe(false);
    await iterator.return?.();
    await recorded.flushOne();
  });
});
