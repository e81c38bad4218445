import type { WrittenSeries } from "./prometheus.fixture.ts";

/** Start of the samples: 137 ms off every grid, so that it does not matter on which side a window is open. */
export const firstMs = Date.UTC(2026, 10, 20, 6) + 137;
const stepMs = 15_000;
const samples = 480;
const bounds = ["0.1", "0.5", "1", "5", "+Inf"];

function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Counters that reset, gauges with holes, NaN and infinities, histograms: two hours of them, 15 s apart. */
export function makeSeries(): WrittenSeries[] {
  const series: WrittenSeries[] = [];
  const random = createRandom(42);
  const times = Array.from({ length: samples }, (_empty, index) => firstMs + index * stepMs);
  for (const instance of ["a:9090", "b:9090", "c:9090"]) {
    for (const mode of ["read", "write", "idle"]) {
      const labels = { job: "demo", instance, mode };
      let total = 0;
      const counter = times.map(() => (total = random() < 0.004 ? 0 : total + Math.floor(random() * 10)));
      series.push({ labels: { __name__: "demo_operations_total", ...labels }, times, values: counter });
      const gauge = times.map(
        (_time, index) => oddValue(index, random) ?? 50 * Math.sin(index / 40) + random() * 20,
      );
      const kept = times.map(
        () => random() > 0.1 && !(mode === "idle" && instance === "b:9090" && random() < 0.8),
      );
      series.push({
        labels: { __name__: "demo_temperature_celsius", ...labels },
        times: times.filter((_time, index) => kept[index]),
        values: gauge.filter((_value, index) => kept[index]),
      });
    }
    series.push(...makeHistogram(instance, times, random));
  }
  series.push({
    labels: { __name__: "demo_info", instance: "a:9090", version: "1.2.3" },
    times,
    values: times.map(() => 1),
  });
  const brief = times.slice(100, 140);
  series.push({
    labels: { __name__: "demo_brief", job: "demo" },
    times: brief,
    values: brief.map((_time, index) => index),
  });
  return series;
}

function oddValue(index: number, random: () => number): number | undefined {
  if (random() > 0.01) return undefined;
  return [Number.NaN, Infinity, -Infinity][index % 3];
}

function makeHistogram(instance: string, times: number[], random: () => number): WrittenSeries[] {
  const counts = bounds.map(() => 0);
  const columns = bounds.map((): number[] => []);
  const sums: number[] = [];
  let sum = 0;
  for (const _time of times) {
    for (let call = Math.floor(random() * 8); call > 0; call -= 1) {
      const seconds = random() ** 3 * 8;
      sum += seconds;
      for (const [index, le] of bounds.entries()) {
        counts[index] = (counts[index] ?? 0) + (le === "+Inf" || seconds <= Number(le) ? 1 : 0);
      }
    }
    for (const [index, column] of columns.entries()) column.push(counts[index] ?? 0);
    sums.push(sum);
  }
  const labels = { job: "demo", instance };
  return [
    ...bounds.map((le, index) => ({
      labels: { __name__: "demo_duration_seconds_bucket", ...labels, le },
      times,
      values: columns[index] ?? [],
    })),
    { labels: { __name__: "demo_duration_seconds_sum", ...labels }, times, values: sums },
    { labels: { __name__: "demo_duration_seconds_count", ...labels }, times, values: columns.at(-1) ?? [] },
  ];
}

const counter = "demo_operations_total";
const gauge = "demo_temperature_celsius";
const windows = ["1m", "5m", "17m30s", "1h"];

const overTime = ["avg", "min", "max", "sum", "count", "stddev", "stdvar", "last", "present"];
const overRange = ["rate", "increase", "irate", "resets", "changes"];
const dates = [
  "minute",
  "hour",
  "month",
  "year",
  "day_of_month",
  "day_of_week",
  "day_of_year",
  "days_in_month",
];
const ofGauge = ["delta", "idelta", "deriv"];
const math = [
  "abs",
  "ceil",
  "floor",
  "exp",
  "sqrt",
  "ln",
  "log2",
  "log10",
  "round",
  "sgn",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "asinh",
  "acosh",
  "atanh",
  "deg",
  "rad",
  "timestamp",
  "absent",
  "scalar",
];

