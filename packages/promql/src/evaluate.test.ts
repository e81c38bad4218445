import { describe, expect, it } from "vitest";
import {
  ExecutionError,
  InvalidParameterError,
  NativeHistogramError,
  QueryCanceledError,
  QueryTimeoutError,
  TooManyPointsError,
  TooManySamplesError,
  TooManySeriesError,
} from "./errors.ts";
import { evaluate, type EvaluateRequest } from "./evaluate.ts";
import { labelsFrom, labelsToRecord } from "./labels.ts";
import { parseExpression } from "./parse.ts";
import type { SelectRequest, SeriesReader } from "./reader.ts";
import { createMemoryStore } from "./script/memory-store.ts";
import { parseSeriesNotation } from "./series-notation.ts";
import { writeStaleMarker, type Series } from "./value.ts";

function storeOf(stepMs: number, ...series: string[]): SeriesReader {
  const store = createMemoryStore();
  store.load({ stepMs, series: series.map(parseSeriesNotation) });
  return store;
}

/** A reader that writes down what it is asked. */
function spy(): { reader: SeriesReader; requests: SelectRequest[] } {
  const requests: SelectRequest[] = [];
  return {
    requests,
    reader: {
      async select(request) {
        requests.push(request);
        return [];
      },
    },
  };
}

const numbers = storeOf(60_000, 'n{a="1"} 0+1x60', 'n{a="2"} 0+2x60', 'n{a="3"} 0+3x60');
const AT = { startMs: 600_000, endMs: 600_000 };

async function failureOf(request: EvaluateRequest): Promise<unknown> {
  return evaluate(request).then(
    () => "no error",
    (error: unknown) => error,
  );
}

describe("evaluate", () => {
  it("answers an instant query with a vector at the time asked for", async () => {
    const { value } = await evaluate({ query: 'n{a="2"}', reader: numbers, ...AT });
    expect(value).toEqual({
      type: "vector",
      samples: [{ labels: labelsFrom({ __name__: "n", a: "2" }), timeMs: 600_000, value: 20 }],
    });
  });

  it("answers scalars and strings as such", async () => {
    const scalar = await evaluate({ query: "1 + 1", reader: numbers, ...AT });
    expect(scalar.value).toEqual({ type: "scalar", timeMs: 600_000, value: 2 });
    const text = await evaluate({ query: '"hi"', reader: numbers, ...AT });
    expect(text.value).toEqual({ type: "string", timeMs: 600_000, value: "hi" });
  });

  it("answers a range query with a matrix, end included", async () => {
    const { value } = await evaluate({
      query: "sum(n)",
      reader: numbers,
      startMs: 60_000,
      endMs: 180_000,
      stepMs: 60_000,
    });
    expect(value).toEqual({
      type: "matrix",
      series: [
        {
          labels: [],
          timestampsMs: Float64Array.of(60_000, 120_000, 180_000),
          values: Float64Array.of(6, 12, 18),
        },
      ],
    });
  });

  it("answers a range selector with its raw samples", async () => {
    const { value } = await evaluate({ query: 'n{a="1"}[2m]', reader: numbers, ...AT });
    expect(value.type === "matrix" && value.series.map((one) => [...one.timestampsMs])).toEqual([
      [540_000, 600_000],
    ]);
  });

  it("evaluates a parsed expression as well as text", async () => {
    const expression = parseExpression("max(n)");
    const { value } = await evaluate({ expression, reader: numbers, ...AT });
    expect(value.type === "vector" && value.samples[0]?.value).toBe(30);
  });

  it("ends a series at a stale marker and starts it again after", async () => {
    const values = Float64Array.of(1, 0, 3);
    writeStaleMarker(values, 1);
    const timestampsMs = Float64Array.of(0, 60_000, 120_000);
    const series: Series = { labels: labelsFrom({ __name__: "s" }), timestampsMs, values };
    const reader = { select: async () => [series] };
    const { value } = await evaluate({
      query: "s",
      reader,
      startMs: 30_000,
      endMs: 130_000,
      stepMs: 50_000,
    });
    expect(value.type === "matrix" && value.series.map((one) => [...one.values])).toEqual([[1, 3]]);
  });

  it("looks back exactly so far, the left edge excluded", async () => {
    const reader = storeOf(60_000, "one 1");
    const at = (timeMs: number, lookbackMs: number): Promise<number> =>
      evaluate({ query: "one", reader, startMs: timeMs, endMs: timeMs, options: { lookbackMs } }).then(
        ({ value }) => (value.type === "vector" ? value.samples.length : -1),
      );
    expect(await at(299_999, 300_000)).toBe(1);
    expect(await at(300_000, 300_000)).toBe(0);
    expect(await at(300_000, 300_001)).toBe(1);
  });

  it("limits the annotations it lists and counts the rest", async () => {
    const reader = storeOf(60_000, 'b{le="x1"} 1', 'b{le="x2"} 1', 'b{le="x3"} 1');
    const query = "histogram_quantile(0.5, b)";
    const { warnings } = await evaluate({
      query,
      reader,
      startMs: 0,
      endMs: 0,
      options: { maxAnnotations: 2 },
    });
    expect(warnings).toEqual([
      'PromQL warning: bucket label "le" is missing or has a malformed value of "x1" for metric name "b" (1:25)',
      'PromQL warning: bucket label "le" is missing or has a malformed value of "x2" for metric name "b" (1:25)',
      "1 more warning annotations omitted",
    ]);
  });

  it("joins what it says of many steps into one info", async () => {
    const reader = storeOf(60_000, 'b{le="1"} 5x3', 'b{le="2"} 3x3', 'b{le="+Inf"} 6x3');
    const { infos } = await evaluate({
      query: "histogram_quantile(0.5, b)",
      reader,
      startMs: 0,
      endMs: 180_000,
      stepMs: 60_000,
    });
    expect(infos).toEqual([
      "PromQL info: input to histogram_quantile needed to be fixed for monotonicity " +
        "(see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile) " +
        'for metric name "b", from buckets 2 to 2, with a max diff of 2, over 4 samples ' +
        "from 1970-01-01T00:00:00Z to 1970-01-01T00:03:00Z (1:25)",
    ]);
  });
});

