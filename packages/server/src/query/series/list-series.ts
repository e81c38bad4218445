import {
  compareLabels,
  compileMatchers,
  fromEntries,
  type Labels,
  labelsKey,
  type Matcher,
} from "@spanlight/promql";
import type { Engine, ParameterValue } from "../../store/engine.ts";
import { readContextWindows } from "./context-windows.ts";
import { createGrid } from "./counter-grid.ts";
import { listSeriesNames, LLM_METRICS, type LlmMetric } from "./llm-metrics.ts";
import { findMetrics } from "./read-llm-series.ts";
import { renderSeriesConditions, toLabels } from "./find-pushed-series.ts";
import { listLabels, renderLabelSets } from "./render-llm-series.ts";
import { isSpanLabel } from "./span-labels.ts";

export interface SeriesListQuestion {
  readonly store: Engine;
  readonly project: string;
  /** A series is listed once whichever of these it matches; at least one. */
  readonly matcherSets: ReadonlyArray<readonly Matcher[]>;
  /** Labels of LLM series wanted beside those they always have and those in matchers. */
  readonly dimensions?: readonly string[];
  /** Unix milliseconds, both included. */
  readonly startMs: number;
  readonly endMs: number;
  readonly nowMs: number;
  readonly signal?: AbortSignal | undefined;
}

/** Most series in one answer of one selector. */
const MAX_SERIES = 200_000;

/** The label sets of the series that have samples in a time, each once, in order. Buckets of LLM series stand for themselves. */
export async function listSeries(question: SeriesListQuestion): Promise<Labels[]> {
  const found = await Promise.all(
    question.matcherSets.flatMap((matchers) => [listLlm(question, matchers), listPushed(question, matchers)]),
  );
  const unique = new Map(found.flat().map((labels) => [labelsKey(labels), labels]));
  return [...unique.values()].toSorted(compareLabels);
}

async function listLlm(question: SeriesListQuestion, matchers: readonly Matcher[]): Promise<Labels[]> {
  const { store, project, signal, startMs, endMs, nowMs } = question;
  const wanted = matchers.map(({ name }) => name).filter((name) => name !== "__name__" && isSpanLabel(name));
  const dimensions = [...new Set([...wanted, ...(question.dimensions ?? [])])];
  // A counter repeats its value to the end of the day: it is there when the day before the end had spans.
  const grid = createGrid({ startMs: startMs - 1, endMs, nowMs });
  const isWanted = compileMatchers(matchers.filter(({ name }) => name === "le" || name === "__name__"));
  const lists = findMetrics(matchers).map(async ({ metric, parts }) => {
    const parameters =
      metric.needsContextWindows === true
        ? await readContextWindows({ store, project, range: grid, signal })
        : {};
    const query = renderLabelSets(metric, { project, grid, matchers, dimensions, parameters });
    if (query === null) return [];
    const { isRollup: _isRollup, ...plain } = query;
    const rows = await store.query<{ labels: readonly string[] }>({ ...plain, signal });
    const names = listLabels(metric, { dimensions });
    const bounds = metric.kind === "histogram" ? [...metric.bounds.map(String), "+Inf"] : [];
    return rows.flatMap(({ labels }) => {
      const pairs = names.map((name, index): [string, string] => [name, labels[index] ?? ""]);
      pairs.push(...Object.entries(metric.constants ?? {}));
      return parts
        .flatMap(([part, name]) => {
          const named: Array<[string, string]> = [...pairs, ["__name__", name]];
          if (part !== "bucket") return [fromEntries(named)];
          return bounds.map((le) => fromEntries([...named, ["le", le]]));
        })
        .filter(isWanted);
    });
  });
  return (await Promise.all(lists)).flat();
}

async function listPushed(question: SeriesListQuestion, matchers: readonly Matcher[]): Promise<Labels[]> {
  const { store, project, startMs, endMs, signal } = question;
  const { sql, parameters } = renderSeriesConditions(matchers);
  const rows = await store.query<{ name: string; sent: Record<string, string> }>({
    sql: `SELECT toString(any(metric)) AS name, any(labels) AS sent
FROM metric_series
WHERE project = {project:String} AND ${sql}
  AND (metric, series_id) IN (
    SELECT metric, series_id FROM metric_samples
    WHERE project = {project:String}
      AND time >= fromUnixTimestamp64Milli({startMs:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({endMs:Int64}, 'UTC')
    GROUP BY metric, series_id
  )
GROUP BY series_id`,
    parameters: { ...parameters, project, startMs: Math.floor(startMs), endMs: Math.floor(endMs) },
    maxRows: MAX_SERIES,
    timeoutMs: 30_000,
    signal,
  });
  return rows.map(({ name, sent }) => toLabels(name, Object.entries(sent)));
}

/** The metrics made of scores that there are; each family is looked for once. */
async function findScoreMetrics(query: {
  readonly store: Engine;
  readonly signal: AbortSignal | undefined;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}): Promise<LlmMetric[]> {
  const { store, signal, parameters } = query;
  const ofScores = LLM_METRICS.filter(({ source }) => source !== undefined);
  const families = [...new Set(ofScores.map(({ where }) => where))];
  const found = families.map(async (where) => {
    const metrics = ofScores.filter((metric) => metric.where === where);
    const sql = `SELECT 1 AS found FROM ${metrics[0]?.source} WHERE ${where} LIMIT 1`;
    return (await store.query<{ found: number }>({ sql, parameters, signal })).length > 0 ? metrics : [];
  });
  return (await Promise.all(found)).flat();
}

/** The names of all series that have samples in a time. Cheaper than the label sets. */
export async function listMetricNames(question: Omit<SeriesListQuestion, "matcherSets">): Promise<string[]> {
  const { store, project, signal, endMs, nowMs } = question;
  const grid = createGrid({ startMs: question.startMs - 1, endMs, nowMs });
  const { fromSeconds, toSeconds } = grid;
  const times = { startMs: Math.floor(question.startMs), endMs: Math.floor(endMs) };
  const ofSpans = LLM_METRICS.filter(({ source }) => source === undefined);
  const [pushed, spans, scored] = await Promise.all([
    store.query<{ metric: string }>({
      sql: `SELECT DISTINCT toString(metric) AS metric FROM metric_samples
WHERE project = {project:String}
  AND time >= fromUnixTimestamp64Milli({startMs:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({endMs:Int64}, 'UTC')`,
      parameters: { project, ...times },
      signal,
    }),
    store.query<{ metrics: readonly number[] }>({
      sql: `SELECT [${ofSpans.map(({ where, presence }) => `countIf(${presence ?? where}) > 0`).join(", ")}] AS metrics FROM spans
WHERE project = {project:String} AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({toSeconds:UInt32}, 'UTC')`,
      parameters: { project, fromSeconds, toSeconds },
      signal,
    }),
    findScoreMetrics({ store, signal, parameters: { project, fromSeconds, toSeconds } }),
  ]);
  const present = spans[0]?.metrics ?? [];
  const found = [...ofSpans.filter((_metric, index) => present[index] === 1), ...scored];
  const derived = found.flatMap(listSeriesNames);
  return [...new Set([...derived.map(([, name]) => name), ...pushed.map(({ metric }) => metric)])].toSorted();
}
