import type { Matcher } from "@spanlight/promql";
import type { ParameterValue, Query } from "../../store/engine.ts";
import type { CounterGrid } from "./counter-grid.ts";
import type { CounterMetric, GaugeMetric, HistogramMetric, LlmMetric } from "./llm-metrics.ts";
import { isRollupLabel, isSpanLabel, renderLabel, renderMatchers } from "./span-labels.ts";

/** Blocks of spans to count: those after one up to another. */
export interface BlockRange {
  readonly after: number;
  readonly upTo: number;
}

export interface LlmSeriesQuestion {
  readonly project: string;
  readonly grid: Pick<CounterGrid, "fromSeconds" | "toSeconds" | "foldSeconds">;
  readonly matchers: readonly Matcher[];
  /** Labels asked for beside those the metric always has. */
  readonly dimensions: readonly string[];
  /** Labels that are wanted alone, where the query adds up all others. */
  readonly groupedBy?: readonly string[] | undefined;
  /** Only spans of these blocks. */
  readonly blocks?: BlockRange | undefined;
  /** What the SQL of the metric needs beside the range. */
  readonly parameters?: Readonly<Record<string, ParameterValue>>;
}

/** A query that says whether the rollup can answer it. */
export type LlmQuery = Query & { readonly isRollup: boolean };

/** Most label sets of one metric in one answer. */
const MAX_SERIES = 100_000;
const TIMEOUT_MS = 60_000;
/** Limits of every query of counts. */
export const COUNT_LIMITS: Pick<Query, "timeoutMs" | "maxRows"> = {
  timeoutMs: TIMEOUT_MS,
  maxRows: MAX_SERIES,
};

/** The labels of a metric's series: its own and those asked for, or those that are wanted alone. */
export function listLabels(
  metric: LlmMetric,
  { dimensions, groupedBy }: Pick<LlmSeriesQuestion, "dimensions" | "groupedBy">,
): string[] {
  const constants = metric.constants ?? {};
  const wanted = (groupedBy ?? [...metric.labels, ...dimensions]).filter((name) => isSpanLabel(name));
  return [...new Set(wanted)].filter((name) => !(name in constants));
}

/** True when matchers and labels can be answered from the rollup. */
function fitsRollup(metric: LlmMetric, question: LlmSeriesQuestion): boolean {
  const matched = question.matchers.map(({ name }) => name).filter(isSpanLabel);
  const names = [...matched, ...listLabels(metric, question)];
  return names.every(isRollupLabel);
}

/** What a counter of spans added by label set and slot; null where no span can match. */
export function renderCounter(metric: CounterMetric, question: LlmSeriesQuestion): LlmQuery | null {
  const { value, hidesZero } = metric;
  const plan = renderPlan(metric, question);
  if (plan === null) return null;
  const isRollup = metric.inRollup && fitsRollup(metric, question);
  // The inner aggregation has keys and aggregates of the rollup alone: that is what makes the engine read it.
  const sql = `SELECT ${renderLabelArray(plan)}, groupArray(at) AS slots, groupArray(added) AS values
FROM (
  SELECT ${[...plan.aliases, "greatest(toUInt32(slot), {foldSeconds:UInt32}) AS at"].join(", ")}, sum(ifNull(toFloat64(amount), 0)) AS added
  FROM (
    SELECT ${[...plan.columns, "slot"].join(", ")}, ${value} AS amount
    FROM ${plan.source}
    WHERE ${plan.where}
    GROUP BY ${[...plan.aliases, "slot"].join(", ")}
  )
  GROUP BY ${[...plan.aliases, "at"].join(", ")}${hidesZero ? "\n  HAVING added > 0" : ""}
)
GROUP BY labels`;
  return toQuery(sql, question, { plan, isRollup });
}

/** `_count` or `_sum` of a histogram from the rollup; null where the rollup cannot tell. */
export function renderRollupPart(
  metric: HistogramMetric,
  part: "count" | "sum",
  question: LlmSeriesQuestion,
): LlmQuery | null {
  if (metric.rollup === undefined || !fitsRollup(metric, question)) return null;
  const { name, help, where, labels } = metric;
  const value = metric.rollup[part];
  const counter = {
    kind: "counter",
    name,
    help,
    where,
    labels,
    value,
    inRollup: true,
    hidesZero: false,
  } as const;
  return renderCounter(counter, question);
}

