import { compileMatchers, fromEntries, type Labels, type Matcher } from "@spanlight/promql";
import type { Engine } from "../../store/engine.ts";
import { readContextWindows } from "./context-windows.ts";
import type { LlmMetric } from "./llm-metrics.ts";
import { findMetrics } from "./read-llm-series.ts";
import { renderSeriesConditions, toLabels } from "./find-pushed-series.ts";
import { listLabels } from "./render-llm-series.ts";
import { isSpanLabel, renderLabel, renderMatchers } from "./span-labels.ts";

export interface ExemplarQuestion {
  readonly store: Engine;
  readonly project: string;
  readonly matchers: readonly Matcher[];
  /** Unix milliseconds, both included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly signal?: AbortSignal | undefined;
}

export interface Exemplar {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Unix milliseconds. */
  readonly timeMs: number;
}

export interface SeriesExemplars {
  readonly seriesLabels: Labels;
  readonly exemplars: readonly Exemplar[];
}

/** Exemplars of one series over the range: enough to see, few enough to draw. */
const PER_SERIES = 60;
const MAX_ROWS = 2_000;

/** Traces behind the samples of a selector: spans for derived series, what was sent for pushed ones. */
export async function listExemplars(question: ExemplarQuestion): Promise<SeriesExemplars[]> {
  const metrics = findMetrics(question.matchers);
  const found = await Promise.all([
    ...metrics.map(({ metric, parts }) => listSpans(question, metric, parts[0]?.[1] ?? metric.name)),
    listPushed(question),
  ]);
  return found.flat();
}

interface SpanExemplar {
  readonly labels: readonly string[];
  readonly traceId: string;
  readonly spanId: string;
  readonly value: number;
  readonly timeMs: number;
}

function describeExemplar(metric: LlmMetric): { value: string; order: "ASC" | "DESC" } {
  if (metric.exemplar !== undefined) return metric.exemplar;
  return { value: metric.kind === "histogram" ? metric.observed : "duration_ns / 1e6", order: "DESC" };
}

/** The spans with the largest values of each sixtieth of the range. */
async function listSpans(
  question: ExemplarQuestion,
  metric: LlmMetric,
  seriesName: string,
): Promise<SeriesExemplars[]> {
  const constants = metric.constants ?? {};
  const matchers = question.matchers.filter(({ name }) => !(name in constants));
  const conditions = renderMatchers(matchers);
  if (conditions === null) return [];
  const dimensions = matchers.map(({ name }) => name).filter(isSpanLabel);
  const names = listLabels(metric, { dimensions });
  const labels = names.map((name, index) => renderLabel(name, `key${index}`));
  const { value, order } = describeExemplar(metric);
  const { startMs, endMs, project, store, signal } = question;
  const range = {
    fromSeconds: Math.max(0, Math.floor(startMs / 1000)),
    toSeconds: Math.max(0, Math.floor(endMs / 1000)),
  };
  const where = ["project = {project:String}", metric.where, metric.exemplarWhere ?? "", conditions.sql];
  const windows =
    metric.needsContextWindows === true ? await readContextWindows({ store, project, range, signal }) : {};
  const rows = await store.query<SpanExemplar>({
    sql: `SELECT [${labels.map(({ sql }) => `toString(${sql})`).join(", ")}] AS labels, lower(hex(trace_id)) AS traceId, lower(hex(span_id)) AS spanId,
  ${value} AS value, toFloat64(intDiv(toUnixTimestamp64Nano(start_time) + duration_ns, 1000000)) AS timeMs
FROM ${metric.source ?? "spans"}
WHERE ${where.filter((part) => part !== "").join(" AND ")}
  AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot <= toDateTime({toSeconds:UInt32}, 'UTC')
ORDER BY value ${order}, traceId
LIMIT 1 BY labels, intDiv(toUInt32(slot), {stepSeconds:UInt32})
LIMIT {limit:UInt32}`,
    parameters: Object.assign(
      {
        ...range,
        project,
        stepSeconds: Math.max(10, Math.ceil((endMs - startMs) / 1000 / PER_SERIES)),
        limit: MAX_ROWS,
      },
      windows,
      conditions.parameters,
      ...labels.map(({ parameters }) => parameters),
    ),
    signal,
  });
  return group(rows, (row) => {
    const pairs = names.map((name, index): [string, string] => [name, row.labels[index] ?? ""]);
    return fromEntries([...pairs, ...Object.entries(constants), ["__name__", seriesName]]);
  });
}

function group(
  rows: readonly SpanExemplar[],
  toSeriesLabels: (row: SpanExemplar) => Labels,
): SeriesExemplars[] {
  const series = new Map<string, { seriesLabels: Labels; exemplars: Exemplar[] }>();
  for (const row of rows) {
    const key = JSON.stringify(row.labels);
    const one = series.get(key) ?? { seriesLabels: toSeriesLabels(row), exemplars: [] };
    one.exemplars.push({
      labels: { trace_id: row.traceId, ...(/[^0]/.test(row.spanId) ? { span_id: row.spanId } : {}) },
      value: row.value,
      timeMs: row.timeMs,
    });
    series.set(key, one);
  }
  for (const { exemplars } of series.values()) exemplars.sort((left, right) => left.timeMs - right.timeMs);
  return [...series.values()];
}

interface PushedExemplar {
  readonly id: string;
  readonly name: string;
  readonly sent: Readonly<Record<string, string>>;
  readonly exemplars: ReadonlyArray<readonly [timeMs: number, value: number, labels: Record<string, string>]>;
}

async function listPushed(question: ExemplarQuestion): Promise<SeriesExemplars[]> {
  const { store, project, matchers, startMs, endMs, signal } = question;
  const { sql, parameters } = renderSeriesConditions(matchers);
  const rows = await store.query<PushedExemplar>({
    sql: `SELECT toString(series.series_id) AS id, toString(any(series.name)) AS name, any(series.sent) AS sent,
  arraySort(groupArray(${PER_SERIES})((toFloat64(toUnixTimestamp64Milli(one.time)), one.value, one.labels))) AS exemplars
FROM (
  SELECT series_id, time, value, labels FROM metric_exemplars
  WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Milli({startMs:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({endMs:Int64}, 'UTC')
) AS one
INNER JOIN (
  SELECT series_id, any(metric) AS name, any(labels) AS sent FROM metric_series
  WHERE project = {project:String} AND ${sql}
  GROUP BY series_id
) AS series ON one.series_id = series.series_id
GROUP BY series.series_id
LIMIT {limit:UInt32}`,
    parameters: {
      ...parameters,
      project,
      startMs: Math.floor(startMs),
      endMs: Math.floor(endMs),
      limit: MAX_ROWS,
    },
    signal,
  });
  const isWanted = compileMatchers(matchers);
  return rows.flatMap(({ exemplars, ...row }) => {
    const seriesLabels = toLabels(row.name, Object.entries(row.sent));
    if (!isWanted(seriesLabels)) return [];
    return [
      { seriesLabels, exemplars: exemplars.map(([timeMs, value, labels]) => ({ labels, value, timeMs })) },
    ];
  });
}
