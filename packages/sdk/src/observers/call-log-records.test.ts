import OpenAI from "openai";
import { afterEach, expect, test } from "vitest";
import { completion } from "../../testing/openai-answers.ts";
import { createProvider, json } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { withContext, wrap } from "../index.ts";

let recorded: RecordedSdk | undefined;
afterEach(async () => {
  await recorded?.stop();
  recorded = undefined;
});

test("exportLogs sends one record per call, with the ids of its span and who was served", async () => {
  recorded = await startRecordedSdk({ exportLogs: true });
  const { fetch } = createProvider(json(completion), json({ error: { message: "slow down" } }, 429));
  const client = wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch }));
  const request = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Hi" }] };
  await withContext({ userId: "u-1", tenantId: "t-1", endpoint: "/chat" }, async () => {
    await client.chat.completions.create(request);
    await client.chat.completions.create(request).catch(() => undefined);
  });
  const [completed, limited] = await recorded.flush();
  const [first, second] = recorded.receiver.logs();
  expect(first).toMatchObject({
    severityNumber: 9,
    severityText: "INFO",
    body: "model call completed",
    traceId: completed?.traceId,
    spanId: completed?.spanId,
    attributes: {
      "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
      "gen_ai.usage.input_tokens": 120,
      "user.id": "u-1",
      "app.tenant.id": "t-1",
      "app.endpoint": "/chat",
      cache_hit: true,
    },
  });
  expect(first?.attributes["app.cost.usd"]).toBeGreaterThan(0);
  expect(second).toMatchObject({
    severityText: "WARN",
    body: "model call was rate limited",
    spanId: limited?.spanId,
    attributes: { "error.type": "429" },
  });
  expect(first?.attributes).not.toHaveProperty("service");
});
