import { CONTEXT_WINDOW } from "./context-windows.ts";
import { SCORE_FAMILIES, SCORE_SOURCE, type ScoreFamily } from "./score-source.ts";

/** Where a metric's observations come from: a condition on one span, and what is added up. */
interface SpanMetric {
  readonly name: string;
  readonly help: string;
  /** What is read in place of the table of spans, as SQL with columns of their names. */
  readonly source?: string;
  /** Which spans count; constants only. */
  readonly where: string;
  /** What tells that there are observations at all, where `where` needs more parameters than the range. */
  readonly presence?: string;
  /** Narrows the spans that may be exemplars. */
  readonly exemplarWhere?: string;
  /** Which traces show the metric best, in its unit; the slowest ones where it is not said. */
  readonly exemplar?: { readonly value: string; readonly order: "ASC" | "DESC" };
  /** True when the SQL names the context windows of models. */
  readonly needsContextWindows?: boolean;
  /** Labels every series of the metric has, beside those a query asks for. */
  readonly labels: readonly string[];
  /** Labels among them that other metrics lack: left out where series are matched by all labels, unless they are asked for. */
  readonly ownLabels?: readonly string[];
  /** Labels with one value on all series of the metric. */
  readonly constants?: Readonly<Record<string, string>>;
}

export interface CounterMetric extends SpanMetric {
  readonly kind: "counter";
  /** What a group of spans adds, as an aggregate. */
  readonly value: string;
  /** True when the 10-second rollup holds `where` and `value`. */
  readonly inRollup: boolean;
  /** True when series that never rise are left out. */
  readonly hidesZero: boolean;
}

export interface HistogramMetric extends SpanMetric {
  readonly kind: "histogram";
  /** What one span observes, in the unit of the metric. */
  readonly observed: string;
  /** Upper bounds, ascending, without +Inf. */
  readonly bounds: readonly number[];
  /** Aggregates of `_count` and `_sum` that the rollup holds. */
  readonly rollup?: { readonly count: string; readonly sum: string };
}

/** Values with times of their own, not on the grid of counters. */
export interface GaugeMetric extends SpanMetric {
  readonly kind: "gauge";
  /** How many seconds before a sample its observations may lie. */
  readonly reachSeconds: number;
  /**
   * The samples as SQL: columns `at` (Unix milliseconds) and `value` beside the labels. `columns` are labels as
   * `expression AS alias`, `from` is where to read, with its condition.
   */
  readonly samples: (parts: {
    readonly columns: readonly string[];
    readonly aliases: readonly string[];
    readonly from: string;
  }) => string;
}

export type LlmMetric = CounterMetric | HistogramMetric | GaugeMetric;

const CALL_LABELS = ["service", "environment", "endpoint", "operation", "provider", "model"] as const;

const CONVENTION_LABELS = [
  "service",
  "environment",
  "gen_ai_operation_name",
  "gen_ai_provider_name",
  "gen_ai_request_model",
  "gen_ai_response_model",
] as const;

const LATENCY_MS = [
  50, 100, 200, 300, 500, 750, 1000, 1500, 2000, 3000, 5000, 7500, 10_000, 15_000, 30_000, 60_000, 120_000,
];
const PART_MS = [10, 25, 50, 100, 200, 300, 500, 750, 1000, 2000, 3000, 5000, 10_000, 30_000];
/** Bounds of the GenAI conventions, v1.41. */
const CONVENTION_SECONDS = [
  0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92,
];
const CONVENTION_TOKENS = [
  1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536, 262_144, 1_048_576, 4_194_304, 16_777_216, 67_108_864,
];

const BILLED = "billed = 1";
const TOOL = "span_type = 'tool'";

function counter(
  name: string,
  help: string,
  rest: Partial<CounterMetric> & Pick<CounterMetric, "value">,
): CounterMetric {
  return {
    kind: "counter",
    name,
    help,
    where: BILLED,
    labels: CALL_LABELS,
    inRollup: true,
    hidesZero: false,
    ...rest,
  };
}

function histogram(
  name: string,
  help: string,
  rest: Pick<HistogramMetric, "where" | "observed" | "bounds"> & Partial<HistogramMetric>,
): HistogramMetric {
  return { kind: "histogram", name, help, labels: CALL_LABELS, ...rest };
}

