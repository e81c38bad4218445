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
      return toSeries(series, samples, request);
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
  /** Little-endian doubles in base64: Unix milliseconds, values. */
  readonly times: string;
  readonly values: string;
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
function pack(expression: string): string {
  return `base64Encode(arrayStringConcat(groupArray(concat(reinterpretAsFixedString(${expression}), ''))))`;
}

function renderSamples(project: string, { sql, parameters }: Fragment, request: SelectRequest): Query {
  const names = request.matchers.flatMap((matcher, index) =>
    matcher.name === "__name__" ? [renderTest("metric", matcher.type, `{match${index}:String}`)] : [],
  );
  return {
    sql: `SELECT toString(series_id) AS id, ${pack("toFloat64(toUnixTimestamp64Milli(time))")} AS times, ${pack("value")} AS values
FROM (
  SELECT metric, series_id, time, value
  FROM metric_samples
  WHERE ${["project = {project:String}", ...names].join(" AND ")}
    AND time > fromUnixTimestamp64Milli({startMs:Int64}, 'UTC') AND time <= fromUnixTimestamp64Milli({endMs:Int64}, 'UTC')
    AND (metric, series_id) IN (SELECT metric, series_id FROM metric_series WHERE project = {project:String} AND ${sql})
  ORDER BY project, metric, series_id, time, block
)
GROUP BY series_id`,
    parameters: {
      ...parameters,
      project,
      startMs: Math.floor(request.startMs),
      endMs: Math.floor(request.endMs),
    },
    // One thread keeps the order of the samples within a series.
    settings: { max_threads: 1 },
    timeoutMs: TIMEOUT_MS,
    maxRows: MAX_SERIES,
  };
}

function toSeries(
  series: readonly SeriesRow[],
  samples: readonly SampleRow[],
  request: SelectRequest,
): Series[] {
  const labels = new Map(series.map((row) => [row.id, toLabels(row)]));
  let count = 0;
  const found = samples.flatMap((row) => {
    const known = labels.get(row.id);
    if (known === undefined) return [];
    const unique = keepNewest(unpack(row.times), unpack(row.values));
    count += unique.values.length;
    if (count > MAX_SAMPLES) {
      const message = `a selector has more than ${MAX_SAMPLES} samples between ${request.startMs} and ${request.endMs} ms`;
      throw new TooManySamplesError(message);
    }
    return [{ labels: known, ...unique }];
  });
  return found.toSorted((left, right) => compareLabels(left.labels, right.labels));
}

export function toLabels({ name, sent }: Omit<SeriesRow, "id">): Labels {
  const source = LLM_SERIES_NAMES.has(name) ? { source: "otlp" } : {};
  return fromEntries(Object.entries({ ...sent, ...source, __name__: name }));
}

function unpack(text: string): Float64Array {
  const bytes = Buffer.from(text, "base64");
  if (bytes.byteOffset % 8 === 0) return new Float64Array(bytes.buffer, bytes.byteOffset, bytes.length >> 3);
  const copy = new Uint8Array(bytes);
  return new Float64Array(copy.buffer, 0, copy.length >> 3);
}

/** Of samples at one time the last counts. Copies bit by bit: a staleness marker must stay one. */
function keepNewest(times: Float64Array, values: Float64Array): Pick<Series, "timestampsMs" | "values"> {
  let kept = 1;
  while (kept < times.length && times[kept - 1] !== times[kept]) kept += 1;
  if (kept >= times.length) return { timestampsMs: times, values };
  const bits = new BigUint64Array(values.buffer, values.byteOffset, values.length);
  for (let at = kept; at < times.length; at += 1) {
    if (times[at] !== times[kept - 1]) kept += 1;
    times[kept - 1] = times[at] ?? 0;
    bits[kept - 1] = bits[at] ?? 0n;
  }
  return { timestampsMs: times.subarray(0, kept), values: values.subarray(0, kept) };
}
