import type { Engine } from "../../store/engine.ts";
import type { Condition } from "../span-filter.ts";
import { findTraceBounds } from "../trace-bounds.ts";

/** The condition on a log record that it belongs to a trace, also where it names one of its spans alone: some SDKs score spans that way. */
export async function findTraceCondition(
  store: Engine,
  { project, traceId }: { project: string; traceId: string },
  signal?: AbortSignal,
): Promise<Condition> {
  const bounds = await findTraceBounds(store, { project, traceIds: [traceId] }, signal);
  if (bounds === undefined) return { sql: "trace_id = unhex({traceId:String})", parameters: { traceId } };
  const { firstStartNs, lastStartNs } = bounds;
  return {
    sql: `trace_id = unhex({traceId:String}) OR (trace_id = toFixedString('', 16) AND span_id != toFixedString('', 8) AND span_id IN (
    SELECT span_id FROM spans WHERE project = {project:String} AND trace_id = unhex({traceId:String})
      AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')))`,
    parameters: { traceId, firstStartNs, lastStartNs },
  };
}