describe("what evaluate refuses", () => {
  const base = { reader: numbers, ...AT };

  it("refuses native histograms by name", async () => {
    const reader = storeOf(60_000, "h {{schema:0 count:1 sum:1}}");
    const error = await failureOf({ query: "h", reader, startMs: 0, endMs: 0 });
    expect(error).toBeInstanceOf(NativeHistogramError);
    expect(error).toMatchObject({
      errorType: "execution",
      message: "native histograms are not supported yet: h holds some",
    });
  });

  it("refuses too many steps as bad data", async () => {
    const error = await failureOf({
      query: "n",
      reader: numbers,
      startMs: 0,
      endMs: 11_000_000,
      stepMs: 1000,
    });
    expect(error).toBeInstanceOf(TooManyPointsError);
    expect(error).toMatchObject({
      errorType: "bad_data",
      message:
        "exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)",
    });
  });

  it("refuses too many samples and too many series", async () => {
    const samples = await failureOf({ ...base, query: "n[10m]", options: { limits: { maxSamples: 9 } } });
    expect(samples).toBeInstanceOf(TooManySamplesError);
    const series = await failureOf({ ...base, query: "n", options: { limits: { maxSeries: 2 } } });
    expect(series).toBeInstanceOf(TooManySeriesError);
    expect(series).toBeInstanceOf(ExecutionError);
  });

  it("refuses a subquery that would compute too many samples", async () => {
    const error = await failureOf({
      ...base,
      query: "sum_over_time(vector(1)[100y:1s])",
      options: { limits: { maxSamples: 1000 } },
    });
    expect(error).toBeInstanceOf(TooManySamplesError);
  });

  it("stops when the caller's clock says so", async () => {
    let asked = 0;
    const isExpired = (): boolean => ++asked > 2;
    const error = await failureOf({ ...base, query: "sum(n)", options: { limits: { isExpired } } });
    expect(error).toBeInstanceOf(QueryTimeoutError);
    expect(error).toMatchObject({ errorType: "timeout" });
  });

  it("stops when the caller aborts, and hands the signal to the reader", async () => {
    const abort = new AbortController();
    let seen: AbortSignal | undefined;
    const reader: SeriesReader = {
      async select({ signal }) {
        seen = signal;
        abort.abort(new Error("gone"));
        return [];
      },
    };
    const error = await failureOf({
      query: "up",
      reader,
      ...AT,
      options: { limits: { signal: abort.signal } },
    });
    expect(error).toBeInstanceOf(QueryCanceledError);
    expect(seen).toBe(abort.signal);
  });

  it("passes on what the reader throws", async () => {
    const reader = { select: () => Promise.reject(new Error("disk gone")) };
    expect(await failureOf({ query: "up", reader, ...AT })).toMatchObject({ message: "disk gone" });
  });

  it("refuses range queries of strings and range vectors, and senseless times", async () => {
    const range = { reader: numbers, startMs: 0, endMs: 10, stepMs: 1 };
    expect(await failureOf({ ...range, query: "n[1m]" })).toMatchObject({
      message: 'invalid expression type "range vector" for range query, must be Scalar or instant Vector',
    });
    expect(await failureOf({ ...range, query: "n", endMs: -1 })).toBeInstanceOf(InvalidParameterError);
    expect(await failureOf({ ...range, query: "n", stepMs: -1 })).toBeInstanceOf(InvalidParameterError);
    expect(await failureOf({ ...range, query: "n", stepMs: 0 })).toBeInstanceOf(InvalidParameterError);
  });
});

