import { describePosition, type PositionRange } from "./errors.ts";
import { quote } from "./text/go-text.ts";
import { formatGeneral, formatGeneralWith } from "./text/number-text.ts";

/** Warnings and infos about a query, each with the place it speaks of; equal ones are merged. */
export interface Annotations {
  readonly query: string;
  readonly warnings: Set<string>;
  readonly infos: Set<string>;
  readonly forced: Map<string, ForcedMonotonicity>;
}

/** What was bent to make a classic histogram monotonic, over all steps. */
export interface ForcedMonotonicity {
  readonly position: PositionRange;
  minBound: number;
  maxBound: number;
  maxDifference: number;
  firstMs: number;
  lastMs: number;
  count: number;
}

export function createAnnotations(query: string): Annotations {
  return { query, warnings: new Set(), infos: new Set(), forced: new Map() };
}

function place(annotations: Annotations, position: PositionRange): string {
  return annotations.query === "" ? "" : ` (${describePosition(annotations.query, position)})`;
}

export function warn(annotations: Annotations, position: PositionRange, message: string): void {
  annotations.warnings.add(`PromQL warning: ${message}${place(annotations, position)}`);
}

export function inform(annotations: Annotations, position: PositionRange, message: string): void {
  annotations.infos.add(`PromQL info: ${message}${place(annotations, position)}`);
}

export function forMetric(message: string, metricName: string): string {
  return metricName === "" ? message : `${message} for metric name ${quote(metricName)}`;
}

/** Warns when a quantile is not in [0, 1]. */
export function warnOfQuantile(annotations: Annotations, position: PositionRange, q: number): void {
  if (q >= 0 && q <= 1) return;
  const message = `quantile value should be between 0 and 1, got ${formatGeneral(q)}`;
  warn(annotations, position, message);
}

const HISTOGRAM_LINK = "https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile";

/** Remembers that buckets had to be made monotonic; told once for a metric and place. */
export function noteForcedMonotonicity(
  annotations: Annotations,
  metricName: string,
  found: ForcedMonotonicity,
): void {
  const need = `input to histogram_quantile needed to be fixed for monotonicity (see ${HISTOGRAM_LINK})`;
  const key = `${forMetric(need, metricName)}\u0000${found.position.start}`;
  const known = annotations.forced.get(key);
  if (known === undefined) {
    annotations.forced.set(key, { ...found });
    return;
  }
  known.minBound = Math.min(known.minBound, found.minBound);
  known.maxBound = Math.max(known.maxBound, found.maxBound);
  known.maxDifference = Math.max(known.maxDifference, found.maxDifference);
  known.firstMs = Math.min(known.firstMs, found.firstMs);
  known.lastMs = Math.max(known.lastMs, found.lastMs);
  known.count += found.count;
}

function formatSecond(timeMs: number): string {
  return new Date(Math.trunc(timeMs / 1000) * 1000).toISOString().replace(".000Z", "Z");
}

function describeForced(annotations: Annotations, key: string, found: ForcedMonotonicity): string {
  const [message = ""] = key.split("\u0000");
  const bounds = `from buckets ${formatGeneral(found.minBound)} to ${formatGeneral(found.maxBound)}`;
  const difference = `with a max diff of ${formatGeneralWith(found.maxDifference, 2)}`;
  const times = `from ${formatSecond(found.firstMs)} to ${formatSecond(found.lastMs)}`;
  const samples = `over ${found.count} samples ${times}`;
  return `PromQL info: ${message}, ${bounds}, ${difference}, ${samples}${place(annotations, found.position)}`;
}

function cut(messages: readonly string[], limit: number, kind: string): string[] {
  if (limit === 0 || messages.length <= limit) return [...messages];
  const omitted = `${messages.length - limit} more ${kind} annotations omitted`;
  return [...messages.slice(0, limit), omitted];
}

/** The texts, at most `limit` of each kind (0 = all) plus a line that counts the rest. */
export function listAnnotations(
  annotations: Annotations,
  limit: number,
): { warnings: string[]; infos: string[] } {
  const forced = [...annotations.forced].map(([key, found]) => describeForced(annotations, key, found));
  return {
    warnings: cut([...annotations.warnings], limit, "warning"),
    infos: cut([...annotations.infos, ...forced], limit, "info"),
  };
}
