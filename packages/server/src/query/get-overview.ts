import type { Overview, OverviewFigures, OverviewPoint } from "@spanlight/contract";
import type { Engine, Query } from "../store/engine.ts";
import { FIGURES, renderRollup } from "./rollup.ts";
import { type Condition, listConditions, type SpanFilter } from "./span-filter.ts";
import { formatInstant } from "./time.ts";

export type OverviewGroupBy =
  | "service"
  | "environment"
  | "endpoint"
  | "provider"
  | "model"
  | "operation"
  | "errorType";

export interface OverviewQuestion {
  readonly project: string;
  /** Ends of the model calls counted, Unix seconds, `[from, to)`; cut to the rollup's 10 seconds. */
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** A multiple of 10; chosen by the range when absent. */
  readonly stepSeconds?: number | undefined;
  readonly filter: Pick<
    SpanFilter,
    "service" | "environment" | "endpoint" | "provider" | "model" | "operation"
  >;
  readonly groupBy?: OverviewGroupBy | undefined;
}

const GRID_SECONDS = 10;
const MAX_CHOSEN_POINTS = 120;
const MAX_POINTS = 11_000;
/** Groups shown by name, the busiest; what remains is one group `(other)`. */
const MAX_GROUPS = 20;
const STEPS = [10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 604_800];

const GROUP_COLUMNS: Readonly<Record<OverviewGroupBy, string>> = {
  service: "service",
  environment: "environment",
  endpoint: "endpoint",
  provider: "provider",
  model: "model",
  operation: "operation",
  errorType: "error_type",
};

interface Row {
  /** Unix seconds of the step's start; 0 in the rows of totals. */
  readonly time: number;
  readonly groupName: string;
  readonly isTotal: number;
  readonly isGrouped: number;
  readonly requests: number;
  readonly errorCount: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
  readonly cacheReadTokens: number | null;
  readonly costUsd: number | null;
  readonly unpricedRequests: number;
  readonly latencyMs: ReadonlyArray<number | null>;
  readonly ttftMs: ReadonlyArray<number | null>;
}

/** The smallest step that gives at most 120 points. */
export function chooseStepSeconds(rangeSeconds: number): number {
  return STEPS.find((step) => rangeSeconds / step <= MAX_CHOSEN_POINTS) ?? 604_800;
}

/** Most points an answer may have; the door refuses a step that needs more. */
export function isStepTooFine(rangeSeconds: number, stepSeconds: number): boolean {
  return rangeSeconds / stepSeconds > MAX_POINTS;
}

/** Figures of the billed model calls that ended in the range: over all, over time, by group. Served by the rollup. */
export async function getOverview(
  store: Engine,
  question: OverviewQuestion,
  signal?: AbortSignal,
): Promise<Overview> {
  const range = toRange(question);
  const rows = await store.query<Row>({ ...renderOverview(question, range), signal });
  const plain = rows.filter((row) => row.isGrouped === 0);
  return {
    from: formatInstant(BigInt(range.fromSeconds) * 1_000_000_000n),
    to: formatInstant(BigInt(range.toSeconds) * 1_000_000_000n),
    stepSeconds: range.stepSeconds,
    ...toLists(plain, range),
    ...(question.groupBy === undefined ? {} : { groups: toGroups(rows, range) }),
  };
}

interface Range {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  readonly stepSeconds: number;
}

function toRange({ fromSeconds, toSeconds, stepSeconds }: OverviewQuestion): Range {
  const from = Math.floor(fromSeconds / GRID_SECONDS) * GRID_SECONDS;
  const to = Math.max(from + GRID_SECONDS, Math.ceil(toSeconds / GRID_SECONDS) * GRID_SECONDS);
  return { fromSeconds: from, toSeconds: to, stepSeconds: stepSeconds ?? chooseStepSeconds(to - from) };
}

