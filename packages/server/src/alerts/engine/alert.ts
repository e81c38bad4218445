import type { Labels } from "@spanlight/promql";

/** Why an alert resolved: its value is fine again, or the observed series has no value any more. */
export type ResolvedReason = "recovered" | "no_data";

interface AlertBody {
  /** Labels of the alert with its name; what tells alerts of a rule apart. */
  readonly labels: Labels;
  /** Labels of the sample the alert came from, before the rule's labels. */
  readonly sourceLabels: Labels;
  readonly annotations: Readonly<Record<string, string>>;
  /** The value at the last evaluation that gave one. */
  readonly value: number;
  /** When the condition became true, ms since the epoch. */
  readonly activeAtMs: number;
  /** When the alert was last handed to `notify`, or null. */
  readonly lastSentMs: number | null;
}

export interface PendingAlert extends AlertBody {
  readonly state: "pending";
}

export interface FiringAlert extends AlertBody {
  readonly state: "firing";
  readonly firedAtMs: number;
  /** Since when only `keep_firing_for` holds the alert, or null. */
  readonly keepFiringSinceMs: number | null;
}

/** A former firing alert; kept for a while so that its end is told even when a message is lost. */
export interface ResolvedAlert extends AlertBody {
  readonly state: "resolved";
  readonly firedAtMs: number;
  readonly resolvedAtMs: number;
  readonly reason: ResolvedReason;
}

export type Alert = PendingAlert | FiringAlert | ResolvedAlert;

/** The alerts of one rule by their labels (`labelsKey`). */
export type AlertMap = ReadonlyMap<string, Alert>;
