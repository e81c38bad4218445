import type { Labels } from "@spanlight/promql";
import type { Alert, AlertMap, FiringAlert, ResolvedReason } from "./alert.ts";

/** An element of the expression's answer with the rule's labels and annotations. */
export interface FoundAlert {
  readonly labels: Labels;
  readonly sourceLabels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface StepRequest {
  readonly alerts: AlertMap;
  readonly found: ReadonlyMap<string, FoundAlert>;
  readonly timeMs: number;
  readonly forMs: number;
  readonly keepFiringForMs: number;
  /** Why an alert that was not found ended. */
  readonly explainEnd: (alert: Alert) => ResolvedReason;
}

/** How long a resolved alert is kept and told again: as long as Prometheus does. */
export const RESOLVED_RETENTION_MS = 15 * 60_000;

/** One evaluation of an alerting rule: from the alerts before and what was found to the alerts after. */
export function stepAlerts(request: StepRequest): Map<string, Alert> {
  const after = new Map<string, Alert>();
  for (const [key, found] of request.found) after.set(key, stepFound(request, key, found));
  for (const [key, alert] of request.alerts) {
    if (request.found.has(key)) continue;
    const next = stepMissing(request, alert);
    if (next !== null) after.set(key, next);
  }
  return after;
}

function stepFound({ alerts, timeMs, forMs }: StepRequest, key: string, found: FoundAlert): Alert {
  const before = alerts.get(key);
  if (before?.state === "firing") return { ...before, ...found, keepFiringSinceMs: null };
  const isPending = before?.state === "pending";
  const activeAtMs = isPending ? before.activeAtMs : timeMs;
  const body = { ...found, activeAtMs, lastSentMs: isPending ? before.lastSentMs : null };
  if (timeMs - activeAtMs < forMs) return { ...body, state: "pending" };
  return { ...body, state: "firing", firedAtMs: timeMs, keepFiringSinceMs: null };
}

function stepMissing(request: StepRequest, alert: Alert): Alert | null {
  if (alert.state === "pending") return null;
  if (alert.state === "firing") return stepMissingFiring(request, alert);
  // An end that nobody was handed yet, because the server was down for long, is kept until it is.
  const isOver = request.timeMs - alert.resolvedAtMs > RESOLVED_RETENTION_MS && alert.lastSentMs !== null;
  return isOver ? null : alert;
}

function stepMissingFiring(request: StepRequest, alert: FiringAlert): Alert {
  const { timeMs, keepFiringForMs, explainEnd } = request;
  const keepFiringSinceMs = alert.keepFiringSinceMs ?? timeMs;
  if (timeMs - keepFiringSinceMs < keepFiringForMs) return { ...alert, keepFiringSinceMs };
  const { keepFiringSinceMs: _, ...body } = alert;
  return { ...body, state: "resolved", resolvedAtMs: timeMs, reason: explainEnd(alert) };
}
