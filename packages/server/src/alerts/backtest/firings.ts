import { labelsToRecord } from "@spanlight/promql";
import type { Alert, AlertMap } from "../engine/alert.ts";

/** An alert that would have fired. Times in ms since the epoch. */
export interface Firing {
  readonly labels: Readonly<Record<string, string>>;
  /** When its condition became true. */
  readonly activeAtMs: number;
  readonly firedAtMs: number;
  /** null when it still fired at the end of the time looked at. */
  readonly resolvedAtMs: number | null;
  /** How long it fired within the time looked at. */
  readonly durationMs: number;
  /** The value when it fired, and the last one. */
  readonly firstValue: number;
  readonly lastValue: number;
}

/** Collects firings from the steps of a rule. */
export interface Firings {
  /** Looks at the alerts before and after a step. */
  observe(before: AlertMap, after: AlertMap): void;
  list(): readonly Firing[];
  pendingOnly(): number;
}

interface OpenFiring {
  readonly alert: Extract<Alert, { state: "firing" }>;
  lastValue: number;
}

export function createFirings({ fromMs, toMs }: { readonly fromMs: number; readonly toMs: number }): Firings {
  const open = new Map<string, OpenFiring>();
  const done: Firing[] = [];
  let pendingOnly = 0;

  const close = ({ alert, lastValue }: OpenFiring, resolvedAtMs: number | null): Firing | null => {
    const endMs = resolvedAtMs ?? toMs;
    if (endMs < fromMs) return null;
    const { labels, activeAtMs, firedAtMs, value } = alert;
    const durationMs = endMs - Math.max(firedAtMs, fromMs);
    return {
      labels: labelsToRecord(labels),
      activeAtMs,
      firedAtMs,
      resolvedAtMs,
      durationMs,
      firstValue: value,
      lastValue,
    };
  };

  return {
    observe(before, after) {
      for (const [key, alert] of after) {
        if (alert.state === "firing") {
          const known = open.get(key);
          if (known === undefined) open.set(key, { alert, lastValue: alert.value });
          else known.lastValue = alert.value;
        }
        const ended = alert.state === "resolved" ? open.get(key) : undefined;
        if (alert.state !== "resolved" || ended === undefined) continue;
        open.delete(key);
        const firing = close(ended, alert.resolvedAtMs);
        if (firing !== null) done.push(firing);
      }
      for (const [key, alert] of before) {
        if (alert.state === "pending" && !after.has(key)) pendingOnly++;
      }
    },
    list() {
      const running = [...open.values()].flatMap((one) => close(one, null) ?? []);
      return [...done, ...running].toSorted((left, right) => left.firedAtMs - right.firedAtMs);
    },
    pendingOnly: () => pendingOnly,
  };
}
