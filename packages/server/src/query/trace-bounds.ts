import type { Engine, Query } from "../store/engine.ts";
import { parseInstant } from "./time.ts";

/** Set of trace ids given in hex, in the words that the index on trace_id is used for. */
export const TRACE_IDS = "(SELECT toFixedString(unhex(arrayJoin({traceIds:Array(String)})), 16))";

export interface TraceBounds {
  readonly firstStartNs: bigint;
  readonly lastStartNs: bigint;
}

interface Row {
  readonly first: string;
  readonly last: string;
}

/** Between which starts the spans of the traces lie; undefined where there is none. Served by the projection `trace_times`. */
export async function findTraceBounds(
  store: Engine,
  question: { project: string; traceIds: readonly string[] },
  signal?: AbortSignal,
): Promise<TraceBounds | undefined> {
  const [row] = await store.query<Row>({ ...renderTraceBounds(question), signal });
  if (row === undefined) return undefined;
  return { firstStartNs: parseInstant(row.first), lastStartNs: parseInstant(row.last) };
}

export function renderTraceBounds({
  project,
  traceIds,
}: {
  project: string;
  traceIds: readonly string[];
}): Query {
  return {
    sql: `SELECT min(first_start) AS first, max(last_start) AS last FROM (
  SELECT project, trace_id, min(start_time) AS first_start, max(start_time) AS last_start
  FROM spans WHERE project = {project:String} AND trace_id IN ${TRACE_IDS}
  GROUP BY project, trace_id
)
HAVING count() > 0`,
    parameters: { project, traceIds },
    timeoutMs: 10_000,
  };
}
