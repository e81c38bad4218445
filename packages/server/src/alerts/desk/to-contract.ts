import type { ActiveAlert, AlertRule, RuleProblem, SampleValue } from "@spanlight/contract";
import type { AlertView, GroupView, RuleView } from "../engine/views.ts";
import type { Threshold } from "../rules/threshold.ts";
import type { FileProblem } from "../rules/yaml-reader.ts";

/** What is known of an alert outside of the rules: how it is named and what keeps it quiet. */
export type DescribeAlert = (labels: Readonly<Record<string, string>>) => {
  readonly fingerprint: string;
  readonly silencedBy: readonly string[];
};

export function toInstant(ms: number): string {
  return new Date(ms).toISOString();
}

function toInstantOrNull(ms: number | null): string | null {
  return ms === null ? null : toInstant(ms);
}

export function toSampleValue(value: number): SampleValue {
  if (Number.isFinite(value)) return value;
  if (Number.isNaN(value)) return "NaN";
  return value > 0 ? "+Inf" : "-Inf";
}

export function toThreshold(threshold: Threshold | null): AlertRule["threshold"] {
  if (threshold === null || !Number.isFinite(threshold.value)) return null;
  const { observed, operator, value } = threshold;
  return { observed, operator, value };
}

export function toRuleProblem(
  { line, column, kind, message }: FileProblem,
  severity: RuleProblem["severity"] = "error",
): RuleProblem {
  return { severity, kind, line, column, message };
}

function toActiveAlert(rule: RuleView, alert: AlertView, describe: DescribeAlert): ActiveAlert {
  const { state, labels, annotations, value } = alert;
  const { fingerprint, silencedBy } = describe(labels);
  return {
    fingerprint,
    ruleId: rule.id,
    rule: rule.name,
    state,
    labels: { ...labels },
    annotations: { ...annotations },
    activeAt: toInstant(alert.activeAtMs),
    firedAt: toInstantOrNull(alert.firedAtMs),
    value: toSampleValue(value),
    threshold: toThreshold(alert.threshold),
    keepFiringSince: toInstantOrNull(alert.keepFiringSinceMs),
    silencedBy: [...silencedBy],
  };
}

export interface RuleContext {
  readonly describe: DescribeAlert;
  /** The id of a rule file; null for one that is not there any more. */
  readonly findFileId: (file: string) => string | null;
}

/** A rule of a group as the API answers it. */
export function toRule(group: GroupView, rule: RuleView, { describe, findFileId }: RuleContext): AlertRule {
  const { id, kind, name, query, forMs, keepFiringForMs, state, health, lastError, hasData } = rule;
  return {
    id,
    kind,
    name,
    file: group.file,
    fileId: findFileId(group.file),
    group: group.name,
    query,
    labels: { ...rule.labels },
    annotations: { ...rule.annotations },
    forMs,
    keepFiringForMs,
    intervalMs: group.intervalMs,
    threshold: toThreshold(rule.threshold),
    state,
    health,
    lastError,
    lastEvaluation: toInstantOrNull(rule.lastEvaluationMs),
    evaluationMs: rule.evaluationDurationMs,
    hasData,
    missedEvaluations: group.missedIterations,
    alerts: rule.alerts.map((alert) => toActiveAlert(rule, alert, describe)),
  };
}
