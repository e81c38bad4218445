// Two instrumentations of one call that know nothing of one another make two spans side by side: the provider's id of the answer tells
// that it is one call.
import type { Engine } from "../store/engine.ts";
import { groupBy } from "./group-by.ts";
import { askOf, isReceived, repeatedColumns, type Lookback, type RepeatedCall } from "./repeated-calls.ts";

interface AnsweredCall extends RepeatedCall {
  readonly service: string;
  readonly source: string;
  readonly responseId: string;
  readonly startMs: number;
  readonly endMs: number;
}

const isCandidate =
  "billed = 1 AND span_type = 'model' AND (input_tokens IS NOT NULL OR output_tokens IS NOT NULL)";
const responseId =
  "if(rest_attributes['gen_ai.response.id'] != '', rest_attributes['gen_ai.response.id'], rest_attributes['ai.response.id'])";
const mostCalls = 100_000;

/**
 * Billed calls of a trace that have the answer of another one: the same id and tokens at the same time, from another instrumentation
 * of the same service. A stand-in for a provider that gives all its answers one id is not taken for that: its calls come from one
 * instrumentation.
 */
export async function findSameResponses(engine: Engine, lookback: Lookback): Promise<RepeatedCall[]> {
  const services = await listServices(engine, lookback);
  if (services.length === 0) return [];
  const rows = await engine.query<AnsweredCall>({
    ...askOf(lookback, { services, newSinceMs: lookback.newSinceMs }),
    sql: `SELECT ${repeatedColumns}, service, scope_name AS source, ${responseId} AS responseId,
  toFloat64(toUnixTimestamp64Nano(start_time)) / 1e6 AS startMs, startMs + duration_ns / 1e6 AS endMs
FROM spans
WHERE ${isReceived} AND ${isCandidate} AND has({services:Array(String)}, service) AND (project, trace_id, service) IN (
  SELECT project, trace_id, service FROM spans WHERE ${isReceived} AND ${isCandidate} AND has({services:Array(String)}, service)
  GROUP BY project, trace_id, service
  HAVING min(scope_name) != max(scope_name) AND max(received_at) >= fromUnixTimestamp64Milli({newSinceMs:Int64}, 'UTC')
) AND responseId != ''
ORDER BY start_time DESC
LIMIT ${mostCalls}`,
  });
  const answers = groupBy(rows, ({ project, traceId, service, responseId: id, inputTokens, outputTokens }) =>
    [project, traceId, service, id, inputTokens, outputTokens].join(" "),
  );
  return [...answers.values()].flatMap((calls) => findRepeats(calls));
}

/** The services whose calls come from several instrumentations: there are seldom any. */
async function listServices(engine: Engine, lookback: Lookback): Promise<string[]> {
  const rows = await engine.query<{ service: string }>({
    ...askOf(lookback),
    sql: `SELECT service FROM spans WHERE ${isReceived} AND ${isCandidate}
GROUP BY service HAVING min(scope_name) != max(scope_name)`,
  });
  return rows.map(({ service }) => service);
}

/** Of the calls with one answer all but those of one instrumentation, the one that was called last: it is the closest to the provider. */
function findRepeats(calls: readonly AnsweredCall[]): RepeatedCall[] {
  const bySource = [...groupBy(calls, (call) => call.source).values()];
  const [last] = bySource.toSorted((one, other) => startOf(other) - startOf(one));
  if (last === undefined || bySource.some((group) => group.length !== last.length)) return [];
  return bySource.filter((group) => group !== last && overlap(group, last)).flat();
}

function overlap(one: readonly AnsweredCall[], other: readonly AnsweredCall[]): boolean {
  return startOf(one) <= endOf(other) && startOf(other) <= endOf(one);
}

function startOf(calls: readonly AnsweredCall[]): number {
  return Math.min(...calls.map(({ startMs }) => startMs));
}

function endOf(calls: readonly AnsweredCall[]): number {
  return Math.max(...calls.map(({ endMs }) => endMs));
}
