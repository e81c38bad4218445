import { labelsToRecord } from "@spanlight/promql";
import type { AlertingRule } from "../rules/rule.ts";
import { findPassedThreshold } from "../rules/threshold.ts";
import { escapeQuery } from "../template/go-functions.ts";
import type { Alert, AlertMap } from "./alert.ts";
import type { AlertNotice } from "./outside.ts";

export interface NoticeContext {
  readonly timeMs: number;
  readonly intervalMs: number;
  readonly resendDelayMs: number;
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

/** Whether an alert is to be told now: when it is new, when it ended, and again and again until then. */
function needsSending(alert: Alert, { timeMs, resendDelayMs }: NoticeContext): boolean {
  if (alert.state === "pending") return false;
  const { lastSentMs } = alert;
  if (lastSentMs === null) return true;
  if (alert.state === "resolved" && alert.resolvedAtMs > lastSentMs) return true;
  if (alert.state === "firing" && alert.firedAtMs > lastSentMs) return true;
  return lastSentMs + resendDelayMs <= timeMs;
}

function toNotice(
  rule: AlertingRule,
  alert: Exclude<Alert, { state: "pending" }>,
  context: NoticeContext,
): AlertNotice {
  const { timeMs, intervalMs, resendDelayMs, externalLabels, externalUrl } = context;
  const validUntilMs = timeMs + 4 * Math.max(intervalMs, resendDelayMs);
  return {
    status: alert.state,
    labels: { ...externalLabels, ...labelsToRecord(alert.labels) },
    sourceLabels: labelsToRecord(alert.sourceLabels),
    annotations: alert.annotations,
    value: alert.value,
    threshold: findPassedThreshold(rule.expression, alert.value),
    query: rule.query,
    activeAtMs: alert.activeAtMs,
    startsAtMs: alert.firedAtMs,
    endsAtMs: alert.state === "resolved" ? alert.resolvedAtMs : validUntilMs,
    reason: alert.state === "resolved" ? alert.reason : null,
    generatorUrl: `${externalUrl}/alerts?alert=${escapeQuery(rule.name)}&expr=${escapeQuery(rule.query)}`,
  };
}

/** The notices due for a rule, and its alerts with the time of sending noted. */
export function takeNotices(
  rule: AlertingRule,
  alerts: AlertMap,
  context: NoticeContext,
): { notices: AlertNotice[]; alerts: AlertMap } {
  const notices: AlertNotice[] = [];
  const after = new Map(alerts);
  for (const [key, alert] of alerts) {
    if (alert.state === "pending" || !needsSending(alert, context)) continue;
    notices.push(toNotice(rule, alert, context));
    after.set(key, { ...alert, lastSentMs: context.timeMs });
  }
  return { notices, alerts: after };
}
