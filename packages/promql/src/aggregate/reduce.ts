// Aggregations that make one number of many. Hot path: see the overrides in .oxlintrc.json.
import type { Aggregator } from "../parse/token.ts";
import { createColumn, type Column } from "../columns.ts";
import { KahanMean } from "../kahan.ts";
import { quantileOf } from "../quantile.ts";
import type { Group } from "./groups.ts";

/** Makes one column of many: add each, then write the result into an empty column. */
export interface Reducer {
  add(column: Column): void;
  finish(out: Column): void;
}

type CreateReducer = (steps: number) => Reducer;

function createSum(steps: number): Reducer {
  const sums = new Float64Array(steps);
  const compensation = new Float64Array(steps);
  const present = new Uint8Array(steps);
  return {
    add({ values, present: has }) {
      for (let i = 0; i < steps; i++) {
        if (has[i] === 0) continue;
        const value = values[i]!;
        const before = sums[i]!;
        const next = before + value;
        if (next === Infinity || next === -Infinity) compensation[i] = 0;
        else if (Math.abs(before) >= Math.abs(value)) {
          compensation[i] = compensation[i]! + (before - next + value);
        } else compensation[i] = compensation[i]! + (value - next + before);
        sums[i] = next;
        present[i] = 1;
      }
    },
    finish(out) {
      out.present.set(present);
      for (let i = 0; i < steps; i++) {
        const total = sums[i]!;
        out.values[i] = total === Infinity || total === -Infinity ? total : total + compensation[i]!;
      }
    },
  };
}

function createAvg(steps: number): Reducer {
  const means: (KahanMean | undefined)[] = Array.from({ length: steps }, () => undefined);
  return {
    add({ values, present }) {
      for (let i = 0; i < steps; i++) {
        if (present[i] === 1) (means[i] ??= new KahanMean()).add(values[i]!);
      }
    },
    finish(out) {
      means.forEach((mean, i) => {
        if (mean === undefined) return;
        out.values[i] = mean.mean;
        out.present[i] = 1;
      });
    },
  };
}

function createCount(steps: number): Reducer {
  const counts = new Float64Array(steps);
  return {
    add({ present }) {
      for (let i = 0; i < steps; i++) if (present[i] === 1) counts[i] = counts[i]! + 1;
    },
    finish(out) {
      for (let i = 0; i < steps; i++) {
        out.values[i] = counts[i]!;
        out.present[i] = counts[i]! > 0 ? 1 : 0;
      }
    },
  };
}

function createExtreme(steps: number, sign: 1 | -1): Reducer {
  const best = new Float64Array(steps);
  const present = new Uint8Array(steps);
  return {
    add({ values, present: has }) {
      for (let i = 0; i < steps; i++) {
        if (has[i] === 0) continue;
        const value = values[i]!;
        const before = best[i]!;
        if (present[i] === 0 || before !== before || value * sign > before * sign) best[i] = value;
        present[i] = 1;
      }
    },
    finish(out) {
      out.values.set(best);
      out.present.set(present);
    },
  };
}

function createVariance(steps: number): Reducer {
  const squares = new Float64Array(steps);
  const means = new Float64Array(steps);
  const counts = new Float64Array(steps);
  return {
    add({ values, present }) {
      for (let i = 0; i < steps; i++) {
        if (present[i] === 0) continue;
        const value = values[i]!;
        const seen = (counts[i] = counts[i]! + 1);
        const delta = value - means[i]!;
        const mean = (means[i] = means[i]! + delta / seen);
        squares[i] = squares[i]! + delta * (value - mean);
      }
    },
    finish(out) {
      for (let i = 0; i < steps; i++) {
        if (counts[i]! === 0) continue;
        out.values[i] = squares[i]! / counts[i]!;
        out.present[i] = 1;
      }
    },
  };
}

function createDeviation(steps: number): Reducer {
  const variance = createVariance(steps);
  return {
    add: (column) => variance.add(column),
    finish(out) {
      variance.finish(out);
      for (let i = 0; i < steps; i++) out.values[i] = Math.sqrt(out.values[i]!);
    },
  };
}

function createGroup(steps: number): Reducer {
  const present = new Uint8Array(steps);
  return {
    add({ present: has }) {
      for (let i = 0; i < steps; i++) if (has[i] === 1) present[i] = 1;
    },
    finish(out) {
      out.present.set(present);
      for (let i = 0; i < steps; i++) out.values[i] = present[i]!;
    },
  };
}

const REDUCERS: Readonly<Partial<Record<Aggregator, CreateReducer>>> = {
  sum: createSum,
  avg: createAvg,
  count: createCount,
  group: createGroup,
  min: (steps) => createExtreme(steps, -1),
  max: (steps) => createExtreme(steps, 1),
  stdvar: createVariance,
  stddev: createDeviation,
};

/** True when the operator makes one number of the values at a step, one value after the other. */
export function canReduce(operator: Aggregator): boolean {
  return operator in REDUCERS;
}

/** A reducer of an operator for which `canReduce` is true. */
export function createReducer(operator: Aggregator, steps: number): Reducer {
  const create = REDUCERS[operator];
  if (create === undefined) throw new RangeError(`${operator} is no plain reduction`);
  return create(steps);
}

/** Reduces every group to one column, or answers null when the operator is no plain reduction. */
export function reduceGroups(operator: Aggregator, groups: readonly Group[], steps: number): Column[] | null {
  if (!canReduce(operator)) return null;
  return groups.map(({ labels, dropName, columns }) => {
    const out = createColumn(labels, dropName, steps);
    const reducer = createReducer(operator, steps);
    for (const column of columns) reducer.add(column);
    reducer.finish(out);
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