const counters: readonly CounterMetric[] = [
  counter("llm_requests_total", "Model calls that ended, retries of one call counted once.", {
    value: "count()",
  }),
  counter("llm_errors_total", "Model calls that failed.", {
    value: "countIf(status = 2)",
    exemplarWhere: "status = 2",
    labels: [...CALL_LABELS, "error_type"],
    ownLabels: ["error_type"],
    hidesZero: true,
  }),
  counter("llm_input_tokens_total", "Input tokens of model calls, cached ones included.", {
    value: "sum(input_tokens)",
    exemplar: { value: "ifNull(toFloat64(input_tokens), 0)", order: "DESC" },
  }),
  counter("llm_output_tokens_total", "Output tokens of model calls, reasoning included.", {
    value: "sum(output_tokens)",
    exemplar: { value: "ifNull(toFloat64(output_tokens), 0)", order: "DESC" },
  }),
  counter("llm_cache_read_tokens_total", "Input tokens the provider read from its cache.", {
    value: "sum(cache_read_tokens)",
  }),
  counter(
    "llm_cost_dollars_total",
    "Cost of model calls in US dollars; calls without a price are not in it.",
    {
      value: "sum(cost_usd)",
      exemplar: { value: "ifNull(cost_usd, 0)", order: "DESC" },
    },
  ),
  counter("llm_unpriced_requests_total", "Model calls with tokens but without a known price.", {
    value: "sum(unpriced)",
    hidesZero: true,
  }),
  counter("llm_cache_hits_total", "Model calls that read from the provider's prompt cache.", {
    value: "count()",
    where: `${BILLED} AND cache_read_tokens > 0`,
    inRollup: false,
  }),
  counter("llm_retries_total", "Attempts after the first of model calls.", {
    value: "count()",
    where: "span_type IN ('model', 'embedding', '') AND toUInt32OrZero(rest_attributes['app.attempt']) > 1",
    inRollup: false,
  }),
  counter("llm_fallbacks_total", "Model calls that went to another model than the one asked for first.", {
    value: "count()",
    where: `${BILLED} AND rest_attributes['app.fallback.from'] != ''`,
    inRollup: false,
  }),
  counter("llm_tool_calls_total", "Tool calls that ended.", { value: "count()", where: TOOL }),
  counter("llm_tool_errors_total", "Tool calls that failed.", {
    value: "countIf(status = 2)",
    exemplarWhere: "status = 2",
    where: TOOL,
    labels: [...CALL_LABELS, "error_type"],
    ownLabels: ["error_type"],
    hidesZero: true,
  }),
];

const durationMs = {
  observed: "duration_ns / 1e6",
  rollup: { count: "count()", sum: "sum(duration_ns) / 1e6" },
};

const histograms: readonly HistogramMetric[] = [
  histogram("llm_latency_ms", "Duration of model calls in milliseconds.", {
    ...durationMs,
    where: BILLED,
    bounds: LATENCY_MS,
  }),
  histogram("llm_ttft_ms", "Time to the first token of streamed model calls in milliseconds.", {
    where: `${BILLED} AND ttft_ms IS NOT NULL`,
    observed: "assumeNotNull(ttft_ms)",
    bounds: PART_MS,
  }),
  histogram("llm_retrieval_latency_ms", "Duration of retrievals in milliseconds.", {
    ...durationMs,
    where: "span_type = 'retrieval'",
    bounds: PART_MS,
  }),
  histogram("llm_tool_latency_ms", "Duration of tool calls in milliseconds.", {
    ...durationMs,
    where: TOOL,
    bounds: PART_MS,
  }),
  histogram(
    "llm_context_utilisation_ratio",
    "Input tokens of model calls by the context window of the model.",
    {
      where: `${BILLED} AND input_tokens IS NOT NULL AND ${CONTEXT_WINDOW} > 0`,
      presence: `${BILLED} AND input_tokens IS NOT NULL`,
      needsContextWindows: true,
      observed: `assumeNotNull(input_tokens) / ${CONTEXT_WINDOW}`,
      bounds: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1],
    },
  ),
  histogram("gen_ai_client_operation_duration_seconds", "GenAI operation duration.", {
    where: BILLED,
    observed: "duration_ns / 1e9",
    bounds: CONVENTION_SECONDS,
    labels: [...CONVENTION_LABELS, "error_type"],
  }),
  histogram("gen_ai_client_operation_time_to_first_chunk_seconds", "Time to receive the first chunk.", {
    where: `${BILLED} AND ttft_ms IS NOT NULL`,
    observed: "assumeNotNull(ttft_ms) / 1e3",
    bounds: CONVENTION_SECONDS,
    labels: CONVENTION_LABELS,
  }),
  ...(["input", "output"] as const).map((direction) =>
    histogram("gen_ai_client_token_usage", "Number of input and output tokens used.", {
      where: `${BILLED} AND ${direction}_tokens IS NOT NULL`,
      observed: `toFloat64(assumeNotNull(${direction}_tokens))`,
      bounds: CONVENTION_TOKENS,
      labels: CONVENTION_LABELS,
      constants: { gen_ai_token_type: direction },
    }),
  ),
];

