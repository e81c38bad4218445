import type { Context } from "@opentelemetry/api";
import { ROOT_CONTEXT, trace, TraceFlags } from "@opentelemetry/api";
import { AggregationTemporality, type ResourceMetrics } from "@opentelemetry/sdk-metrics";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { encodeJsonMetrics } from "../decode/json-metrics.ts";
import { MalformedRequestError } from "../decode/malformed-request-error.ts";
import { createFixtureMeter, encodeMetrics, encodeMetricsJson } from "../decode/otlp-signals.fixture.ts";
import { openTestWay, type TestWay } from "./signals.fixture.ts";

let way: TestWay;
beforeAll(async () => {
  way = await openTestWay();
});
afterAll(() => way.close());

interface SampleRow {
  readonly series: string;
  readonly values: string[];
}

/** Every series with its values in order of time; stale markers as "stale". */
function readSamples(project: string): Promise<SampleRow[]> {
  return way.stored<SampleRow>(`SELECT concat(s.metric, if(empty(l.labels), '', toString(l.labels))) AS series,
    arrayMap(x -> x.2, arraySort(groupArray((s.time, if(reinterpretAsUInt64(s.value) = 0x7ff0000000000002, 'stale', toString(s.value)))))) AS values
    FROM metric_samples AS s
    INNER JOIN (SELECT series_id, any(labels) AS labels FROM metric_series WHERE project = '${project}' GROUP BY series_id) AS l ON l.series_id = s.series_id
    WHERE s.project = '${project}' GROUP BY s.metric, s.series_id, l.labels ORDER BY series`);
}

async function readValues(project: string): Promise<Record<string, string[]>> {
  return Object.fromEntries((await readSamples(project)).map(({ series, values }) => [series, values]));
}

async function send(project: string, metrics: ResourceMetrics): Promise<Record<string, number>> {
  return { ...(await way.metrics.accept({ project, bytes: encodeMetrics(metrics) })).rejected };
}

/** One metric as OTLP/JSON says it, for what the SDK never sends. */
function toRequest(metric: object, resource: object[] = []): Buffer {
  return encodeJsonMetrics(
    Buffer.from(
      JSON.stringify({
        resourceMetrics: [{ resource: { attributes: resource }, scopeMetrics: [{ metrics: [metric] }] }],
      }),
    ),
  );
}

const second = 1_000_000_000;
const at = (seconds: number): string => String(1_763_640_000 * second + seconds * second);

const job = "'job':'support-bot'";

