import type { CheckedRule, RuleCheck, RuleProblem } from "@spanlight/contract";
import { ParseError, printExpression, PromqlError, typeOf } from "@spanlight/promql";
import { findDuplicates } from "../rules/find-duplicates.ts";
import { parseRuleExpression } from "../rules/parse-rule-expression.ts";
import { parseRuleFile } from "../rules/parse-rule-file.ts";
import { RuleFileError } from "../rules/rule-file-error.ts";
import type { Rule, RuleGroup } from "../rules/rule.ts";
import { findThreshold } from "../rules/threshold.ts";
import { toRuleProblem, toThreshold } from "./to-contract.ts";

/** Checks the text of a rule file: every problem with its place, and what each rule was read as. */
export function checkRuleText(text: string): RuleCheck {
  try {
    const groups = parseRuleFile({ file: "rules", text });
    const rules = groups.flatMap((group) => group.rules.map((rule) => toCheckedRule(group, rule)));
    return { ok: true, problems: listWarnings(groups), rules };
  } catch (error) {
    if (!(error instanceof RuleFileError)) throw error;
    const problems = error.problems.map((problem) => toRuleProblem(problem));
    return { ok: false, problems, rules: [] };
  }
}

/** Checks one expression. */
export function checkExpressionText(text: string): RuleCheck {
  try {
    const expression = parseRuleExpression(text);
    const type = typeOf(expression);
    const threshold = toThreshold(findThreshold(expression));
    const query = printExpression(expression);
    const rule = { group: "", name: "", kind: "alerting" as const, query, type, threshold };
    return { ok: true, problems: [], rules: [rule] };
  } catch (error) {
    if (!(error instanceof PromqlError)) throw error;
    const problems =
      error instanceof ParseError
        ? error.problems.map(({ position, message }) => placeInText(text, position.start, message))
        : [placeInText(text, 0, error.message)];
    return { ok: false, problems, rules: [] };
  }
}

function placeInText(text: string, offset: number, message: string): RuleProblem {
  const before = text.slice(0, offset).split("\n");
  const column = (before.at(-1)?.length ?? 0) + 1;
  return { severity: "error", kind: "expression", line: before.length, column, message };
}

function toCheckedRule(group: RuleGroup, { kind, name, query, expression }: Rule): CheckedRule {
  const threshold = kind === "alerting" ? toThreshold(findThreshold(expression)) : null;
  return { group: group.name, name, kind, query, type: typeOf(expression), threshold };
}

function listWarnings(groups: readonly RuleGroup[]): RuleProblem[] {
  const rules = groups.flatMap((group) => group.rules);
  const warn = (message: string, kind: RuleProblem["kind"]): RuleProblem => ({
    severity: "warning",
    kind,
    line: 0,
    column: 0,
    message,
  });
  const repeated = findDuplicates(groups).map(({ name }) =>
    warn(`${name} is written by more than one rule with these labels`, "structure"),
  );
  const mistyped = rules.flatMap(({ name, expression }) => {
    const type = typeOf(expression);
    if (type === "instant vector" || type === "scalar") return [];
    return warn(
      `${name}: the expression is a ${type}; a rule needs an instant vector or a scalar`,
      "expression",
    );
  });
  return [...mistyped, ...repeated];
}
