import type { Engine } from "../store/engine.ts";

/** How far back a span is looked for: its id alone does not say when it was. */
const lookBackDays = 7;

interface TraceIdRow {
  readonly spanId: string;
  readonly traceId: string;
}

/** The traces of spans that started within the last week, by span id; those not found are left out. */
export async function findTraceIds(
  store: Engine,
  question: { readonly project: string; readonly spanIds: readonly string[] },
): Promise<Map<string, string>> {
  const rows = await store.query<TraceIdRow>({
    sql: `SELECT lower(hex(span_id)) AS spanId, lower(hex(any(trace_id))) AS traceId
FROM spans
WHERE project = {project:String} AND start_time >= now() - INTERVAL ${lookBackDays} DAY
  AND span_id IN (SELECT toFixedString(unhex(arrayJoin({spanIds:Array(String)})), 8))
GROUP BY span_id`,
    parameters: { project: question.project, spanIds: question.spanIds },
    timeoutMs: 5000,
  });
  return new Map(rows.map(({ spanId, traceId }) => [spanId, traceId]));
}