describe("instruments of the OpenTelemetry SDK", () => {
  const record = async (encode: (metrics: ResourceMetrics) => Buffer, project: string): Promise<void> => {
    const { meter, collect } = createFixtureMeter();
    meter
      .createCounter("llm.requests", { description: "Calls", unit: "{call}" })
      .add(3, { model: "gpt-4o", n: 1 });
    meter.createUpDownCounter("queue.depth").add(-2);
    meter.createGauge("room.temperature", { unit: "Cel" }).record(21.5);
    const latency = meter.createHistogram("llm.latency_ms", {
      advice: { explicitBucketBoundaries: [10, 100] },
    });
    for (const value of [5, 50, 500]) latency.record(value, { "http.route": "/chat" });
    await way.metrics.accept({ project, bytes: encode(await collect()) });
  };

  it.each([
    ["protobuf", encodeMetrics],
    ["JSON", (metrics: ResourceMetrics): Buffer => encodeJsonMetrics(encodeMetricsJson(metrics))],
  ])("sent as %s become the series Prometheus would have", async (project, encode) => {
    await record(encode, project);
    expect(await readValues(project)).toEqual({
      [`llm_requests_total{${job},'model':'gpt-4o','n':'1'}`]: ["3"],
      [`queue_depth{${job}}`]: ["-2"],
      [`room_temperature_celsius{${job}}`]: ["21.5"],
      [`llm_latency_ms_bucket{'http_route':'/chat',${job},'le':'10'}`]: ["1"],
      [`llm_latency_ms_bucket{'http_route':'/chat',${job},'le':'100'}`]: ["2"],
      [`llm_latency_ms_bucket{'http_route':'/chat',${job},'le':'+Inf'}`]: ["3"],
      [`llm_latency_ms_sum{'http_route':'/chat',${job}}`]: ["555"],
      [`llm_latency_ms_count{'http_route':'/chat',${job}}`]: ["3"],
    });
  });

  it("say what they are in the metadata", async () => {
    await record(encodeMetrics, "meta");
    const rows = await way.stored(
      "SELECT metric, type, unit, help FROM metric_metadata WHERE project = 'meta' ORDER BY metric",
    );
    expect(rows).toEqual([
      { metric: "llm_latency_ms", type: "histogram", unit: "", help: "" },
      { metric: "llm_requests_total", type: "counter", unit: "", help: "Calls" },
      { metric: "queue_depth", type: "gauge", unit: "", help: "" },
      { metric: "room_temperature_celsius", type: "gauge", unit: "celsius", help: "" },
    ]);
  });

  it("tell labels and metadata once a day of receipt, not with every sample", async () => {
    const { meter, collect } = createFixtureMeter();
    const counter = meter.createCounter("ticks");
    for (let round = 0; round < 3; round += 1) {
      counter.add(1);
      await send("daily", await collect());
    }
    const count = async (): Promise<unknown> =>
      (await way.stored("SELECT count() AS n FROM metric_series WHERE project = 'daily'"))[0];
    expect(await count()).toEqual({ n: "1" });
    way.clock.nowMs += 86_400_000;
    counter.add(1);
    await send("daily", await collect());
    expect(await count()).toEqual({ n: "2" });
    expect(await readValues("daily")).toEqual({ [`ticks_total{${job}}`]: ["1", "2", "3", "4"] });
  });

  it("say what runs in target_info", async () => {
    const { meter, collect } = createFixtureMeter({
      resource: {
        "service.name": "bot",
        "service.namespace": "shop",
        "service.instance.id": "i-1",
        "host.name": "web-1",
      },
    });
    meter.createGauge("up").record(1);
    await send("target", await collect());
    expect(await readValues("target")).toEqual({
      "up{'instance':'i-1','job':'shop/bot'}": ["1"],
      "target_info{'host_name':'web-1','instance':'i-1','job':'shop/bot'}": ["1"],
    });
  });

  it("keep exemplars with their trace", async () => {
    const exemplar = {
      timeUnixNano: at(1),
      asDouble: 50,
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      filteredAttributes: [{ key: "user.id", value: { stringValue: "u1" } }],
    };
    const point = {
      timeUnixNano: at(2),
      count: 1,
      sum: 50,
      bucketCounts: [0, 1],
      explicitBounds: [10],
      exemplars: [exemplar],
    };
    const histogram = { aggregationTemporality: 2, dataPoints: [point] };
    await way.metrics.accept({ project: "exemplar", bytes: toRequest({ name: "h", histogram }) });
    const rows =
      await way.stored(`SELECT metric, toString(time) AS time, value, lower(hex(trace_id)) AS traceId, labels, l.labels AS of
      FROM metric_exemplars AS e INNER JOIN metric_series AS l ON l.series_id = e.series_id WHERE project = 'exemplar'`);
    expect(rows).toEqual([
      {
        metric: "h_bucket",
        time: "2025-11-20 12:00:01.000",
        value: 50,
        traceId: exemplar.traceId,
        labels: { span_id: exemplar.spanId, trace_id: exemplar.traceId, user_id: "u1" },
        of: { le: "+Inf" },
      },
    ]);
  });
});

