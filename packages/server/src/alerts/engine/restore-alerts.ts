import { formatValue, labelsKey, parseNumber } from "@spanlight/promql";
import type { Alert } from "./alert.ts";
import type { SavedAlert } from "./saved-state.ts";

export function toSavedAlert(alert: Alert): SavedAlert {
  const body = { labels: [...alert.labels], sourceLabels: [...alert.sourceLabels] };
  return { ...alert, ...body, value: formatValue(alert.value) };
}

export interface RestoreRequest {
  readonly saved: readonly SavedAlert[];
  readonly evaluatedAtMs: number;
  readonly nowMs: number;
  readonly intervalMs: number;
}

/** After a longer pause than this a pending alert starts anew: nobody knows what was in between. */
const OUTAGE_TOLERANCE_MS = 60 * 60_000;

/**
 * The alerts a rule goes on with after a restart. Firing and resolved ones stay as they were, so
 * that nothing is told twice and every end is told. For pending ones the pause does not count
 * towards `for`, except what an ordinary gap between two evaluations is.
 */
export function restoreAlerts({
  saved,
  evaluatedAtMs,
  nowMs,
  intervalMs,
}: RestoreRequest): Map<string, Alert> {
  const pauseMs = Math.max(0, nowMs - evaluatedAtMs - 2 * intervalMs);
  const restored = new Map<string, Alert>();
  for (const one of saved) {
    if (one.state === "pending" && pauseMs > OUTAGE_TOLERANCE_MS) continue;
    const alert: Alert = { ...one, value: parseNumber(one.value) ?? NaN };
    const activeAtMs = alert.state === "pending" ? alert.activeAtMs + pauseMs : alert.activeAtMs;
    // What was handed on may have been lost with the process: it is handed on again at once, whoever takes it knows what was told.
    restored.set(labelsKey(alert.labels), { ...alert, activeAtMs, lastSentMs: null });
  }
  return restored;
}
