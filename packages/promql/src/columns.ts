import { ExecutionError } from "./errors.ts";
import { dropMetricName, labelsKey, type Labels } from "./labels.ts";
import type { Series } from "./value.ts";

/** The steps a node is evaluated at: `startMs + i * stepMs` for i < count. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly count: number;
}

/** One series of an instant vector over all steps of a grid. */
export interface Column {
  readonly labels: Labels;
  /** True when the metric name is to be removed at the end (delayed name removal). */
  readonly dropName: boolean;
  readonly values: Float64Array;
  /** 1 where there is a value. */
  readonly present: Uint8Array;
}

/** The value of a node over a grid. */
export type NodeValue =
  | { readonly kind: "scalar"; readonly values: Float64Array }
  | { readonly kind: "vector"; readonly columns: readonly Column[] }
  | { readonly kind: "string"; readonly value: string };

export const DUPLICATE_LABELS = "vector cannot contain metrics with the same labelset";

export function timeOf(grid: Grid, index: number): number {
  return grid.startMs + index * grid.stepMs;
}

/** An empty column. */
export function createColumn(labels: Labels, dropName: boolean, count: number): Column {
  return { labels, dropName, values: new Float64Array(count), present: new Uint8Array(count) };
}

/** Columns whose memory is allocated together: many small arrays cost more to make and to collect than to fill. */
const COLUMNS_PER_SLAB = 128;

/** Makes up to `columns` empty columns, one at each call. */
export function createColumns(columns: number, count: number): (labels: Labels, dropName: boolean) => Column {
  let values = new Float64Array(0);
  let present = new Uint8Array(0);
  let made = 0;
  return (labels, dropName) => {
    const at = (made % COLUMNS_PER_SLAB) * count;
    if (at === 0) {
      const size = Math.min(COLUMNS_PER_SLAB, Math.max(1, columns - made)) * count;
      values = new Float64Array(size);
      present = new Uint8Array(size);
    }
    made++;
    return {
      labels,
      dropName,
      values: values.subarray(at, at + count),
      present: present.subarray(at, at + count),
    };
  };
}

/** True when a column has a value at any step. */
function hasAny(column: Column): boolean {
  return column.present.includes(1);
}

/** The values of a column as a series, absent steps left out. */
export function compactColumn(column: Column, grid: Grid): Series {
  const { labels, present, values } = column;
  let count = 0;
  for (let i = 0; i < present.length; i++) if (present[i] === 1) count++;
  const timestampsMs = new Float64Array(count);
  const kept = new Float64Array(count);
  for (let i = 0, to = 0; i < present.length; i++) {
    if (present[i] === 0) continue;
    timestampsMs[to] = timeOf(grid, i);
    kept[to++] = values[i] ?? NaN;
  }
  return { labels, timestampsMs, values: kept };
}

/** The columns that have a value somewhere. */
export function pruneEmpty(columns: readonly Column[]): Column[] {
  return columns.filter(hasAny);
}

/** How many values columns hold (counting absent ones: they take the same memory). */
export function sizeOf(value: NodeValue): number {
  if (value.kind === "string") return 1;
  if (value.kind === "scalar") return value.values.length;
  const [first] = value.columns;
  return first === undefined ? 0 : value.columns.length * first.values.length;
}

function overlay(into: Column, from: Column): void {
  for (let i = 0; i < from.present.length; i++) {
    if (from.present[i] === 0) continue;
    if (into.present[i] === 1) throw new ExecutionError(DUPLICATE_LABELS);
    into.present[i] = 1;
    into.values[i] = from.values[i] ?? NaN;
  }
}

function copyOf(column: Column): Column {
  return { ...column, values: column.values.slice(), present: column.present.slice() };
}

/**
 * Joins columns of equal labels into one. Throws `ExecutionError` when two of them have a value at
 * the same step.
 */
export function mergeColumns(columns: readonly Column[]): Column[] {
  const merged = new Map<string, Column>();
  const copied = new Set<string>();
  for (const column of columns) {
    const key = `${column.dropName ? 1 : 0}${labelsKey(column.labels)}`;
    const known = merged.get(key);
    if (known === undefined) {
      merged.set(key, column);
      continue;
    }
    const into = copied.has(key) ? known : copyOf(known);
    copied.add(key);
    overlay(into, column);
    merged.set(key, into);
  }
  return [...merged.values()];
}

/** Removes the names that functions wanted removed, and joins what is then equal. */
export function finishColumns(columns: readonly Column[]): Column[] {
  const renamed = columns.map((column) =>
    column.dropName ? { ...column, dropName: false, labels: dropMetricName(column.labels) } : column,
  );
  return mergeColumns(renamed);
}
