import type { Engine } from "../store/engine.ts";

/** How far back a score is looked for: its id alone does not say when it was given. */
const lookBackDays = 30;

/** A score as it was last given; empty texts and null = not said. */
export interface GivenScore {
  readonly id: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly sessionId: string;
  readonly name: string;
  readonly value: number | null;
  readonly label: string;
  readonly explanation: string;
  readonly origin: string;
}

/** The score of the id among those of the last 30 days; undefined where there is none. */
export async function findScore(
  store: Engine,
  { project, id }: { readonly project: string; readonly id: string },
): Promise<GivenScore | undefined> {
  const rows = await store.query<GivenScore>({
    sql: `SELECT attributes['spanlight.score.id'] AS id, if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS traceId,
  if(span_id = toFixedString('', 8), '', lower(hex(span_id))) AS spanId, session_id AS sessionId, attributes['gen_ai.evaluation.name'] AS name,
  toFloat64OrNull(attributes['gen_ai.evaluation.score.value']) AS value, attributes['gen_ai.evaluation.score.label'] AS label,
  attributes['gen_ai.evaluation.explanation'] AS explanation, attributes['spanlight.score.source'] AS origin
FROM logs
WHERE project = {project:String} AND event_name = 'gen_ai.evaluation.result' AND time >= now() - INTERVAL ${lookBackDays} DAY
  AND attributes['spanlight.score.id'] = {id:String}
ORDER BY block DESC, time DESC
LIMIT 1`,
    parameters: { project, id },
    timeoutMs: 5000,
  });
  return rows[0];
}
