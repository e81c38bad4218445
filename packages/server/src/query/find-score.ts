import type { Engine } from "../store/engine.ts";
import { SCORE_WORDS, type ScoreWords } from "./logs/list-scores.ts";

/** How far back a score is looked for: its id alone does not say when it was given. */
const lookBackDays = 30;

interface ScoreRow extends ScoreWords {
  readonly traceId: string;
  readonly spanId: string;
}

/** A score as it was last given; empty texts and null = not said. */
export interface GivenScore extends Omit<ScoreRow, "comment" | "source"> {
  readonly explanation: string;
  readonly origin: string;
}

/** The score of the id among those of the last 30 days; undefined where there is none. */
export async function findScore(
  store: Engine,
  { project, id }: { readonly project: string; readonly id: string },
): Promise<GivenScore | undefined> {
  const rows = await store.query<ScoreRow>({
    sql: `SELECT if(trace_id = toFixedString('', 16), '', lower(hex(trace_id))) AS traceId,
  if(span_id = toFixedString('', 8), '', lower(hex(span_id))) AS spanId, ${SCORE_WORDS}
FROM logs
WHERE project = {project:String} AND event_name = 'gen_ai.evaluation.result' AND time >= now() - INTERVAL ${lookBackDays} DAY
  AND attributes['spanlight.score.id'] = {id:String}
ORDER BY block DESC, time DESC
LIMIT 1`,
    parameters: { project, id },
    timeoutMs: 5000,
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const { comment: explanation, source: origin, ...score } = row;
  return { ...score, explanation, origin };
}
