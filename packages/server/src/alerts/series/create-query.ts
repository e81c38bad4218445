import {
  EMPTY_LABELS,
  evaluate,
  type EvaluateOptions,
  type Sample,
  type SeriesReader,
} from "@spanlight/promql";
import type { AlertsOutside } from "../engine/outside.ts";
import { RuleEvaluationError } from "../engine/errors.ts";

/** The `query` function of the rule engine over a reader. Scalars become one sample without labels. */
export function createQuery(reader: SeriesReader, options: EvaluateOptions = {}): AlertsOutside["query"] {
  return async (expression, timeMs, signal): Promise<readonly Sample[]> => {
    const limits = signal === undefined ? options.limits : { ...options.limits, signal };
    const { value } = await evaluate({
      reader,
      query: expression,
      startMs: timeMs,
      endMs: timeMs,
      options: limits === undefined ? options : { ...options, limits },
    });
    if (value.type === "vector") return value.samples;
    if (value.type === "scalar") return [{ labels: EMPTY_LABELS, timeMs, value: value.value }];
    throw new RuleEvaluationError("rule result is not a vector or scalar");
  };
}