/** Users count as active for so long after a call. */
const ACTIVE_MINUTES = 5;

const activeUsers: GaugeMetric = {
  kind: "gauge",
  name: "llm_active_users",
  help: `Users with a model call in the last ${ACTIVE_MINUTES} minutes.`,
  where: `${BILLED} AND user_id != ''`,
  // Few labels: a user who called two models is one user.
  labels: ["service", "environment"],
  reachSeconds: ACTIVE_MINUTES * 60,
  // Users are told apart within each minute and those of five minutes joined: of a user's calls in a minute one counts.
  samples: ({
    columns,
    aliases,
    from,
  }) => `SELECT ${aliases.join(", ")}, arrayJoin(arrayMap(i -> (minute + 60 * i) * 1000, range(1, ${ACTIVE_MINUTES + 1}))) AS at,
    toFloat64(uniqExactMerge(users)) AS value
  FROM (
    SELECT ${columns.join(", ")}, toUnixTimestamp(toStartOfMinute(slot)) AS minute, uniqExactState(user_id) AS users
    FROM ${from}
    GROUP BY ${[...aliases, "minute"].join(", ")}
  )
  GROUP BY ${[...aliases, "at"].join(", ")}`,
};

/** A score is a sample at its own time, so that `avg_over_time` weighs every evaluated trace alike. */
function defineScores({ name, help, where, labels }: ScoreFamily): LlmMetric[] {
  const exemplar = { value: "assumeNotNull(score_value)", order: "ASC" } as const;
  const common = { source: SCORE_SOURCE, where, labels: [...CALL_LABELS, ...labels], exemplar };
  const part = { ...common, kind: "counter", inRollup: false, hidesZero: false } as const;
  return [
    {
      ...common,
      kind: "gauge",
      name,
      help,
      reachSeconds: 0,
      samples: ({ columns, aliases, from }) => `SELECT ${[
        ...columns,
        "toUnixTimestamp64Milli(CAST(start_time AS DateTime64(3, 'UTC'))) AS at",
        "avg(assumeNotNull(score_value)) AS value",
      ].join(", ")}
  FROM ${from}
  GROUP BY ${[...aliases, "at"].join(", ")}`,
    },
    { ...part, name: `${name}_sum`, help: `${help} Added up.`, value: "sum(score_value)" },
    { ...part, name: `${name}_count`, help: `${help} How many.`, value: "count()" },
  ];
}

/** Every metric that is worked out from spans and scores when it is asked for. */
export const LLM_METRICS: readonly LlmMetric[] = [
  ...counters,
  ...histograms,
  activeUsers,
  ...SCORE_FAMILIES.flatMap(defineScores),
];

/** The parts of a metric that are series names of their own. */
export type SeriesPart = "value" | "bucket" | "sum" | "count";

/** The series names of a metric. */
export function listSeriesNames(metric: LlmMetric): ReadonlyArray<readonly [part: SeriesPart, name: string]> {
  if (metric.kind !== "histogram") return [["value", metric.name]];
  return (["bucket", "sum", "count"] as const).map((part) => [part, `${metric.name}_${part}`] as const);
}

/** Series names that are derived; a pushed metric of one of them answers only to `source="otlp"`. */
export const LLM_SERIES_NAMES: ReadonlySet<string> = new Set(
  LLM_METRICS.flatMap((metric) => listSeriesNames(metric).map(([, name]) => name)),
);
