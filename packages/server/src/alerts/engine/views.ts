import { labelsToRecord } from "@spanlight/promql";
import { findPassedThreshold, findThreshold, type Threshold } from "../rules/threshold.ts";
import type { Rule } from "../rules/rule.ts";
import type { Alert } from "./alert.ts";
import type { GroupState } from "./group.ts";
import { stateOf, type RuleState } from "./rule-state.ts";

/** An alert as the API and the pages show it. Times in ms since the epoch. */
export interface AlertView {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: "pending" | "firing";
  readonly activeAtMs: number;
  /** When it fired; null while pending. */
  readonly firedAtMs: number | null;
  readonly value: number;
  /** The comparison that the value has passed. */
  readonly threshold: Threshold | null;
  readonly keepFiringSinceMs: number | null;
}

/** A rule as the API and the pages show it. */
export interface RuleView {
  readonly id: string;
  readonly kind: "alerting" | "recording";
  readonly name: string;
  readonly query: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly threshold: Threshold | null;
  readonly state: "inactive" | "pending" | "firing";
  readonly health: "unknown" | "ok" | "err";
  readonly lastError: string | null;
  readonly lastEvaluationMs: number | null;
  readonly evaluationDurationMs: number;
  /** Whether the observed side had a value the last time; null when not known. */
  readonly hasData: boolean | null;
  readonly alerts: readonly AlertView[];
}

/** A group as the API and the pages show it. */
export interface GroupView {
  readonly file: string;
  readonly name: string;
  readonly intervalMs: number;
  readonly limit: number;
  readonly lastEvaluationMs: number | null;
  readonly evaluationDurationMs: number;
  readonly missedIterations: number;
  readonly rules: readonly RuleView[];
}

function toAlertView({ expression }: Rule, alert: Alert): AlertView[] {
  if (alert.state === "resolved") return [];
  const { state, annotations, activeAtMs, value } = alert;
  const { firedAtMs, keepFiringSinceMs } =
    alert.state === "firing" ? alert : { firedAtMs: null, keepFiringSinceMs: null };
  const labels = labelsToRecord(alert.labels);
  const threshold = findPassedThreshold(expression, value);
  return [{ labels, annotations, state, activeAtMs, firedAtMs, value, threshold, keepFiringSinceMs }];
}

export function toRuleView(state: RuleState): RuleView {
  const { id, rule, alerts, health, lastError, lastEvaluationMs, evaluationDurationMs, hasData } = state;
  const alerting = rule.kind === "alerting" ? rule : null;
  return {
    id,
    kind: rule.kind,
    name: rule.name,
    query: rule.query,
    labels: rule.labels,
    annotations: alerting?.annotations ?? {},
    forMs: alerting?.forMs ?? 0,
    keepFiringForMs: alerting?.keepFiringForMs ?? 0,
    threshold: alerting === null ? null : findThreshold(rule.expression),
    state: stateOf(alerts),
    health,
    lastError,
    lastEvaluationMs,
    evaluationDurationMs,
    hasData,
    alerts: [...alerts.values()].flatMap((alert) => toAlertView(rule, alert)),
  };
}

export function toGroupView(state: GroupState): GroupView {
  const { group, intervalMs, lastEvaluationMs, evaluationDurationMs, missedIterations } = state;
  const { file, name, limit } = group;
  const rules = state.rules.map(toRuleView);
  return { file, name, intervalMs, limit, lastEvaluationMs, evaluationDurationMs, missedIterations, rules };
}
