// Aggregations that make one number of many. Hot path: see the overrides in .oxlintrc.json.
import type { Aggregator } from "../parse/token.ts";
import { createColumn, type Column } from "../columns.ts";
import { KahanMean } from "../kahan.ts";
import { quantileOf } from "../quantile.ts";
import type { Group } from "./groups.ts";

type Reducer = (columns: readonly Column[], out: Column) => void;

function sum(columns: readonly Column[], out: Column): void {
  const { values, present } = out;
  const compensation = new Float64Array(values.length);
  for (const column of columns) {
    const from = column.values;
    const has = column.present;
    for (let i = 0; i < values.length; i++) {
      if (has[i] === 0) continue;
      const value = from[i]!;
      const before = values[i]!;
      const next = before + value;
      if (next === Infinity || next === -Infinity) compensation[i] = 0;
      else if (Math.abs(before) >= Math.abs(value)) {
        compensation[i] = compensation[i]! + (before - next + value);
      } else compensation[i] = compensation[i]! + (value - next + before);
      values[i] = next;
      present[i] = 1;
    }
  }
  for (let i = 0; i < values.length; i++) {
    const total = values[i]!;
    if (total !== Infinity && total !== -Infinity) values[i] = total + compensation[i]!;
  }
}

function avg(columns: readonly Column[], out: Column): void {
  const { values, present } = out;
  const means = Array.from({ length: values.length }, () => new KahanMean());
  for (const column of columns) {
    for (let i = 0; i < values.length; i++) {
      if (column.present[i] === 0) continue;
      means[i]!.add(column.values[i]!);
      present[i] = 1;
    }
  }
  for (let i = 0; i < values.length; i++) values[i] = present[i] === 1 ? means[i]!.mean : 0;
}

function count(columns: readonly Column[], out: Column): void {
  const { values, present } = out;
  for (const { present: has } of columns) {
    for (let i = 0; i < values.length; i++) {
      if (has[i] === 0) continue;
      values[i] = values[i]! + 1;
      present[i] = 1;
    }
  }
}

function extreme(columns: readonly Column[], out: Column, sign: 1 | -1): void {
  const { values, present } = out;
  for (const column of columns) {
    for (let i = 0; i < values.length; i++) {
      if (column.present[i] === 0) continue;
      const value = column.values[i]!;
      const best = values[i]!;
      if (present[i] === 0 || best !== best || value * sign > best * sign) values[i] = value;
      present[i] = 1;
    }
  }
}

function variance(columns: readonly Column[], out: Column): void {
  const { values, present } = out;
  const means = new Float64Array(values.length);
  const counts = new Float64Array(values.length);
  for (const column of columns) {
    for (let i = 0; i < values.length; i++) {
      if (column.present[i] === 0) continue;
      const value = column.values[i]!;
      const seen = (counts[i] = counts[i]! + 1);
      const delta = value - means[i]!;
      const mean = (means[i] = means[i]! + delta / seen);
      values[i] = values[i]! + delta * (value - mean);
      present[i] = 1;
    }
  }
  for (let i = 0; i < values.length; i++) if (counts[i]! > 0) values[i] = values[i]! / counts[i]!;
}

function deviation(columns: readonly Column[], out: Column): void {
  variance(columns, out);
  for (let i = 0; i < out.values.length; i++) out.values[i] = Math.sqrt(out.values[i]!);
}

function group(columns: readonly Column[], out: Column): void {
  for (const { present: has } of columns) {
    for (let i = 0; i < out.values.length; i++) {
      if (has[i] === 0) continue;
      out.values[i] = 1;
      out.present[i] = 1;
    }
  }
}

const REDUCERS: Readonly<Partial<Record<Aggregator, Reducer>>> = {
  sum,
  avg,
  count,
  group,
  min: (columns, out) => extreme(columns, out, -1),
  max: (columns, out) => extreme(columns, out, 1),
  stdvar: variance,
  stddev: deviation,
};

/** Reduces every group to one column, or answers null when the operator is no plain reduction. */
export function reduceGroups(operator: Aggregator, groups: readonly Group[], steps: number): Column[] | null {
  const reducer = REDUCERS[operator];
  if (reducer === undefined) return null;
  return groups.map(({ labels, dropName, columns }) => {
    const out = createColumn(labels, dropName, steps);
    reducer(columns, out);
    return out;
  });
}

/** The values of a group's columns at one step. */
function gather(columns: readonly Column[], step: number, into: Float64Array): Float64Array {
  let length = 0;
  for (let j = 0; j < columns.length; j++) {
    const column = columns[j]!;
    if (column.present[step] === 1) into[length++] = column.values[step]!;
  }
  return into.subarray(0, length);
}

/** `quantile(φ, v)`; φ may change from step to step. */
export function quantileGroups(groups: readonly Group[], phi: Float64Array): Column[] {
  return groups.map(({ labels, dropName, columns }) => {
    const out = createColumn(labels, dropName, phi.length);
    const scratch = new Float64Array(columns.length);
    for (let step = 0; step < phi.length; step++) {
      const values = gather(columns, step, scratch);
      if (values.length === 0) continue;
      out.values[step] = quantileOf(phi[step]!, values);
      out.present[step] = 1;
    }
    return out;
  });
}