describe("what a reader is asked", () => {
  async function requestsOf(query: string): Promise<SelectRequest[]> {
    const { reader, requests } = spy();
    await evaluate({ query, reader, startMs: 1_000_000, endMs: 2_000_000, stepMs: 10_000 });
    return requests;
  }

  it("asks for the time an instant selector looks back over", async () => {
    const [request] = await requestsOf("up offset 1m");
    expect(request).toMatchObject({ startMs: 640_000, endMs: 1_940_000, stepMs: 10_000, rangeMs: 0 });
  });

  it("asks for the windows of ranges and subqueries", async () => {
    const [request] = await requestsOf("max_over_time(rate(up[5m])[10m:1m] offset 1m)");
    expect(request).toMatchObject({ startMs: 40_000, endMs: 1_940_000, rangeMs: 300_000, func: "rate" });
    const [pinned] = await requestsOf("rate(up[5m] @ 5000)");
    expect(pinned).toMatchObject({ startMs: 4_700_000, endMs: 5_000_000 });
  });

  it("asks once for what two selectors share", async () => {
    expect(await requestsOf("up / up")).toHaveLength(1);
    expect(await requestsOf("up / up offset 1m")).toHaveLength(2);
  });

  it("tells the labels of the aggregation above, through functions and scalars", async () => {
    const [request] = await requestsOf("sum by (user_id) (2 * rate(llm_requests_total[5m]))");
    expect(request).toMatchObject({
      func: "rate",
      grouping: ["user_id"],
      by: true,
      aggregated: true,
      dimensions: ["user_id"],
    });
  });

  it("tells every label that a query asks a selector for", async () => {
    const [left, right] = await requestsOf(
      'label_replace(sum by (a) (x{m="1"} * on (b) group_left (c) y), "d", "$1", "e", "(.*)")',
    );
    expect(left?.dimensions).toEqual(["a", "b", "c", "e", "m"]);
    expect(right).toMatchObject({ dimensions: ["a", "b", "c", "e"], aggregated: false });
  });

  it("tells that nothing aggregates where series are shown as they are", async () => {
    const [request] = await requestsOf("topk(5, up)");
    expect(request).toMatchObject({ grouping: [], by: false, aggregated: false, func: "topk" });
    const [without] = await requestsOf("sum without (pod) (up)");
    expect(without).toMatchObject({ grouping: ["pod"], by: false, aggregated: false, dimensions: [] });
  });
});

describe("results of a range query", () => {
  it("are sorted by labels", async () => {
    const { value } = await evaluate({
      query: "sort_desc(n)",
      reader: numbers,
      startMs: 0,
      endMs: 60_000,
      stepMs: 60_000,
    });
    expect(value.type === "matrix" && value.series.map(({ labels }) => labelsToRecord(labels)["a"])).toEqual([
      "1",
      "2",
      "3",
    ]);
  });

  it("equal the instant queries at every step", async () => {
    const queries = [
      "sum by (a) (rate(n[5m])) > 0.01",
      "topk(2, n) or n * 2",
      "quantile_over_time(0.3, n[4m]) - n offset 1m",
      "max_over_time((n - on (a) n offset 3m)[5m:1m])",
      'count_values("v", n % 3)',
    ];
    for (const query of queries) {
      const whole = await evaluate({ query, reader: numbers, startMs: 0, endMs: 900_000, stepMs: 60_000 });
      const points = new Map<string, number>();
      for (const { labels, timestampsMs, values } of whole.value.type === "matrix"
        ? whole.value.series
        : []) {
        timestampsMs.forEach((timeMs, i) => points.set(`${labels.join()}@${timeMs}`, values[i]!));
      }
      const single = new Map<string, number>();
      for (let timeMs = 0; timeMs <= 900_000; timeMs += 60_000) {
        const { value } = await evaluate({ query, reader: numbers, startMs: timeMs, endMs: timeMs });
        for (const sample of value.type === "vector" ? value.samples : []) {
          single.set(`${sample.labels.join()}@${timeMs}`, sample.value);
        }
      }
      expect(points.size, query).toBeGreaterThan(0);
      expect(points, query).toEqual(single);
    }
  });
});

describe("long queries", () => {
  it("a chain of a thousand operators is evaluated", async () => {
    const query = `n{a="1"}${" + 1".repeat(1000)}`;
    const { value } = await evaluate({ query, reader: numbers, ...AT });
    expect(value.type === "vector" && value.samples[0]?.value).toBe(1010);
  });

  it("two hundred nested parentheses are evaluated", async () => {
    const query = `${"(".repeat(200)}n{a="1"}${")".repeat(200)}`;
    const { value } = await evaluate({ query, reader: numbers, ...AT });
    expect(value.type === "vector" && value.samples[0]?.value).toBe(10);
  });
});
