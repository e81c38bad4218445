import {
  compareLabels,
  compileMatcher,
  fromEntries,
  type Labels,
  type Matcher,
  type SelectRequest,
  type Series,
  type SeriesReader,
  TooManySamplesError,
} from "@spanlight/promql";
import type { Engine, ParameterValue, Query } from "../../store/engine.ts";
import { LLM_SERIES_NAMES } from "./llm-metrics.ts";
import { joinRuns, keepNewest, unpackSamples } from "./packed-samples.ts";
import { type Fragment, renderTest, toParameter } from "./span-labels.ts";

export interface PushedSeriesOptions {
  readonly store: Engine;
  readonly project: string;
}

/** Most series and samples of one selector. */
const MAX_SERIES = 200_000;
const MAX_SAMPLES = 50_000_000;
const TIMEOUT_MS = 60_000;

/** Reads the series that came by OTLP or remote write. */
export function createPushedReader({ store, project }: PushedSeriesOptions): SeriesReader {
  return {
    async select(request) {
      const conditions = renderSeriesConditions(request.matchers);
      const { signal } = request;
      const [series, samples] = await Promise.all([
        store.query<SeriesRow>({ ...renderSeries(project, conditions), signal }),
        store.query<SampleRow>({ ...renderSamples(project, conditions, request), signal }),
      ]);
      const found = toSeries(series, samples, request);
      if (found !== null) return found;
      // Parts overlap in time, or samples were sent twice: the engine puts them in order, at its price.
      const sorted = renderSamples(project, conditions, request, true);
      const inOrder = await store.query<SampleRow>({ ...sorted, signal });
      return toSeries(series, inOrder, request, true) ?? [];
    },
  };
}

interface SeriesRow {
  readonly id: string;
  readonly name: string;
  /** The labels as they were sent, without the name. */
  readonly sent: Readonly<Record<string, string>>;
}

interface SampleRow {
  readonly id: string;
  /** Little-endian doubles in base64, Unix milliseconds and value in turn; in order within each part of the table. */
  readonly samples: string;
}

/** Matchers as conditions on `metric_series`. */
export function renderSeriesConditions(matchers: readonly Matcher[]): Fragment {
  const parts: string[] = [];
  const parameters: Record<string, ParameterValue> = {};
  const asksForOtlp = matchers.some(
    ({ name, type, value }) => name === "source" && type === "=" && value === "otlp",
  );
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

function renderSeries(project: string, { sql, parameters }: Fragment): Query {
  return {
    sql: `SELECT toString(series_id) AS id, toString(any(metric)) AS name, any(labels) AS sent
FROM metric_series
WHERE project = {project:String} AND ${sql}
GROUP BY series_id`,
    parameters: { ...parameters, project },
    timeoutMs: TIMEOUT_MS,
    maxRows: MAX_SERIES,
  };
}

/**
 * Doubles travel packed: their text would cost most of the time, and lose what kind of NaN one is. Without `concat` to
 * a plain string, the zero bytes at the end of a double would be cut off.
 */
const PACKED = `base64Encode(arrayStringConcat(arrayMap(
    (at, sample) -> concat(reinterpretAsFixedString(at), reinterpretAsFixedString(sample)),
    groupArray(toFloat64(toUnixTimestamp64Milli(time))), groupArray(value)
  )))`;

function renderSamples(
  project: string,
  { sql, parameters }: Fragment,
  request: SelectRequest,
  isSorted = false,
): Query {
  const names = request.matchers.flatMap((matcher, index) =>
    matcher.name === "__name__" ? [renderTest("metric", matcher.type, `{match${index}:String}`)] : [],
  );
  return {
    sql: `SELECT toString(series_id) AS id, ${PACKED} AS samples
FROM (
  SELECT metric, series_id, time, value
  FROM metric_samples
  WHERE ${["project = {project:String}", ...names].join(" AND ")}
    AND time > fromUnixTimestamp64Milli({startMs:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({endMs:Int64}, 'UTC')
    AND (metric, series_id) IN (SELECT metric, series_id FROM metric_series WHERE project = {project:String} AND ${sql})${
      isSorted ? "\n  ORDER BY project, metric, series_id, time, block" : ""
    }
)
GROUP BY series_id`,
    parameters: {
      ...parameters,
      project,
      startMs: Math.floor(request.startMs),
      endMs: Math.floor(request.endMs),
    },
    // One thread keeps the order of the samples within a series, and reads the parts in the order they came in.
    settings: { max_threads: 1 },
    timeoutMs: TIMEOUT_MS,
    maxRows: MAX_SERIES,
  };
}

/** The series with their samples; null where the engine has to put them in order first. */
function toSeries(
  series: readonly SeriesRow[],
  samples: readonly SampleRow[],
  request: SelectRequest,
  isSorted = false,
): Series[] | null {
  const labels = new Map(series.map((row) => [row.id, toLabels(row)]));
  const found: Series[] = [];
  let count = 0;
  for (const row of samples) {
    const known = labels.get(row.id);
    if (known === undefined) continue;
    const pairs = unpackSamples(row.samples);
    count += pairs.length / 2;
    if (count > MAX_SAMPLES) {
      const message = `a selector has more than ${MAX_SAMPLES} samples between ${request.startMs} and ${request.endMs} ms`;
      throw new TooManySamplesError(message);
    }
    const ordered = isSorted ? keepNewest(pairs) : joinRuns(pairs);
    if (ordered === null) return null;
    found.push({ labels: known, ...ordered });
  }
  return found.toSorted((left, right) => compareLabels(left.labels, right.labels));
}

export function toLabels({ name, sent }: Omit<SeriesRow, "id">): Labels {
  const source = LLM_SERIES_NAMES.has(name) ? { source: "otlp" } : {};
  return fromEntries(Object.entries({ ...sent, ...source, __name__: name }));
}
