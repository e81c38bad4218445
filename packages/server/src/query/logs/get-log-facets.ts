import type { LogFacets } from "@spanlight/contract";
import type { Engine, Query } from "../../store/engine.ts";
import { chooseStepSeconds } from "../get-overview.ts";
import { formatInstant } from "../time.ts";
import { levelTexts, listLogConditions, type LogFilter, logLevels } from "./log-conditions.ts";
import { findTraceCondition } from "./trace-condition.ts";

export interface LogFacetsQuestion {
  readonly project: string;
  /** `[fromNs, toNs)`, Unix nanoseconds. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly traceId?: string | undefined;
  readonly filter: LogFilter;
}

/** Facets by the set of columns that a row was grouped by: one bit for each column that was not. */
const sets = {
  level: 0b01111,
  service: 0b10111,
  event: 0b11011,
  environment: 0b11101,
  slot: 0b11110,
} as const;

const maxValues = 30;
const maxRowsPerSet = 2000;

interface Row {
  readonly groupedBy: number;
  readonly level: number;
  readonly service: string;
  readonly event: string;
  readonly environment: string;
  /** Unix seconds. */
  readonly slot: number;
  readonly records: number;
  readonly errors: number;
}

/** Counts of the records a list with the same filter has: by value, over time, over all. Throws ComparisonError. */
export async function getLogFacets(
  store: Engine,
  question: LogFacetsQuestion,
  signal?: AbortSignal,
): Promise<LogFacets> {
  const stepSeconds = chooseStepSeconds(Number((question.toNs - question.fromNs) / 1_000_000_000n));
  const rows = await store.query<Row>({ ...(await renderFacets(store, question, stepSeconds)), signal });
  const of = (set: keyof typeof sets): Row[] => rows.filter((row) => row.groupedBy === sets[set]);
  const toFacet = (
    name: "service" | "event" | "environment",
  ): { name: typeof name; values: { value: string; count: number }[] } => ({
    name,
    values: of(name)
      .filter((row) => row[name] !== "")
      .slice(0, maxValues)
      .map((row) => ({ value: row[name], count: row.records })),
  });
  const levels = of("level")
    .toSorted((a, b) => a.level - b.level)
    .map((row) => ({ value: logLevels[row.level] ?? "", count: row.records }));
  const points = toPoints(of("slot"), question, stepSeconds);
  return {
    facets: [
      { name: "level", values: levels.filter(({ value }) => value !== "") },
      toFacet("service"),
      toFacet("environment"),
      toFacet("event"),
    ],
    histogram: { stepSeconds, points },
    totals: {
      records: points.reduce((sum, point) => sum + point.records, 0),
      errors: points.reduce((sum, point) => sum + point.errors, 0),
    },
  };
}

/** Place of the level among `logLevels`; 255 = not said. */
const levelSql = `multiIf(severity > 0, least(5, intDiv(severity - 1, 4)), ${logLevels
  .map(
    (level, at) =>
      `lower(severity_text) IN (${levelTexts[level].map((text) => `'${text}'`).join(", ")}), ${at}`,
  )
  .join(", ")}, 255)`;

async function renderFacets(
  store: Engine,
  { project, fromNs, toNs, traceId, filter }: LogFacetsQuestion,
  stepSeconds: number,
): Promise<Query> {
  const ofTrace = traceId === undefined ? [] : [await findTraceCondition(store, { project, traceId })];
  const conditions = [...ofTrace, ...listLogConditions(filter)];
  return {
    sql: `SELECT toUInt8(grouping(level, service, event, environment, slot)) AS groupedBy, level, service, event, environment, slot,
  toUInt32(count()) AS records, toUInt32(countIf(is_error)) AS errors
FROM (
  SELECT toUInt8(${levelSql}) AS level, service, event_name AS event, environment, level IN (4, 5) AS is_error,
    toUInt32(intDiv(toUnixTimestamp64Nano(time), {stepNs:Int64}) * {stepSeconds:UInt32}) AS slot
  FROM logs
  WHERE project = {project:String}
    AND time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND time < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')
${conditions.map(({ sql }) => `    AND (${sql})\n`).join("")})
GROUP BY GROUPING SETS ((level), (service), (event), (environment), (slot))
ORDER BY groupedBy, records DESC, service, event, environment
LIMIT ${maxRowsPerSet} BY groupedBy`,
    parameters: {
      project,
      fromNs,
      toNs,
      stepNs: BigInt(stepSeconds) * 1_000_000_000n,
      stepSeconds,
      ...Object.assign({}, ...conditions.map(({ parameters }) => parameters)),
    },
    timeoutMs: 15_000,
  };
}

/** Every step of the range; a range wider than anybody looks at shows the steps that have records. */
function toPoints(
  rows: readonly Row[],
  { fromNs, toNs }: LogFacetsQuestion,
  stepSeconds: number,
): LogFacets["histogram"]["points"] {
  const bySlot = new Map(rows.map((row) => [row.slot, row]));
  const first = Math.floor(Number(fromNs / 1_000_000_000n) / stepSeconds) * stepSeconds;
  const count = Math.ceil((Number(toNs / 1_000_000_000n) - first) / stepSeconds);
  const slots =
    count <= maxRowsPerSet
      ? Array.from({ length: count }, (_, index) => first + index * stepSeconds)
      : [...bySlot.keys()].toSorted((a, b) => a - b);
  return slots.map((slot) => ({
    time: formatInstant(BigInt(slot) * 1_000_000_000n),
    records: bySlot.get(slot)?.records ?? 0,
    errors: bySlot.get(slot)?.errors ?? 0,
  }));
}