describe("exponential histograms", () => {
  it("become classic buckets whose counts add up", async () => {
    const { meter, collect } = createFixtureMeter();
    const histogram = meter.createHistogram("exponential.size");
    for (let value = 1; value <= 100; value += 1) histogram.record(value);
    histogram.record(0);
    await send("exponential", await collect());
    const values = await readValues("exponential");
    const bound = (le: string): string => `exponential_size_bucket{${job},'le':'${le}'}`;
    expect(values[bound("+Inf")]).toEqual(["101"]);
    expect(values[bound("64")]).toEqual(["65"]);
    expect(values[bound("32")]).toEqual(["33"]);
    expect(values[`exponential_size_sum{${job}}`]).toEqual(["5050"]);
    const counts = Object.entries(values)
      .filter(([series]) => series.includes("_bucket"))
      .map(([series, [value]]) => [
        Number(/le':'([^']+)/.exec(series)?.[1]?.replace("+Inf", "Infinity")),
        Number(value),
      ])
      .toSorted((a, b) => a[0]! - b[0]!)
      .map(([, count]) => count!);
    expect(counts).toEqual(counts.toSorted((a, b) => a - b));
  });

  it("count negative values below zero and end the bounds that a coarser scale does not have", async () => {
    const point = (time: number, scale: number, counts: number[]): object => ({
      timeUnixNano: at(time),
      count: counts.length * 2 + 1,
      scale,
      zeroCount: 1,
      positive: { offset: 0, bucketCounts: counts },
      negative: { offset: 0, bucketCounts: counts },
    });
    const sendPoint = (dataPoint: object): Promise<unknown> =>
      way.metrics.accept({
        project: "signs",
        bytes: toRequest({
          name: "n",
          exponentialHistogram: { aggregationTemporality: 2, dataPoints: [dataPoint] },
        }),
      });
    await sendPoint(point(1, 1, [1, 1]));
    await sendPoint(point(2, 0, [2]));
    expect(await readValues("signs")).toMatchObject({
      "n_bucket{'le':'-1.4142135623730951'}": ["1", "stale"],
      "n_bucket{'le':'-1'}": ["2", "2"],
      "n_bucket{'le':'1'}": ["3", "3"],
      "n_bucket{'le':'2'}": ["5", "5"],
      "n_bucket{'le':'+Inf'}": ["5", "3"],
    });
  });
});

describe("Claude Code", () => {
  it("metrics keep their attributes as labels", async () => {
    const { meter, collect } = createFixtureMeter({
      resource: { "service.name": "claude-code", "service.version": "2.1.0" },
    });
    const attributes = { "session.id": "s1", "user.id": "u1", model: "claude-sonnet-4-5", type: "input" };
    meter.createCounter("claude_code.token.usage", { unit: "tokens" }).add(1200, attributes);
    meter.createCounter("claude_code.cost.usage", { unit: "USD" }).add(0.25, attributes);
    await send("claude", await collect());
    const labels =
      "'job':'claude-code','model':'claude-sonnet-4-5','session_id':'s1','type':'input','user_id':'u1'";
    expect(await readValues("claude")).toMatchObject({
      [`claude_code_token_usage_tokens_total{${labels}}`]: ["1200"],
      [`claude_code_cost_usage_USD_total{${labels}}`]: ["0.25"],
      "target_info{'job':'claude-code','service_version':'2.1.0'}": ["1"],
    });
  });
});

describe("summaries", () => {
  it("become quantiles, sum and count", async () => {
    const dataPoints = [
      { timeUnixNano: at(1), count: 4, sum: 10, quantileValues: [{ quantile: 0.99, value: 5 }] },
    ];
    await way.metrics.accept({
      project: "summary",
      bytes: toRequest({ name: "s", unit: "s", summary: { dataPoints } }),
    });
    expect(await readValues("summary")).toEqual({
      "s_seconds{'quantile':'0.99'}": ["5"],
      s_seconds_sum: ["10"],
      s_seconds_count: ["4"],
    });
  });
});

describe("deltas", () => {
  const delta = (time: number, value: number, attributes: object[] = []): object => ({
    startTimeUnixNano: at(time - 10),
    timeUnixNano: at(time),
    asInt: value,
    attributes,
  });
  const sum = (...dataPoints: object[]): Buffer =>
    toRequest({ name: "d", sum: { aggregationTemporality: 1, isMonotonic: true, dataPoints } });

  it("are added up per series, behind a zero where the series begins", async () => {
    const other = [{ key: "a", value: { stringValue: "b" } }];
    await way.metrics.accept({ project: "delta", bytes: sum(delta(10, 3), delta(10, 7, other)) });
    await way.metrics.accept({ project: "delta", bytes: sum(delta(20, 4)) });
    expect(await readValues("delta")).toEqual({ d_total: ["0", "3", "7"], "d_total{'a':'b'}": ["0", "7"] });
  });

  it("of histograms are added up bucket by bucket", async () => {
    const { meter, collect } = createFixtureMeter({ temporality: AggregationTemporality.DELTA });
    const histogram = meter.createHistogram("h", { advice: { explicitBucketBoundaries: [10] } });
    for (const value of [5, 50]) {
      histogram.record(value);
      await send("delta-histogram", await collect());
    }
    const values = await readValues("delta-histogram");
    expect(values[`h_bucket{${job},'le':'10'}`]?.at(-1)).toBe("1");
    expect(values[`h_bucket{${job},'le':'+Inf'}`]?.at(-1)).toBe("2");
    expect(values[`h_sum{${job}}`]?.at(-1)).toBe("55");
  });

  it("of exponential histograms are added up across scales", async () => {
    const { meter, collect } = createFixtureMeter({ temporality: AggregationTemporality.DELTA });
    const histogram = meter.createHistogram("exponential.h");
    for (const values of [
      [1, 2, 4],
      [0.001, 100_000],
    ]) {
      for (const value of values) histogram.record(value);
      await send("delta-exponential", await collect());
    }
    const values = await readValues("delta-exponential");
    expect(values[`exponential_h_bucket{${job},'le':'4'}`]?.at(-1)).toBe("4");
    expect(values[`exponential_h_count{${job}}`]?.at(-1)).toBe("5");
  });

  it("that arrive twice or out of order are refused and say so", async () => {
    const rejected = [
      await way.metrics.accept({ project: "order", bytes: sum(delta(20, 1)) }),
      await way.metrics.accept({ project: "order", bytes: sum(delta(10, 1)) }),
      await way.metrics.accept({ project: "order", bytes: sum(delta(30, 1), delta(30, 2)) }),
    ].map((receipt) => receipt.rejected);
    expect(rejected).toEqual([{}, { out_of_order_delta: 1 }, { out_of_order_delta: 1 }]);
    expect(await readValues("order")).toEqual({ d_total: ["0", "1", "2"] });
  });

  it("of a request that is sent again, or turns out to be malformed, are not added", async () => {
    const bytes = sum(delta(10, 5));
    await way.metrics.accept({ project: "once", bytes });
    expect(await way.metrics.accept({ project: "once", bytes })).toMatchObject({ isDuplicate: true });
    const cut = sum(delta(20, 5));
    const broken = Buffer.concat([cut, Buffer.from([0x0a, 0x7f])]);
    await expect(way.metrics.accept({ project: "once", bytes: broken })).rejects.toThrow(
      MalformedRequestError,
    );
    await way.metrics.accept({ project: "once", bytes: sum(delta(30, 5)) });
    expect(await readValues("once")).toEqual({ d_total: ["0", "5", "10"] });
  });

  it("of requests that the disk refused are added when they are sent again", async () => {
    const disk = { isFull: true };
    const full = await openTestWay({
      maxBytes: 1,
      engine: (store) => ({
        ...store,
        insertBlock: (block) => (disk.isFull ? Promise.reject(new Error("down")) : store.insertBlock(block)),
      }),
    });
    const send = (time: number): Promise<unknown> =>
      full.metrics.accept({ project: "p", bytes: sum(delta(time, 1)) });
    await send(10);
    const refused = await Promise.allSettled([send(20), send(30)]);
    expect(refused.map((result) => result.status)).toEqual(["rejected", "rejected"]);
    expect(full.spool.snapshot().totals.metrics).toMatchObject({ received: 1, accepted: 1 });
    disk.isFull = false;
    for (const time of [20, 30])
      await expect.poll(() => send(time).then(() => "added", String), { timeout: 10_000 }).toBe("added");
    const rows = await full.stored("SELECT value FROM metric_samples ORDER BY time");
    expect(rows).toEqual([0, 1, 2, 3].map((value) => ({ value })));
    await full.close();
  });

  it.each([
    ["up-down counters", { aggregationTemporality: 1 }, "delta_up_down_counter"],
    ["sums of unknown temporality", { isMonotonic: true }, "unknown_temporality"],
  ])("%s are refused", async (_name, fields, reason) => {
    const bytes = toRequest({ name: "d", sum: { ...fields, dataPoints: [delta(10, 1), delta(20, 1)] } });
    expect((await way.metrics.accept({ project: "refused", bytes })).rejected).toEqual({ [reason]: 2 });
  });
});

describe("points without a recorded value", () => {
  it("end every series of the point with a stale marker", async () => {
    const bounds = { bucketCounts: [1, 0], explicitBounds: [1], count: 1, sum: 1 };
    const histogram = (point: object): Buffer =>
      toRequest({ name: "h", histogram: { aggregationTemporality: 2, dataPoints: [point] } });
    await way.metrics.accept({ project: "stale", bytes: histogram({ timeUnixNano: at(1), ...bounds }) });
    await way.metrics.accept({ project: "stale", bytes: histogram({ timeUnixNano: at(2), flags: 1 }) });
    expect(await readValues("stale")).toEqual({
      "h_bucket{'le':'1'}": ["1", "stale"],
      "h_bucket{'le':'+Inf'}": ["1", "stale"],
      h_sum: ["1", "stale"],
      h_count: ["1", "stale"],
    });
  });
});

describe("what cannot be stored", () => {
  it.each([
    [
      "a name of signs alone",
      { name: "…", gauge: { dataPoints: [{ timeUnixNano: at(1), asInt: 1 }] } },
      "invalid_metric_name",
    ],
    ["a point without a time", { name: "g", gauge: { dataPoints: [{ asInt: 1 }] } }, "invalid_time"],
    ["a point without a value", { name: "g", gauge: { dataPoints: [{ timeUnixNano: at(1) }] } }, "no_value"],
    [
      "counts that do not fit their bounds",
      {
        name: "h",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [{ timeUnixNano: at(1), bucketCounts: [1], explicitBounds: [1, 2] }],
        },
      },
      "invalid_histogram",
    ],
    [
      "bounds that do not rise",
      {
        name: "h",
        histogram: {
          aggregationTemporality: 2,
          dataPoints: [{ timeUnixNano: at(1), bucketCounts: [1, 1, 1], explicitBounds: [2, 1] }],
        },
      },
      "invalid_histogram",
    ],
    [
      "exponential buckets beyond all numbers",
      {
        name: "h",
        exponentialHistogram: {
          aggregationTemporality: 2,
          dataPoints: [
            {
              timeUnixNano: at(1),
              count: 2,
              scale: 0,
              positive: { offset: 2_000_000_000, bucketCounts: [1] },
              negative: { offset: -2_000_000_000, bucketCounts: [1] },
            },
          ],
        },
      },
      "invalid_histogram",
    ],
  ])("%s is rejected by its reason", async (_name, metric, reason) => {
    const receipt = await way.metrics.accept({ project: "bad", bytes: toRequest(metric) });
    expect(receipt).toEqual({ received: 1, rejected: { [reason]: 1 }, isDuplicate: false });
  });

  it("new series past the limit are rejected until old ones fall silent", async () => {
    const small = await openTestWay({ maxSeries: 20 });
    const gauge = (from: number): Buffer =>
      toRequest({
        name: "g",
        gauge: {
          dataPoints: Array.from({ length: 15 }, (_, index) => ({
            timeUnixNano: at(1),
            asInt: 1,
            attributes: [{ key: "id", value: { intValue: from + index } }],
          })),
        },
      });
    const send = async (from: number): Promise<unknown> =>
      (await small.metrics.accept({ project: "p", bytes: gauge(from) })).rejected;
    expect(await send(0)).toEqual({ too_many_series: 5 });
    expect(await send(100)).toEqual({ too_many_series: 15 });
    small.clock.nowMs += 3_600_000;
    expect(await send(200)).toEqual({ too_many_series: 5 });
    await small.close();
  });
});

describe("damaged requests", () => {
  it("are refused whole or understood, at every cut and every flipped byte", async () => {
    const { meter, collect } = createFixtureMeter();
    const context: Context = trace.setSpanContext(ROOT_CONTEXT, {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      traceFlags: TraceFlags.SAMPLED,
    });
    meter.createCounter("c", { unit: "s" }).add(1, { a: "b" }, context);
    meter.createHistogram("h", { advice: { explicitBucketBoundaries: [1] } }).record(2, {}, context);
    meter.createHistogram("exponential.e").record(3);
    const bytes = encodeMetrics(await collect());
    let accepted = 0;
    const attempt = async (damaged: Buffer): Promise<void> => {
      try {
        const { received, rejected, isDuplicate } = await way.metrics.accept({
          project: "damaged",
          bytes: damaged,
        });
        if (isDuplicate) return;
        accepted += received - Object.values(rejected).reduce((sum, items) => sum + items, 0);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedRequestError);
      }
    };
    const attempts: Promise<void>[] = [];
    for (let length = 1; length < bytes.length; length += 1)
      attempts.push(attempt(bytes.subarray(0, length)));
    for (let index = 0; index < bytes.length; index += 1) {
      for (const mask of [0x01, 0x80, 0xff]) {
        const damaged = Buffer.from(bytes);
        damaged[index]! ^= mask;
        attempts.push(attempt(damaged));
      }
    }
    await Promise.all(attempts);
    expect(accepted).toBeGreaterThan(0);
    const { totals } = way.spool.snapshot();
    const { received, duplicates, rejected } = totals.metrics;
    const refused = Object.values(rejected).reduce((sum, items) => sum + items, 0);
    expect(received).toBe(totals.metrics.accepted + refused + duplicates);
    await way.stored("SELECT 1");
  });
});
