import type { TraceFacets } from "@spanlight/contract";
import type { Engine, Query } from "../store/engine.ts";
import type { TraceFilter } from "./list-traces.ts";
import { chooseStepSeconds } from "./get-overview.ts";
import { type Condition, listConditions } from "./span-filter.ts";
import { type TextSearch, toTextSearch } from "./text-search.ts";
import { formatInstant } from "./time.ts";
import { IS_CHILD } from "./trace-summaries.ts";

export interface FacetsQuestion {
  readonly project: string;
  /** The trace started in `[fromNs, toNs)`, Unix nanoseconds. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly filter: TraceFilter;
}

/** Facet and the column of a span it counts by; a trace counts once for each value its spans have. */
const FACETS = [
  ["service", "service"],
  ["endpoint", "endpoint"],
  ["provider", "provider"],
  ["model", "model"],
  ["operation", "operation"],
  ["errorType", "error_type"],
  ["prompt", "prompt_name"],
] as const;

/**
 * Spans looked at before only a part of the traces is: above it the answer is an estimate from every n-th trace id,
 * which is as random as ids are, and says so in `sampledOneIn`.
 */
const MAX_SPANS = 3_000_000;
const MAX_VALUES = 30;
/** Spans of a trace are looked for this long before and after the range. */
const MARGIN_NS = 3_600_000_000_000n;

type Pair = readonly [string, number];

interface Row {
  readonly traces: number;
  readonly errors: number;
  readonly p95Ms: number | null;
  readonly costUsd: number | null;
  readonly histogram: ReadonlyArray<readonly [number, number, number]>;
  readonly service: readonly Pair[];
  readonly endpoint: readonly Pair[];
  readonly provider: readonly Pair[];
  readonly model: readonly Pair[];
  readonly operation: readonly Pair[];
  readonly errorType: readonly Pair[];
  readonly prompt: readonly Pair[];
}

/** Counts of the traces a list with the same filter has: by value, over time, over all. */
export async function getFacets(
  store: Engine,
  question: FacetsQuestion,
  signal?: AbortSignal,
): Promise<TraceFacets> {
  const spans = await store.query<{ spans: number }>({ ...renderSpanCount(question), signal });
  const sampledOneIn = Math.max(1, Math.ceil((spans[0]?.spans ?? 0) / MAX_SPANS));
  const stepSeconds = chooseStepSeconds(Number((question.toNs - question.fromNs) / 1_000_000_000n));
  const rows = await store.query<Row>({ ...renderFacets(question, { stepSeconds, sampledOneIn }), signal });
  return toFacets(rows[0], { question, stepSeconds, sampledOneIn });
}

function toFacets(
  row: Row | undefined,
  context: { question: FacetsQuestion; stepSeconds: number; sampledOneIn: number },
): TraceFacets {
  const { stepSeconds, sampledOneIn } = context;
  const traces = (row?.traces ?? 0) * sampledOneIn;
  const errors = (row?.errors ?? 0) * sampledOneIn;
  const valuesOf = (pairs: readonly Pair[] | undefined): Array<{ value: string; count: number }> =>
    (pairs ?? []).map(([value, count]) => ({ value, count: count * sampledOneIn }));
  const status = [
    { value: "ok", count: traces - errors },
    { value: "error", count: errors },
  ].filter((entry) => entry.count > 0);
  return {
    sampledOneIn,
    facets: [
      { name: "status", values: status },
      ...FACETS.map(([name]) => ({ name, values: valuesOf(row?.[name]) })),
    ],
    histogram: { stepSeconds, points: toPoints(row?.histogram ?? [], context) },
    totals: {
      traces,
      errors,
      p95Ms: row?.p95Ms ?? null,
      costUsd: row?.costUsd == null ? null : row.costUsd * sampledOneIn,
    },
  };
}

function toPoints(
  histogram: Row["histogram"],
  {
    question,
    stepSeconds,
    sampledOneIn,
  }: { question: FacetsQuestion; stepSeconds: number; sampledOneIn: number },
): TraceFacets["histogram"]["points"] {
  const byTime = new Map(histogram.map(([time, traces, errors]) => [time, { traces, errors }]));
  const points: TraceFacets["histogram"]["points"] = [];
  const first = Math.floor(Number(question.fromNs / 1_000_000_000n) / stepSeconds) * stepSeconds;
  for (let time = first; time * 1e9 < Number(question.toNs); time += stepSeconds) {
    const counts = byTime.get(time) ?? { traces: 0, errors: 0 };
    points.push({
      time: formatInstant(BigInt(time) * 1_000_000_000n),
      ok: (counts.traces - counts.errors) * sampledOneIn,
      error: counts.errors * sampledOneIn,
    });
  }
  return points;
}

function renderSpanCount({ project, fromNs, toNs }: FacetsQuestion): Query {
  return {
    sql: `SELECT toFloat64(count()) AS spans FROM spans
WHERE project = {project:String}
  AND start_time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')`,
    parameters: { project, fromNs, toNs },
    timeoutMs: 10_000,
  };
}

export function renderFacets(
  question: FacetsQuestion,
  { stepSeconds, sampledOneIn }: { stepSeconds: number; sampledOneIn: number },
): Query {
  const { filter } = question;
  const conditions = listConditions(filter);
  const text = filter.q === undefined || filter.q.trim() === "" ? undefined : toTextSearch(filter.q);
  const having = listHaving(filter, conditions);
  return {
    sql: `SELECT
  toUInt32(count()) AS traces,
  toUInt32(countIf(is_error)) AS errors,
  quantileTDigest(0.95)(duration_ms) AS p95Ms,
  sum(cost_usd) AS costUsd,
  arrayMap((time, traces, errors) -> (time, toUInt32(traces), toUInt32(errors)),
    (sumMap([time], [toUInt64(1)], [toUInt64(is_error)]) AS histogram_maps).1, histogram_maps.2, histogram_maps.3) AS histogram,
${FACETS.map(([name, column]) => `  ${renderTop(`${column}_values`)} AS ${name}`).join(",\n")}
FROM (
  SELECT
    trace_id,
    min(start_time) AS first_start,
    toUInt32(intDiv(toUInt32(toDateTime(first_start, 'UTC')), {stepSeconds:UInt32}) * {stepSeconds:UInt32}) AS time,
    (max(toUnixTimestamp64Nano(start_time) + duration_ns) - min(toUnixTimestamp64Nano(start_time))) / 1e6 AS duration_ms,
    argMin(status, (${IS_CHILD}, start_time, span_id)) = 2 AS is_error,
    sumIf(cost_usd, billed = 1) AS cost_usd,
${FACETS.map(([, column]) => `    groupUniqArray(50)(${column}) AS ${column}_values`).join(",\n")}
  FROM spans
  WHERE project = {project:String}
    AND start_time >= fromUnixTimestamp64Nano({sinceNs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Nano({untilNs:Int64}, 'UTC')
    AND cityHash64(trace_id) % {sampledOneIn:UInt32} = 0${text === undefined ? "" : renderTextMembership(text)}
  GROUP BY trace_id
  HAVING ${having.join("\n    AND ")}
)`,
    parameters: {
      project: question.project,
      fromNs: question.fromNs,
      toNs: question.toNs,
      sinceNs: question.fromNs > MARGIN_NS ? question.fromNs - MARGIN_NS : 0n,
      untilNs: question.toNs + MARGIN_NS,
      stepSeconds,
      sampledOneIn,
      ...Object.assign({}, ...conditions.map((condition) => condition.parameters)),
      ...(text === undefined ? {} : toTextParameters(text)),
      ...(filter.minDurationMs === undefined ? {} : { minDurationMs: filter.minDurationMs }),
      ...(filter.maxDurationMs === undefined ? {} : { maxDurationMs: filter.maxDurationMs }),
      ...(filter.minCostUsd === undefined ? {} : { minCostUsd: filter.minCostUsd }),
    },
    timeoutMs: 15_000,
  };
}

/** Value and count of the most frequent values over all traces; the empty value is none. */
function renderTop(column: string): string {
  return `arrayMap(pair -> (pair.1, toUInt32(pair.2)), arraySlice(arraySort(pair -> (-toInt64(pair.2), pair.1),
    arrayFilter(pair -> pair.1 != '', arrayZip((sumMapIf(${column}, arrayWithConstant(length(${column}), toUInt64(1)), 1) AS ${column}_map).1, ${column}_map.2))), 1, ${MAX_VALUES}))`;
}

function listHaving(filter: TraceFilter, conditions: readonly Condition[]): string[] {
  const having = [
    "first_start >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND first_start < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')",
  ];
  for (const { sql } of conditions) having.push(`countIf(${sql}) > 0`);
  if (filter.status !== undefined) having.push(filter.status === "error" ? "is_error" : "NOT is_error");
  if (filter.minDurationMs !== undefined) having.push("duration_ms >= {minDurationMs:Float64}");
  if (filter.maxDurationMs !== undefined) having.push("duration_ms <= {maxDurationMs:Float64}");
  if (filter.minCostUsd !== undefined) having.push("cost_usd >= {minCostUsd:Float64}");
  return having;
}

const WITHIN = `project = {project:String}
      AND start_time >= fromUnixTimestamp64Nano({sinceNs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Nano({untilNs:Int64}, 'UTC')`;

function renderTextMembership(text: TextSearch): string {
  const selects = [`SELECT trace_id FROM spans WHERE ${WITHIN} AND ${text.names.sql}`];
  if (text.attributes !== undefined)
    selects.push(`SELECT trace_id FROM spans WHERE ${WITHIN} AND ${text.attributes.sql}`);
  if (text.contents !== undefined)
    selects.push(`SELECT trace_id FROM contents WHERE ${WITHIN} AND ${text.contents.sql}`);
  if (text.traceId !== undefined) selects.push("SELECT toFixedString(unhex({traceId:String}), 16)");
  return `
    AND trace_id IN (
      ${selects.join("\n      UNION ALL\n      ")})`;
}

function toTextParameters(text: TextSearch): Condition["parameters"] {
  return {
    ...text.names.parameters,
    ...text.attributes?.parameters,
    ...(text.traceId === undefined ? {} : { traceId: text.traceId }),
  };
}
