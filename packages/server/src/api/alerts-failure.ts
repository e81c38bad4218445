import type { RuleProblem } from "@spanlight/contract";
import { answerProblem } from "./answer.ts";

/** Status of what rules, rule files and silences refuse, by code. */
const STATUS: Readonly<Record<string, number>> = {
  rule_file_invalid: 400,
  backtest_refused: 400,
  silence_invalid: 400,
  matcher_invalid: 400,
  rule_file_read_only: 403,
  rule_file_not_found: 404,
  rule_file_exists: 409,
  rule_file_changed: 409,
  body_too_large: 413,
  media_type_unsupported: 415,
  rule_file_unwritable: 500,
};

/** Failures of the alert routes that a caller can do something about; throws every other one on. */
export function answerAlertFailure(error: Error): Response {
  const code = "code" in error ? String(error.code) : "";
  const status = STATUS[code];
  if (status === undefined) throw error;
  const problems = code === "rule_file_invalid" ? { problems: listProblems(error) } : {};
  return answerProblem({ status, code, detail: error.message }, problems);
}

function listProblems(error: Error): RuleProblem[] {
  if (!("problems" in error) || !Array.isArray(error.problems)) return [];
  const problems = error.problems as readonly Omit<RuleProblem, "severity">[]; // what a wrong rule file carries
  return problems.map((problem) => ({ severity: "error", ...problem }));
}
