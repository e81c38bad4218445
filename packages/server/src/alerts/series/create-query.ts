import {
  EMPTY_LABELS,
  evaluate,
  parseExpression,
  type EvaluateOptions,
  type Expression,
  type Sample,
  type SeriesReader,
} from "@spanlight/promql";
import type { AlertsOutside } from "../engine/outside.ts";
import { RuleEvaluationError } from "../engine/errors.ts";

/** Expressions kept parsed: rules ask the same again and again. */
const MAX_PARSED = 1_000;

function createParser(): (query: string) => Expression {
  const parsed = new Map<string, Expression>();
  return (query) => {
    const known = parsed.get(query);
    if (known !== undefined) return known;
    const expression = parseExpression(query, { experimental: true });
    if (parsed.size >= MAX_PARSED) parsed.clear();
    parsed.set(query, expression);
    return expression;
  };
}

/** The `query` function of the rule engine over a reader. Scalars become one sample without labels. */
export function createQuery(reader: SeriesReader, options: EvaluateOptions = {}): AlertsOutside["query"] {
  const parse = createParser();
  return async (query, timeMs, signal): Promise<readonly Sample[]> => {
    const limits = signal === undefined ? options.limits : { ...options.limits, signal };
    const { value } = await evaluate({
      reader,
      query,
      expression: parse(query),
      startMs: timeMs,
      endMs: timeMs,
      options: limits === undefined ? options : { ...options, limits },
    });
    if (value.type === "vector") return value.samples;
    if (value.type === "scalar") return [{ labels: EMPTY_LABELS, timeMs, value: value.value }];
    throw new RuleEvaluationError("rule result is not a vector or scalar");
  };
}
