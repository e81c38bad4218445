import type { Parameters, Query } from "../store/engine.ts";
import type { Condition } from "./span-filter.ts";
import type { TextSearch } from "./text-search.ts";

/** Spans to look at: those that start in `[fromNs, toNs)`. */
export interface Window {
  readonly project: string;
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

export interface CandidateRow {
  readonly traceId: string;
  /** Earliest start among the spans of the window that match; the trace may have started before. */
  readonly startTime: string;
}

/** What drives the search: one condition on spans, or a text; neither = every trace. */
export interface Driver {
  readonly condition?: Condition | undefined;
  readonly text?: TextSearch | undefined;
}

const WINDOW = `project = {project:String}
    AND start_time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND start_time < fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')`;

/** Traces that have a matching span which starts after the window's end though they started before it. */
const STRADDLING = `
    AND trace_id IN (
      SELECT trace_id FROM (
        SELECT project, trace_id, min(start_time) AS first_start, max(start_time) AS last_start
        FROM spans WHERE project = {project:String} GROUP BY project, trace_id)
      WHERE first_start < fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND last_start >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC'))`;

/** The traces with a matching span in the window, newest first, `limit` at most. */
export function renderCandidates(
  window: Window,
  driver: Driver,
  options: { limit: number; straddling?: boolean },
): Query {
  const { sources, parameters } = listSources(driver);
  const range = options.straddling === true ? WINDOW + STRADDLING : WINDOW;
  const selects = sources.map(
    ({ table, sql }) => `  SELECT trace_id, start_time FROM ${table}
  WHERE ${range}${sql === "" ? "" : `\n    AND ${sql}`}`,
  );
  return {
    sql: `SELECT lower(hex(trace_id)) AS traceId, min(start_time) AS startTime FROM (
${selects.join("\n  UNION ALL\n")}
)
GROUP BY trace_id
ORDER BY startTime DESC, traceId DESC
LIMIT {limit:UInt32}`,
    parameters: {
      project: window.project,
      fromNs: window.fromNs,
      toNs: window.toNs,
      limit: options.limit,
      ...parameters,
    },
    timeoutMs: 10_000,
  };
}

function listSources({ condition, text }: Driver): {
  sources: Array<{ table: string; sql: string }>;
  parameters: Parameters;
} {
  if (text === undefined) {
    return {
      sources: [{ table: "spans", sql: condition?.sql ?? "" }],
      parameters: condition?.parameters ?? {},
    };
  }
  const sources = [{ table: "spans", sql: text.names.sql }];
  if (text.attributes !== undefined) sources.push({ table: "spans", sql: text.attributes.sql });
  if (text.contents !== undefined) sources.push({ table: "contents", sql: text.contents.sql });
  if (text.traceId !== undefined) sources.push({ table: "spans", sql: "trace_id = unhex({traceId:String})" });
  return {
    sources,
    parameters: {
      ...text.names.parameters,
      ...text.attributes?.parameters,
      ...(text.traceId === undefined ? {} : { traceId: text.traceId }),
    },
  };
}
