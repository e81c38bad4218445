/** A rule that could not be evaluated: too many series, equal label sets. */
export class RuleEvaluationError extends Error {
  readonly code: string = "rule_evaluation_failed";
  override readonly name: string = "RuleEvaluationError";
}

/** A rule that gave more series or alerts than its group allows; its alerts are dropped. */
export class RuleLimitError extends RuleEvaluationError {
  override readonly code = "rule_limit_exceeded";
  override readonly name = "RuleLimitError";
}