/** More than 300 queries over all that Prometheus 2.42 knows and the language of today still means the same by. */
export const queries: readonly string[] = [
  ...["1", "-1", "1 + 2 * 3 ^ 2", "time()", "pi()", "vector(1)", "NaN", "Inf", "1e3 % 7", '"text"'].slice(
    0,
    9,
  ),
  counter,
  gauge,
  "demo_brief",
  "demo_info",
  "nothing_there",
  '{job="demo", le="1"}',
  `${counter}{mode="read"}`,
  `${counter}{mode!="read"}`,
  `${counter}{mode=~"r.*|idle"}`,
  `${counter}{instance!~"a.*"}`,
  `${counter}{nobody=""}`,
  `{__name__=~"demo_(info|brief)"}`,
  ...overTime.flatMap((name) => windows.map((window) => `${name}_over_time(${gauge}[${window}])`)),
  ...[0, 0.5, 0.9, 1].flatMap((q) =>
    windows.map((window) => `quantile_over_time(${q}, ${gauge}[${window}])`),
  ),
  ...overRange.flatMap((name) => windows.map((window) => `${name}(${counter}[${window}])`)),
  ...ofGauge.flatMap((name) => windows.map((window) => `${name}(${gauge}[${window}])`)),
  ...["5m", "1h"].map((window) => `predict_linear(${gauge}[${window}], 600)`),
  ...["5m", "1h"].map((window) => `absent_over_time(demo_brief[${window}])`),
  ...math.map((name) => `${name}(${gauge})`),
  ...dates.map((name) => `${name}(${counter} * 1e6)`),
  `clamp(${gauge}, -10, 40)`,
  `clamp_min(${gauge}, 5)`,
  `clamp_max(${gauge}, 5)`,
  `round(${gauge}, 5)`,
  "absent(nothing_there)",
  ...["sum", "avg", "min", "max", "count", "group", "stddev", "stdvar"].flatMap((name) =>
    ["", " by (instance)", " by (mode, job)", " without (mode)", " by (nobody)"].map(
      (by) => `${name}${by} (${gauge})`,
    ),
  ),
  ...[0.1, 0.5, 0.99].flatMap((q) => [`quantile(${q}, ${gauge})`, `quantile by (mode) (${q}, ${counter})`]),
  ...[1, 3].flatMap((k) => [
    `topk(${k}, ${gauge})`,
    `bottomk(${k}, ${gauge})`,
    `topk by (mode) (${k}, ${gauge})`,
  ]),
  `count_values("value", demo_info)`,
  `count_values by (job) ("value", demo_brief)`,
  ...["+", "-", "*", "/", "%", "^"].flatMap((operator) => [
    `${gauge} ${operator} 2`,
    `3 ${operator} ${gauge}`,
    `${gauge} ${operator} ${counter}`,
    `${counter} ${operator} on (instance, mode) group_left ${gauge}`,
  ]),
  ...["==", "!=", ">", "<", ">=", "<="].flatMap((operator) => [
    `${gauge} ${operator} 20`,
    `${gauge} ${operator} bool 20`,
    `${gauge} ${operator} ${counter}`,
    `${gauge} ${operator} bool ${counter}`,
  ]),
  ...["and", "or", "unless"].flatMap((operator) => [
    `${gauge} ${operator} ${counter}{mode="read"}`,
    `${gauge} ${operator} on (instance) demo_info`,
    `sum by (mode) (${gauge}) ${operator} ignoring (mode) demo_brief`,
  ]),
  `${counter} * on (instance) group_left (version) demo_info`,
  `demo_info * on (instance) group_right (version) ${counter}`,
  `sum(rate(${counter}[5m])) / ignoring () count(${counter})`,
  ...["1m", "30m", "-1m"].flatMap((offset) => [
    `${counter} offset ${offset}`,
    `rate(${counter}[5m] offset ${offset})`,
  ]),
  `${counter} @ ${firstMs / 1000 + 600}`,
  `rate(${counter}[5m] @ end())`,
  `${gauge} @ start()`,
  ...["sum", "max", "avg"].flatMap((name) => [
    `${name}_over_time(rate(${counter}[5m])[30m:1m])`,
    `${name}_over_time(${gauge}[10m:20s])`,
    `${name}_over_time((sum by (mode) (${gauge}))[20m:])`,
  ]),
  "max_over_time(rate(demo_operations_total[2m])[1h:3m] offset 5m)",
  ...[0, 0.5, 0.9, 0.99, 1].flatMap((q) => [
    `histogram_quantile(${q}, demo_duration_seconds_bucket)`,
    `histogram_quantile(${q}, rate(demo_duration_seconds_bucket[5m]))`,
    `histogram_quantile(${q}, sum by (le) (rate(demo_duration_seconds_bucket[17m])))`,
  ]),
  "rate(demo_duration_seconds_sum[5m]) / rate(demo_duration_seconds_count[5m])",
  `label_replace(${counter}, "host", "$1", "instance", "(.*):.*")`,
  `label_replace(${counter}, "mode", "", "mode", "read")`,
  `label_join(${counter}, "both", "-", "instance", "mode")`,
  `-${gauge}`,
  `+${gauge}`,
  `-(${gauge} + 1)`,
  `sum(sum by (mode) (rate(${counter}[5m])))`,
  `vector(scalar(sum(${counter})))`,
  `${gauge} > 10 < 40`,
  `(${gauge} > bool 0) + (${counter} > bool 0)`,
  `-2 ^ 2 * ${gauge}`,
];
