import { createHash } from "node:crypto";
import { formatLabels, identify, type Notice } from "./notice.ts";

/** A trace that shows what an alert is about. */
export interface ExemplarTrace {
  readonly traceId: string;
  readonly url: string;
}

/** An alert with everything a message says of it. */
export interface MessageAlert extends Notice {
  readonly fingerprint: string;
  /** The page that shows the alert over its time. */
  readonly pageUrl: string;
  readonly traces: readonly ExemplarTrace[];
}

/** What one receiver is told of one group of alerts. */
export interface Message {
  readonly receiver: string;
  readonly groupKey: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly commonLabels: Readonly<Record<string, string>>;
  readonly commonAnnotations: Readonly<Record<string, string>>;
  readonly status: "firing" | "resolved";
  /** Firing ones first. */
  readonly alerts: readonly MessageAlert[];
  /** Alerts left out because the message would be too long. */
  readonly truncatedAlerts: number;
  readonly externalUrl: string;
}

/** A short name of a label set, the same everywhere and after every restart. */
export function fingerprintOf(labels: Readonly<Record<string, string>>): string {
  return createHash("sha256").update(identify(labels)).digest("hex").slice(0, 16);
}

/** The pairs that all records have. */
export function commonPairs(records: readonly Readonly<Record<string, string>>[]): Record<string, string> {
  const [first = {}, ...rest] = records;
  const pairs = Object.entries(first).filter(([name, value]) => rest.every((one) => one[name] === value));
  return Object.fromEntries(pairs);
}

/** `[FIRING:2] LLMCostSpike service=api`, `[RESOLVED] …`, `[NO DATA] …`. */
export function titleOf({ status, alerts, groupLabels, commonLabels }: Message): string {
  const firing = alerts.filter((alert) => alert.status === "firing").length;
  const isBlind = status === "resolved" && alerts.every(({ reason }) => reason === "no_data");
  const state = status === "firing" ? `FIRING:${firing}` : isBlind ? "NO DATA" : "RESOLVED";
  const name = groupLabels["alertname"] ?? commonLabels["alertname"] ?? "alert";
  const others = Object.entries(groupLabels).filter(([label]) => label !== "alertname");
  const labels = others.map(([label, value]) => `${label}=${value}`);
  return [`[${state}]`, name, ...labels].join(" ");
}

/** A number as people read it: few digits, no exponent where none is needed. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return new Intl.NumberFormat("en-US", { maximumSignificantDigits: 4, useGrouping: true }).format(value);
}

export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** What an alert is about in one line: its summary, or its labels. */
export function headlineOf({ annotations, labels }: MessageAlert): string {
  return annotations["summary"] ?? annotations["message"] ?? formatLabels(labels);
}

/** The facts of an alert as names and texts: value, threshold, since, why it ended. */
export function factsOf(alert: MessageAlert): readonly (readonly [name: string, text: string])[] {
  const { threshold, value, activeAtMs, status, endsAtMs, reason, labels, annotations } = alert;
  const facts: [string, string][] = [];
  const { description } = annotations;
  if (description !== undefined) facts.push(["Description", description]);
  facts.push(["Value", formatNumber(value)]);
  if (threshold !== null) facts.push(["Threshold", `${threshold.operator} ${formatNumber(threshold.value)}`]);
  facts.push(["Since", formatTime(activeAtMs)]);
  if (status === "resolved") {
    const why = reason === "no_data" ? "no data any more: not known to be well" : "recovered";
    facts.push(["Ended", `${formatTime(endsAtMs)} (${why})`]);
  }
  facts.push(["Labels", formatLabels(labels)]);
  return facts;
}
