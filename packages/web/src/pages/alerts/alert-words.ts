import type { ActiveAlert, AlertRule, AlertThreshold, SampleValue } from "@spanlight/contract";
import { formatCompact, formatDuration } from "../../lib/format.ts";
import type { Filters } from "../../lib/view.ts";

type Labels = Readonly<Record<string, string>>;

/** A sample as it is read: three significant digits, `NaN` and infinities by name. */
export function formatSample(value: SampleValue): string {
  return typeof value === "number" ? formatCompact(value) : value;
}

/** `> 0.05`; empty where the expression compares nothing. */
export function describeThreshold(threshold: AlertThreshold | null): string {
  return threshold === null ? "" : `${threshold.operator} ${formatSample(threshold.value)}`;
}

/** Labels that tell one alert of a rule from the others. */
export function tellingLabels(labels: Labels, rule: Labels = {}): [string, string][] {
  return Object.entries(labels).filter(
    ([name, value]) => name !== "alertname" && name !== "__name__" && rule[name] !== value,
  );
}

/** `model="gpt-4o", service="bot"`; `all` where nothing tells. */
export function describeLabels(labels: Labels, rule: Labels = {}): string {
  const parts = tellingLabels(labels, rule).map(([name, value]) => `${name}="${value}"`);
  return parts.length === 0 ? "all" : parts.join(", ");
}

const filterOf: Readonly<Record<string, keyof Filters>> = {
  service: "service",
  environment: "environment",
  endpoint: "endpoint",
  provider: "provider",
  model: "model",
  operation: "operation",
  error_type: "errorType",
};

/** The filters that find the traces behind a series. */
export function filtersOfLabels(labels: Labels): Filters {
  const filters: Filters = {};
  for (const [name, value] of Object.entries(labels)) {
    const filter = filterOf[name];
    if (filter !== undefined && value !== "") filters[filter] = value;
  }
  return filters;
}

const stateOrder = { firing: 0, pending: 1, inactive: 2 } as const;

/** Rules that need a look first: broken, firing, pending, then the rest by name. */
export function sortRules(rules: readonly AlertRule[]): AlertRule[] {
  const rank = (rule: AlertRule): number => (rule.health === "err" ? -1 : stateOrder[rule.state]);
  return rules.toSorted((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

/** `firing for 4 min 10 s`, `pending for 20 s, fires after 5 min`. */
export function describeState(alert: ActiveAlert, forMs: number, nowMs: number): string {
  const since = (instant: string): string => formatSpan(Math.max(0, nowMs - Date.parse(instant)));
  if (alert.state === "firing") return `firing for ${since(alert.firedAt ?? alert.activeAt)}`;
  return `pending for ${since(alert.activeAt)}, fires after ${formatSpan(forMs)}`;
}

/** A length of time to the second: `5 s`, `1 min 30 s`. */
export function formatSpan(durationMs: number): string {
  const seconds = Math.round(durationMs / 1000);
  return seconds < 60 ? `${seconds} s` : formatDuration(seconds * 1000);
}

/** The sentence on top: what fires, what is about to, what cannot be told. */
export function summarise(rules: readonly AlertRule[]): { text: string; tone: "ok" | "warn" | "bad" } {
  const alerts = rules.flatMap((rule) => rule.alerts);
  const firing = alerts.filter((alert) => alert.state === "firing").length;
  const pending = alerts.length - firing;
  const broken = rules.filter((rule) => rule.health === "err").length;
  const words = [
    ...(firing > 0 ? [`${firing} firing`] : []),
    ...(pending > 0 ? [`${pending} pending`] : []),
    ...(broken > 0 ? [`${broken} ${broken === 1 ? "rule" : "rules"} cannot be evaluated`] : []),
  ];
  if (words.length === 0) return { text: "Nothing fires", tone: "ok" };
  return { text: words.join(", "), tone: firing > 0 || broken > 0 ? "bad" : "warn" };
}
