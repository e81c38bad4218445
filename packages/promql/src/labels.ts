import { compareText, isValidUtf8, quote } from "./text/go-text.ts";

/**
 * A label set: names and values in turn, `[name, value, name, value, …]`, sorted by name, without
 * empty values. The metric name is the label `__name__`. Treat as immutable.
 */
export type Labels = readonly string[];

export const METRIC_NAME = "__name__";
export const BUCKET_LABEL = "le";
export const EMPTY_LABELS: Labels = [];
/** The metric name and its metadata. */
const RESERVED_LABELS: ReadonlySet<string> = new Set([METRIC_NAME, "__type__", "__unit__"]);

/** Makes a label set of a plain object; empty values are left out. */
export function labelsFrom(record: Readonly<Record<string, string>>): Labels {
  return fromEntries(Object.entries(record));
}

/** Makes a label set of pairs in any order; of equal names the last counts. */
export function fromEntries(entries: Iterable<readonly [name: string, value: string]>): Labels {
  const map = new Map(entries);
  const names = [...map.keys()].filter((name) => map.get(name) !== "").toSorted(compareText);
  return names.flatMap((name) => [name, map.get(name) ?? ""]);
}

/** The label set as a plain object, names in order. */
export function labelsToRecord(labels: Labels): Record<string, string> {
  const record: Record<string, string> = {};
  for (const [name, value] of eachLabel(labels)) record[name] = value;
  return record;
}

/** Walks over the pairs of a label set. */
export function* eachLabel(labels: Labels): Generator<readonly [name: string, value: string]> {
  for (let i = 0; i + 1 < labels.length; i += 2) yield [labels[i] ?? "", labels[i + 1] ?? ""];
}

/** The value of a label, or "" when it is not there. */
export function getLabel(labels: Labels, name: string): string {
  for (let i = 0; i < labels.length; i += 2) if (labels[i] === name) return labels[i + 1] ?? "";
  return "";
}

/** A copy with one label set, or removed when the value is "". */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  return fromEntries([...eachLabel(labels), [name, value]]);
}

/** A copy without the named labels. */
export function withoutLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const out: string[] = [];
  for (const [name, value] of eachLabel(labels)) if (!names.has(name)) out.push(name, value);
  return out;
}

/** A copy of the named labels only. */
export function onlyLabels(labels: Labels, names: ReadonlySet<string>): Labels {
  const out: string[] = [];
  for (const [name, value] of eachLabel(labels)) if (names.has(name)) out.push(name, value);
  return out;
}

/** A copy without the metric name and its metadata (`__type__`, `__unit__`). */
export function dropMetricName(labels: Labels): Labels {
  return withoutLabels(labels, RESERVED_LABELS);
}

/** A string that is equal for equal label sets only. */
export function labelsKey(labels: Labels): string {
  return labels.join("\u0000");
}

/** Orders label sets as Prometheus does: pair by pair, the shorter first. */
export function compareLabels(left: Labels, right: Labels): number {
  const length = Math.min(left.length, right.length);
  for (let i = 0; i < length; i++) {
    const order = compareText(left[i] ?? "", right[i] ?? "");
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

/** True for names that need no quotes: `[a-zA-Z_][a-zA-Z0-9_]*`. */
export function isPlainLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name);
}

/** True for metric names that need no quotes (colons allowed). */
export function isPlainMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

/** True for every non-empty UTF-8 name. */
export function isValidLabelName(name: string): boolean {
  return name !== "" && isValidUtf8(name);
}

function formatPair(name: string, value: string): string {
  return `${isPlainLabelName(name) ? name : quote(name)}=${quote(value)}`;
}

/** All labels in braces, `{__name__="up", job="a"}`, as Prometheus words them in error messages. */
export function formatLabels(labels: Labels): string {
  return `{${[...eachLabel(labels)].map(([name, value]) => formatPair(name, value)).join(", ")}}`;
}

/** The usual notation: `up{job="a"}`. */
export function formatMetric(labels: Labels): string {
  const name = getLabel(labels, METRIC_NAME);
  if (name === "" || !isPlainMetricName(name)) return formatLabels(labels);
  const rest = withoutLabels(labels, new Set([METRIC_NAME]));
  return rest.length === 0 ? name : `${name}${formatLabels(rest)}`;
}
