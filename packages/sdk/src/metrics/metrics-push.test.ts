import OpenAI from "openai";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { bucketBounds } from "@spanlight/conventions";
import { chatChunks, completion } from "../../testing/openai-answers.ts";
import { startOtlpReceiver, type OtlpReceiver } from "../../testing/otlp-receiver.ts";
import { createProvider, events, json } from "../../testing/provider.ts";
import { startRecordedSdk, type RecordedSdk } from "../../testing/recorded-sdk.ts";
import { datadog } from "../destinations/presets.ts";
import { withContext, wrap } from "../index.ts";
import { OwnMeter } from "./call-meter.ts";

const ask = { model: "gpt-4o-mini", messages: [{ role: "user" as const, content: "Hi" }] };
const connect = (...answers: Parameters<typeof createProvider>): OpenAI =>
  wrap(new OpenAI({ apiKey: "sk-test", maxRetries: 0, fetch: createProvider(...answers).fetch }));

describe("metrics pushed by OTLP", () => {
  let recorded: RecordedSdk | undefined;
  let vendor: OtlpReceiver;
  beforeEach(async () => {
    vendor = await startOtlpReceiver();
  });
  afterEach(async () => {
    await recorded?.stop();
    recorded = undefined;
    await vendor.close();
  });

  test("are the conventions' histograms in their buckets and the cost, cumulative", async () => {
    recorded = await startRecordedSdk({ exportMetrics: true });
    const client = connect(json(completion), events(chatChunks), json({ error: { message: "no" } }, 429));
    await client.chat.completions.create(ask);
    for await (const _ of await client.chat.completions.create({ ...ask, stream: true }));
    await client.chat.completions.create(ask).catch(() => undefined);
    await recorded.flush();
    const metrics = recorded.receiver.metrics();
    expect(metrics.map(({ name, unit, temporality }) => [name, unit, temporality])).toEqual([
      ["gen_ai.client.token.usage", "{token}", 2],
      ["gen_ai.client.operation.duration", "s", 2],
      ["gen_ai.client.operation.time_to_first_chunk", "s", 2],
      ["gen_ai.client.operation.time_per_output_chunk", "s", 2],
      ["app.gen_ai.cost", "USD", 2],
    ]);
    const [tokens, duration, , , cost] = metrics;
    const input = tokens?.points.find(({ attributes }) => attributes["gen_ai.token.type"] === "input");
    expect(input).toMatchObject({ count: 2, sum: 240, min: 120, max: 120, bounds: bucketBounds.tokens });
    // 120 lies above 64 and up to 256, the fifth bound.
    expect(input?.buckets).toEqual(bucketBounds.tokens.map((_, index) => (index === 4 ? 2 : 0)).concat(0));
    expect(duration?.points.map(({ count, attributes }) => [attributes["error.type"], count])).toEqual([
      [undefined, 2],
      ["429", 1],
    ]);
    expect(cost?.monotonic).toBe(true);
    expect(cost?.points[0]?.value).toBeGreaterThan(0);
    await client.chat.completions.create(ask).catch(() => undefined);
    await recorded.flush();
    const second = recorded.receiver.metrics().filter(({ name }) => name.endsWith("duration"))[1];
    expect(second?.points.find(({ attributes }) => "error.type" in attributes)?.count).toBe(2);
  });

  test("go to each destination in the temporality it wants", async () => {
    const preset = datadog({ endpoint: vendor.url, apiKey: "dd" });
    recorded = await startRecordedSdk({ exportMetrics: true, destinations: [preset] });
    const client = connect(json(completion));
    for (let round = 0; round < 2; round++) {
      await client.chat.completions.create(ask);
      await recorded.flush();
    }
    const counts = (receiver: OtlpReceiver): (number | undefined)[] =>
      receiver
        .metrics()
        .filter(({ name }) => name.endsWith("duration"))
        .flatMap(({ points }) => points.map(({ count }) => count));
    expect(counts(recorded.receiver)).toEqual([1, 2]);
    expect(counts(vendor)).toEqual([1, 1]);
    const [first, second] = vendor.metrics().filter(({ name }) => name.endsWith("duration"));
    expect(first?.temporality).toBe(1);
    expect(second?.points[0]?.startNs).toBe(first?.points[0]?.timeNs);
  });

  test("have the labels of the context that are chosen, and no more values of one than a label bears", async () => {
    recorded = await startRecordedSdk({ exportMetrics: true, metricLabels: ["endpoint", "metadata.plan"] });
    const client = connect(json(completion));
    const call = (endpoint: string, plan: string): Promise<unknown> =>
      withContext({ endpoint, userId: `u-${plan}`, metadata: { plan } }, () =>
        client.chat.completions.create(ask),
      );
    for (let plan = 0; plan < 103; plan++) await call("/chat", `p${plan}`);
    await recorded.flush();
    const points = recorded.receiver.metrics().find(({ name }) => name.endsWith("duration"))?.points ?? [];
    expect(points).toHaveLength(101);
    expect(points[0]?.attributes).toMatchObject({ "app.endpoint": "/chat", "app.metadata.plan": "p0" });
    expect(points[0]?.attributes).not.toHaveProperty("user.id");
    expect(points.at(-1)).toMatchObject({ count: 3, attributes: { "app.metadata.plan": "other" } });
  });

  test("are not sent unless asked for", async () => {
    recorded = await startRecordedSdk();
    await connect(json(completion)).chat.completions.create(ask);
    await recorded.flush();
    expect(recorded.receiver.requests.map(({ path }) => path)).toEqual(["/v1/traces"]);
  });
});

describe("a meter of our own", () => {
  test("adds what comes after two thousand series up in one", () => {
    const meter = new OwnMeter(() => 0n, "cumulative");
    const counter = meter.createCounter("calls", {});
    for (let user = 0; user < 2500; user++) counter.add(1, { user });
    const metric = meter.read()?.metrics[0];
    expect(metric?.points).toHaveLength(2000);
    const rest = metric?.kind === "counter" ? metric.points.at(-1) : undefined;
    expect(rest).toEqual({ attributes: { "otel.metric.overflow": true }, value: 501 });
  });

  test("takes the same attributes in another order for the same series, and no value that is no number", () => {
    const meter = new OwnMeter(() => 0n, "cumulative");
    const histogram = meter.createHistogram("size", { advice: { explicitBucketBoundaries: [1, 10] } });
    histogram.record(1, { a: "1", b: "2" });
    histogram.record(100, { b: "2", a: "1" });
    histogram.record(Number.NaN, { a: "1", b: "2" });
    expect(meter.read()?.metrics[0]?.points).toMatchObject([
      { count: 2, sum: 101, min: 1, max: 100, bucketCounts: [1, 0, 1] },
    ]);
  });

  test("has nothing to tell before something was recorded", () => {
    expect(new OwnMeter(() => 0n, "delta").read()).toBeUndefined();
  });
});
