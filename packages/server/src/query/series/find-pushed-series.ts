import { compileMatcher, fromEntries, type Labels, type Matcher } from "@spanlight/promql";
import type { Engine, ParameterValue, Query } from "../../store/engine.ts";
import type { ColumnBlock } from "../../store/native/column.ts";
import { columnOf, readBlocks } from "../../store/native/read-blocks.ts";
import { rangeAt, textsOf, wordsOf } from "../../store/native/values.ts";
import type { SeriesId } from "./gather-samples.ts";
import { LLM_SERIES_NAMES } from "./llm-metrics.ts";
import { type Fragment, renderTest, toParameter } from "./span-labels.ts";

/** A series that came by OTLP or remote write. */
export interface PushedSeries {
  readonly id: SeriesId;
  readonly metric: string;
  readonly labels: Labels;
}

/** Most series of one selector. */
const MAX_SERIES = 200_000;
const TIMEOUT_MS = 60_000;

/** The series that matchers take, in the order their samples lie in. */
export async function findPushedSeries(
  store: Engine,
  { project, matchers }: { project: string; matchers: readonly Matcher[] },
  signal?: AbortSignal,
): Promise<PushedSeries[]> {
  const conditions = renderSeriesConditions(matchers);
  if (namesDerived(matchers) && !asksForPushed(matchers)) return [];
  const found: PushedSeries[] = [];
  await store.queryNative({ ...renderSeries(project, conditions), signal }, (bytes) => {
    for (const block of readBlocks(bytes)) addSeries(block, found);
  });
  return found;
}

function asksForPushed(matchers: readonly Matcher[]): boolean {
  return matchers.some(({ name, type, value }) => name === "source" && type === "=" && value === "otlp");
}

function namesDerived(matchers: readonly Matcher[]): boolean {
  return matchers.some(
    ({ name, type, value }) => name === "__name__" && type === "=" && LLM_SERIES_NAMES.has(value),
  );
}

/** Matchers as conditions on `metric_series`. */
export function renderSeriesConditions(matchers: readonly Matcher[]): Fragment {
  const parts: string[] = [];
  const parameters: Record<string, ParameterValue> = {};
  const asksForOtlp = asksForPushed(matchers);
  for (const [index, matcher] of matchers.entries()) {
    compileMatcher(matcher); // a broken pattern fails here, with its own message
    parameters[`match${index}`] = toParameter(matcher);
    const parameter = `{match${index}:String}`;
    if (matcher.name === "__name__") parts.push(renderTest("metric", matcher.type, parameter));
    else {
      parameters[`label${index}`] = matcher.name;
      const label = renderLabel(matcher.name, index, asksForOtlp);
      parts.push(renderTest(label, matcher.type, parameter));
    }
  }
  parameters["derived"] = [...LLM_SERIES_NAMES];
  if (!asksForOtlp) parts.push("metric NOT IN {derived:Array(String)}");
  return { sql: parts.join(" AND "), parameters };
}

/** A pushed series of a derived name has the label `source="otlp"`, whatever was sent. */
function renderLabel(name: string, index: number, asksForOtlp: boolean): string {
  const sent = `labels[{label${index}:String}]`;
  if (name !== "source" || !asksForOtlp) return sent;
  return `if(metric IN {derived:Array(String)}, 'otlp', ${sent})`;
}

export function renderSeries(project: string, { sql, parameters }: Fragment): Query {
  return {
    sql: `SELECT metric, series_id, any(labels) AS sent
FROM metric_series
WHERE project = {project:String} AND ${sql}
GROUP BY metric, series_id
ORDER BY metric, series_id`,
    parameters: { ...parameters, project },
    timeoutMs: TIMEOUT_MS,
    maxRows: MAX_SERIES,
  };
}

function addSeries(block: ColumnBlock, found: PushedSeries[]): void {
  const { words } = wordsOf(columnOf(block, "series_id"));
  const metricOf = textsOf(columnOf(block, "metric"));
  const sent = columnOf(block, "sent");
  if (sent.kind !== "map") return;
  const [nameOf, valueOf] = [textsOf(sent.keys), textsOf(sent.values)];
  for (let row = 0; row < block.rows; row += 1) {
    const entries: Array<[string, string]> = [];
    const [from, to] = rangeAt(sent, row);
    for (let at = from; at < to; at += 1) entries.push([nameOf(at), valueOf(at)]);
    const metric = metricOf(row);
    const [first = 0, second = 0, third = 0, fourth = 0] = words.subarray(row * 4, row * 4 + 4);
    found.push({ id: [first, second, third, fourth], metric, labels: toLabels(metric, entries) });
  }
}

/** The labels a series is shown with, from the name and the other labels as they were sent. */
export function toLabels(name: string, sent: Iterable<readonly [string, string]>): Labels {
  const source: Array<[string, string]> = LLM_SERIES_NAMES.has(name) ? [["source", "otlp"]] : [];
  return fromEntries([...sent, ...source, ["__name__", name]]);
}
