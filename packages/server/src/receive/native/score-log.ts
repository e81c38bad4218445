import { genAi, general } from "@spanlight/conventions";
import type { OtlpLog } from "./otlp-log.ts";
import type { Score } from "./part.ts";

/** A score as the GenAI conventions have it: an event of the span or trace it judges. Source: conventions v1.41, `gen_ai.evaluation.result`. */
export function toScoreLog(score: Score): OtlpLog {
  return {
    service: "",
    timeNs: BigInt(Math.max(0, Math.round(score.timeMs))) * 1_000_000n,
    eventName: "gen_ai.evaluation.result",
    traceId: score.traceId,
    spanId: score.spanId,
    attributes: {
      [genAi.evaluationName]: score.name,
      [genAi.evaluationScoreValue]: score.value,
      [genAi.evaluationScoreLabel]: score.label,
      [genAi.evaluationExplanation]: score.explanation,
      "spanlight.score.id": score.id,
      "spanlight.score.source": score.origin,
      [general.sessionId]: score.sessionId,
    },
  };
}