export function renderOverview(question: OverviewQuestion, range: Range = toRange(question)): Query {
  const conditions = listConditions(question.filter);
  const where = [
    "project = {project:String} AND slot >= toDateTime({fromSeconds:UInt32}, 'UTC') AND slot < toDateTime({toSeconds:UInt32}, 'UTC')",
    "billed = 1",
    ...conditions.map((condition: Condition) => condition.sql),
  ].join(" AND ");
  const column = question.groupBy === undefined ? undefined : GROUP_COLUMNS[question.groupBy];
  const parameters = Object.assign({}, ...conditions.map((condition) => condition.parameters));
  return {
    sql: column === undefined ? renderPlain(where) : renderGrouped(where, column),
    parameters: { ...parameters, project: question.project, ...range, maxGroups: MAX_GROUPS },
    timeoutMs: 10_000,
    maxRows: (MAX_POINTS + 1) * (MAX_GROUPS + 2),
  };
}

const TIME = "toUInt32(intDiv(toUInt32(slot), {stepSeconds:UInt32}) * {stepSeconds:UInt32}) AS time";

function renderPlain(where: string): string {
  return `SELECT
  ${TIME},
  '' AS groupName,
  toUInt8(grouping(time)) AS isTotal,
  toUInt8(0) AS isGrouped,
  ${FIGURES}
FROM (
  ${renderRollup(where)}
)
GROUP BY GROUPING SETS ((time), ())
ORDER BY isTotal DESC, time`;
}

function renderGrouped(where: string, column: string): string {
  const groupWhere = column === "error_type" ? `${where} AND error_type != ''` : where;
  return `WITH busiest AS (
  SELECT ${column} FROM (
  ${renderRollup(groupWhere)}
  )
  GROUP BY ${column} ORDER BY sum(spans) DESC, ${column} LIMIT {maxGroups:UInt32}
)
SELECT
  ${TIME},
  if(${column} IN busiest, toString(${column}), '(other)') AS groupName,
  toUInt8(grouping(time)) AS isTotal,
  toUInt8(1 - grouping(groupName)) AS isGrouped,
  ${FIGURES}
FROM (
  ${renderRollup(where)}
)
GROUP BY GROUPING SETS ((time, groupName), (groupName), (time), ())
ORDER BY isGrouped, isTotal DESC, requests DESC, groupName, time`;
}

function toGroups(rows: readonly Row[], range: Range): NonNullable<Overview["groups"]> {
  const byGroup = new Map<string, Row[]>();
  for (const row of rows) {
    if (row.isGrouped === 0) continue;
    const list = byGroup.get(row.groupName);
    if (list === undefined) byGroup.set(row.groupName, [row]);
    else list.push(row);
  }
  return [...byGroup].map(([group, list]) => ({ group, ...toLists(list, range) }));
}

function toLists(rows: readonly Row[], range: Range): Pick<Overview, "totals" | "series"> {
  const total = rows.find((row) => row.isTotal === 1);
  const byTime = new Map(rows.filter((row) => row.isTotal === 0).map((row) => [row.time, row]));
  const series: OverviewPoint[] = [];
  const first = Math.floor(range.fromSeconds / range.stepSeconds) * range.stepSeconds;
  for (let time = first; time < range.toSeconds; time += range.stepSeconds) {
    series.push({ time: formatInstant(BigInt(time) * 1_000_000_000n), ...toFigures(byTime.get(time)) });
  }
  return { totals: toFigures(total), series };
}

function toFigures(row: Row | undefined): OverviewFigures {
  if (row === undefined) return NOTHING;
  const [p50Ms, p95Ms, p99Ms] = row.latencyMs;
  return {
    requests: row.requests,
    errors: row.errorCount,
    inputTokens: row.inputTokens ?? 0,
    outputTokens: row.outputTokens ?? 0,
    cacheReadTokens: row.cacheReadTokens ?? 0,
    costUsd: row.costUsd,
    unpricedRequests: row.unpricedRequests,
    p50Ms: p50Ms ?? null,
    p95Ms: p95Ms ?? null,
    p99Ms: p99Ms ?? null,
    ttftP95Ms: row.ttftMs[1] ?? null,
  };
}

const NOTHING: OverviewFigures = {
  requests: 0,
  errors: 0,
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: 0,
  costUsd: null,
  unpricedRequests: 0,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  ttftP95Ms: null,
};