/** What a histogram of spans observed by label set, slot and bucket; null where no span can match. Sums where they are wanted. */
export function renderHistogram(
  metric: HistogramMetric,
  question: LlmSeriesQuestion,
  hasSums: boolean,
): LlmQuery | null {
  const plan = renderPlan(metric, question);
  if (plan === null) return null;
  const { bounds, observed } = metric;
  const cases = bounds.map((bound, index) => `observed <= ${bound}, ${index}`).join(", ");
  const sql = `SELECT ${renderLabelArray(plan)}, groupArray(at) AS slots, groupArray(bucket) AS buckets,
  groupArray(observations) AS values${hasSums ? ", groupArray(total) AS sums" : ""}
FROM (
  WITH ${observed} AS observed
  SELECT ${[...plan.columns, "greatest(toUInt32(slot), {foldSeconds:UInt32}) AS at"].join(", ")},
    toUInt8(multiIf(${cases}, ${bounds.length})) AS bucket, toUInt32(count()) AS observations${hasSums ? ", sum(observed) AS total" : ""}
  FROM ${plan.source}
  WHERE ${plan.where}
  GROUP BY ${[...plan.aliases, "at", "bucket"].join(", ")}
)
GROUP BY labels`;
  return toQuery(sql, question, { plan, isRollup: false });
}

/** The samples of a gauge by label set; null where nothing can match. */
export function renderGauge(metric: GaugeMetric, question: LlmSeriesQuestion): LlmQuery | null {
  const plan = renderPlan(metric, question);
  if (plan === null) return null;
  const { columns, aliases, source, where } = plan;
  const sql = `SELECT ${renderLabelArray(plan)}, groupArray(toFloat64(at)) AS times, groupArray(value) AS values
FROM (
  ${metric.samples({ columns, aliases, from: `${source} WHERE ${where}` })}
)
GROUP BY labels`;
  return toQuery(sql, question, { plan, isRollup: false });
}

/** The distinct label sets of a metric's spans; null where no span can match. */
export function renderLabelSets(metric: LlmMetric, question: LlmSeriesQuestion): LlmQuery | null {
  const plan = renderPlan(metric, question);
  if (plan === null) return null;
  const having = metric.kind === "counter" && metric.hidesZero ? `\n  HAVING ${metric.value} > 0` : "";
  const sql = `SELECT ${renderLabelArray(plan)}
FROM (
  SELECT ${plan.columns.join(", ")}, count() AS spans
  FROM ${plan.source}
  WHERE ${plan.where}
  GROUP BY ${plan.aliases.join(", ")}${having}
)`;
  return toQuery(sql, question, { plan, isRollup: false });
}

function renderLabelArray({ aliases }: Plan): string {
  return `[${aliases.map((alias) => `toString(${alias})`).join(", ")}]::Array(String) AS labels`;
}

function toQuery(
  sql: string,
  question: LlmSeriesQuestion,
  { plan, isRollup }: { plan: Plan; isRollup: boolean },
): LlmQuery {
  const { project, grid, blocks } = question;
  const { fromSeconds, toSeconds, foldSeconds } = grid;
  const parameters = {
    ...question.parameters,
    ...plan.parameters,
    ...(blocks === undefined ? {} : { afterBlock: blocks.after, upToBlock: blocks.upTo }),
    project,
    fromSeconds,
    toSeconds,
    foldSeconds,
  };
  return { ...COUNT_LIMITS, sql, parameters, isRollup };
}

interface Plan {
  /** Labels as `expression AS l0`. */
  readonly columns: readonly string[];
  readonly aliases: readonly string[];
  readonly source: string;
  readonly where: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

function renderPlan(metric: LlmMetric, question: LlmSeriesQuestion): Plan | null {
  const constants = metric.constants ?? {};
  const conditions = renderMatchers(question.matchers.filter(({ name }) => !(name in constants)));
  if (conditions === null) return null;
  const labels = listLabels(metric, question).map((name, index) => renderLabel(name, `key${index}`));
  const blocks =
    question.blocks === undefined ? "" : "block > {afterBlock:UInt64} AND block <= {upToBlock:UInt64}";
  const range =
    "project = {project:String} AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({toSeconds:UInt32}, 'UTC')";
  return {
    columns: labels.map(({ sql }, index) => `${sql} AS l${index}`),
    aliases: labels.map((_label, index) => `l${index}`),
    source: metric.source ?? "spans",
    where: [range, blocks, metric.where, conditions.sql].filter((part) => part !== "").join(" AND "),
    parameters: Object.assign({}, conditions.parameters, ...labels.map(({ parameters }) => parameters)),
  };
}
