import { metrics } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import OpenAI from "openai";
import { expect, test } from "vitest";
import { chatChunks, completion, rateLimit } from "../../testing/openai-answers.ts";
import { createProvider, events, json } from "../../testing/provider.ts";
import { startRecordedSdk } from "../../testing/recorded-sdk.ts";
import { wrap } from "../index.ts";

test("model calls are the conventions' metrics, in their buckets, with the application's meter provider", async () => {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 600_000 });
  const provider = new MeterProvider({ readers: [reader] });
  metrics.setGlobalMeterProvider(provider);
  const recorded = await startRecordedSdk();
  const { fetch } = createProvider(json(completion), events(chatChunks), json(rateLimit, 429));
  const client = wrap(new OpenAI({ apiKey: "sk-test", fetch, maxRetries: 0 }));
  const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Hi" }] };
  await client.chat.completions.create(ask);
  for await (const _ of await client.chat.completions.create({ ...ask, stream: true }));
  await client.chat.completions.create(ask).catch(() => undefined);
  await recorded.sdk.forceFlush();
  await reader.forceFlush();
  const found = exporter
    .getMetrics()
    .flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
  const points = (name: string): { attributes: Record<string, unknown>; value: unknown }[] =>
    (found.find(({ descriptor }) => descriptor.name === name)?.dataPoints ?? []).map(
      ({ attributes, value }) => ({ attributes, value }),
    );

  const tokens = points("gen_ai.client.token.usage");
  expect(tokens.map(({ attributes }) => attributes["gen_ai.token.type"])).toEqual(["input", "output"]);
  expect(tokens[0]).toMatchObject({
    attributes: {
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o-mini",
    },
    value: {
      count: 2,
      sum: 240,
      buckets: {
        boundaries: [
          1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864,
        ],
      },
    },
  });
  const durations = points("gen_ai.client.operation.duration");
  expect(durations.map(({ attributes }) => attributes["error.type"])).toEqual([undefined, "429"]);
  expect(durations[0]?.value).toMatchObject({ count: 2 });
  expect(points("gen_ai.client.operation.time_to_first_chunk")[0]?.value).toMatchObject({ count: 1 });
  expect(points("app.gen_ai.cost")[0]?.value).toBeCloseTo(2 * 0.0000372, 12);

  await recorded.stop();
  await provider.shutdown();
  metrics.disable();
});
