// What the SDK sends, into a real server: spans, the metrics and log records of model calls, and scores.
import { init, retrieval, score, trace, withContext, wrap, type Spanlight } from "@spanlight/sdk";
import OpenAI from "openai";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

let server: ServerProcess;
let sdk: Spanlight;
beforeAll(async () => {
  server = await startServerProcess();
  sdk = init({
    service: "house",
    endpoint: server.url,
    captureContent: true,
    exportMetrics: true,
    exportLogs: true,
    flushOnExit: false,
  });
}, 60_000);
afterAll(async () => {
  await sdk.shutdown();
  await server.stop();
});

/** A provider that answers every call alike. */
const answer = {
  id: "chatcmpl-1",
  object: "chat.completion",
  created: 1_770_000_000,
  model: "gpt-4o-mini-2024-07-18",
  choices: [{ index: 0, message: { role: "assistant", content: "Because." }, finish_reason: "stop" }],
  usage: { prompt_tokens: 12, completion_tokens: 3, total_tokens: 15 },
};
const fetchAnswer = (): Promise<Response> => Promise.resolve(Response.json(answer));

interface Accounting {
  readonly received: number;
  readonly rejected: Record<string, number>;
}

it("takes every signal of the SDK without refusing anything", async () => {
  const client = wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch: fetchAnswer }));
  const traceId = await withContext({ userId: "u-1", sessionId: "s-1" }, () =>
    trace("answer", async (span) => {
      retrieval({ source: "handbook", query: "why" }, () => [{ id: "d1", content: "because" }]);
      await client.chat.completions.create({
        model: "gpt-4o-mini",
        messages: [{ role: "user", content: "Why?" }],
      });
      score({ name: "grounded", value: true, comment: "cites d1" });
      return span.spanContext().traceId;
    }),
  );
  score({ trace: traceId, name: "helpfulness", value: 0.25, label: "poor" });
  await sdk.forceFlush();
  expect(sdk.destinations.map(({ signal, counts }) => [signal, counts.exported, counts.failed])).toEqual([
    ["traces", 3, 0],
    // One record for the call, one for each score.
    ["logs", 3, 0],
    ["metrics", 1, 0],
  ]);
  const ingest = (await (await fetch(`${server.url}/api/ingest`)).json()) as Record<string, Accounting>;
  expect(ingest["traces"]).toMatchObject({ received: 3, rejected: {} });
  expect(ingest["logs"]).toMatchObject({ received: 3, rejected: {} });
  expect(ingest["metrics"]).toMatchObject({ rejected: {} });
  // Input and output tokens, duration, cost: one data point each.
  expect(ingest["metrics"]?.received).toBe(4);
});
