import type { Engine } from "../../store/engine.ts";

/** Columns of the judged span, and those of them that the log record has too. */
const SPAN_COLUMNS = [
  "operation",
  "provider",
  "model",
  "error_type",
  "span_type",
  "prompt_name",
  "prompt_version",
  "agent_name",
  "tool_name",
  "name",
  "request_model",
  "response_model",
] as const;
const SHARED_COLUMNS = [
  "service",
  "environment",
  "endpoint",
  "release",
  "user_id",
  "tenant_id",
  "session_id",
] as const;

const RECORDS = `project = {project:String} AND event_name = 'gen_ai.evaluation.result'
      AND time >= toDateTime({fromSeconds:UInt32}, 'UTC') AND time < toDateTime({toSeconds:UInt32}, 'UTC')`;

/** A bound of the starts of the judged traces' spans, from the projection that knows them by trace. */
function bound(aggregate: "min" | "max"): string {
  return `(SELECT ${aggregate}(bound) FROM (
        SELECT project, trace_id, ${aggregate}(start_time) AS bound FROM spans
        WHERE project = {project:String} AND trace_id IN (SELECT trace_id FROM logs WHERE ${RECORDS})
        GROUP BY project, trace_id
      ))`;
}

/**
 * Of the spans of a trace the one with a value: first the judged one, then those of model calls, the last one in front.
 * A score of a whole trace thus has the model of the call that gave the answer.
 */
function pick(column: string): string {
  return `argMax(judged.${column}, (judged.${column} != '', judged.span_id = score.span_id, judged.billed, judged.start_time))`;
}

/**
 * Scores as a source of observations like `spans`: the events \`gen_ai.evaluation.result\` with the columns of what they judge.
 * Source of the event: GenAI conventions v1.41. Needs the parameters \`project\`, \`fromSeconds\`, \`toSeconds\` (Unix seconds).
 */
export const SCORE_SOURCE = `(
  SELECT score.project AS project, score.slot AS slot, score.at AS start_time, toUInt64(0) AS duration_ns,
    score.trace_id AS trace_id, score.span_id AS span_id, score.score_name AS score_name, score.score_value AS score_value,
    ${SPAN_COLUMNS.map((column) => `${pick(column)} AS ${column}`).join(",\n    ")},
    ${SHARED_COLUMNS.map((column) => `if(${pick(column)} = '', score.own_${column}, ${pick(column)}) AS ${column}`).join(",\n    ")},
    mapConcat(map('name', score.score_name), CAST(argMax(judged.attributes, (judged.span_id = score.span_id, judged.billed, judged.start_time)) AS Map(String, String))) AS attributes
  FROM (
    SELECT rowNumberInAllBlocks() AS id, project, trace_id, span_id, time AS at,
      toDateTime(toStartOfInterval(time, INTERVAL 10 SECOND), 'UTC') AS slot,
      attributes['gen_ai.evaluation.name'] AS score_name, toFloat64OrNull(attributes['gen_ai.evaluation.score.value']) AS score_value,
      attributes['spanlight.score.id'] AS score_id,
      ${SHARED_COLUMNS.map((column) => `${column} AS own_${column}`).join(", ")}
    FROM logs
    WHERE ${RECORDS}
    -- OpenLIT says a score twice, as an event of the span and as a log event, and gives it no id.
    LIMIT 1 BY trace_id, span_id, score_name, score_value, score_id, if(score_id = '', toStartOfSecond(time), time)
  ) AS score
  LEFT JOIN (
    SELECT trace_id, span_id, start_time, billed, attributes, ${[...SPAN_COLUMNS, ...SHARED_COLUMNS].join(", ")}
    FROM spans
    WHERE project = {project:String} AND trace_id IN (SELECT trace_id FROM logs WHERE ${RECORDS})
      AND start_time >= ${bound("min")}
      AND start_time <= ${bound("max")}
  ) AS judged ON score.trace_id = judged.trace_id
  GROUP BY score.id, score.project, score.slot, score.at, score.trace_id, score.span_id, score.score_name, score.score_value,
    ${SHARED_COLUMNS.map((column) => `score.own_${column}`).join(", ")}
)`;

/** True where there is a score: finding what scores judge costs a look at every span, also where there are none. */
export async function hasScores(
  store: Engine,
  range: { readonly project: string; readonly fromSeconds: number; readonly toSeconds: number },
  signal?: AbortSignal,
): Promise<boolean> {
  const { project, fromSeconds, toSeconds } = range;
  const found = await store.query({
    sql: `SELECT 1 FROM logs WHERE ${RECORDS} LIMIT 1`,
    parameters: { project, fromSeconds, toSeconds },
    signal,
  });
  return found.length > 0;
}

/** The name of a score without what people write differently: `Answer Relevancy`, `answer_relevance`. */
const PLAIN_NAME = "replaceRegexpAll(lower(score_name), '[^a-z0-9]', '')";

/** A family of series made of scores: \`…_sum\`, \`…_count\` and the gauge itself. */
export interface ScoreFamily {
  readonly name: string;
  readonly help: string;
  readonly where: string;
  /** Labels beside those of a call. */
  readonly labels: readonly string[];
}

function namedScore(name: string, help: string, plainNames: readonly string[]): ScoreFamily {
  const list = plainNames.flatMap((plain) => [`'${plain}'`, `'${plain}score'`]).join(", ");
  return { name, help, where: `score_value IS NOT NULL AND ${PLAIN_NAME} IN (${list})`, labels: [] };
}

export const SCORE_FAMILIES: readonly ScoreFamily[] = [
  namedScore("llm_faithfulness_score", "Scores called faithfulness or groundedness.", [
    "faithfulness",
    "groundedness",
  ]),
  namedScore("llm_answer_relevance_score", "Scores called answer relevance.", [
    "answerrelevance",
    "answerrelevancy",
    "responserelevancy",
  ]),
  {
    name: "llm_score",
    help: "All numeric scores, by name.",
    where: "score_value IS NOT NULL",
    labels: ["name"],
  },
];
