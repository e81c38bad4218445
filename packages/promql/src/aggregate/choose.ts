// Aggregations that keep some of the columns: topk, bottomk, limitk, limit_ratio.
import { warn } from "../annotations.ts";
import type { Aggregation } from "../ast.ts";
import { pruneEmpty, type Column } from "../columns.ts";
import { ExecutionError } from "../errors.ts";
import type { Evaluation } from "../evaluation.ts";
import type { Labels } from "../labels.ts";
import { formatGeneral } from "../text/number-text.ts";
import { xxhash64 } from "../text/xxhash.ts";
import type { Group } from "./groups.ts";

const MAX_INT64 = 2 ** 63;

/** Throws when a parameter k is NaN or no int64. */
function checkCounts(counts: Float64Array): void {
  if (counts.some(Number.isNaN)) throw new ExecutionError("Parameter value is NaN");
  const least = Math.min(...counts);
  if (least <= -MAX_INT64) {
    throw new ExecutionError(`Scalar value ${formatGeneral(least)} underflows int64`);
  }
  const most = Math.max(...counts);
  if (most >= MAX_INT64) {
    throw new ExecutionError(`Scalar value ${formatGeneral(most)} overflows int64`);
  }
}

/** Up to this k the best are kept in a short sorted list instead of sorting all members. */
const SMALL_K = 50;

/** True when the first value stands before the second: NaN last. */
function isBefore(left: number, right: number, sign: 1 | -1): boolean {
  if (Number.isNaN(right)) return !Number.isNaN(left);
  return sign * left < sign * right;
}

/** The k best members of a step, the best first; equal values in the order they came. */
function rankFew(columns: readonly Column[], step: number, sign: 1 | -1, k: number): number[] {
  const best: number[] = [];
  const values: number[] = [];
  for (const [index, column] of columns.entries()) {
    if (column.present[step] === 0) continue;
    const value = column.values[step] ?? NaN;
    let at = best.length;
    while (at > 0 && isBefore(value, values[at - 1] ?? NaN, sign)) at--;
    if (at >= k) continue;
    best.splice(at, 0, index);
    values.splice(at, 0, value);
    if (best.length > k) {
      best.pop();
      values.pop();
    }
  }
  return best;
}

/** All members of a step, the best first. */
function rankAll(columns: readonly Column[], step: number, sign: 1 | -1): number[] {
  const valueOf = (index: number): number => columns[index]?.values[step] ?? NaN;
  const members = [...columns.keys()].filter((index) => columns[index]?.present[step] === 1);
  return members.toSorted((left, right) => {
    const a = valueOf(left);
    const b = valueOf(right);
    if (isBefore(a, b, sign)) return -1;
    return isBefore(b, a, sign) ? 1 : 0;
  });
}

function hidden(column: Column): Column {
  return { ...column, present: new Uint8Array(column.present.length) };
}

/** Keeps the chosen members of every step. */
function keepRanked(
  group: Group,
  counts: Float64Array,
  choose: (step: number, k: number) => readonly number[],
): Column[] {
  const kept = group.columns.map(hidden);
  let order: readonly number[] = [];
  for (const [step, count] of counts.entries()) {
    const k = Math.trunc(count);
    if (k < 1) continue;
    order = choose(step, k);
    for (const index of order.slice(0, k)) {
      const column = kept[index];
      if (column !== undefined) column.present[step] = 1;
    }
  }
  // With one step the result is in order of rank, as an instant query shows it.
  if (counts.length !== 1) return kept;
  return order.flatMap((index) => kept[index] ?? []);
}

/** `topk` and `bottomk`. */
export function chooseExtremes(
  operator: "topk" | "bottomk",
  groups: readonly Group[],
  counts: Float64Array,
): Column[] {
  checkCounts(counts);
  const sign = operator === "topk" ? -1 : 1;
  const kept = groups.flatMap((group) =>
    keepRanked(group, counts, (step, k) =>
      k <= SMALL_K ? rankFew(group.columns, step, sign, k) : rankAll(group.columns, step, sign),
    ),
  );
  return pruneEmpty(kept);
}

/** `limitk`: the first k members. */
export function chooseFirst(groups: readonly Group[], counts: Float64Array): Column[] {
  checkCounts(counts);
  const kept = groups.flatMap((group) =>
    keepRanked(group, counts, (step) =>
      [...group.columns.keys()].filter((index) => group.columns[index]?.present[step] === 1),
    ),
  );
  return pruneEmpty(kept);
}

/** The bytes Prometheus hashes of a label set: every name and value after its length. */
function bytesOf(labels: Labels): Uint8Array {
  const parts = labels.map((part) => new TextEncoder().encode(part));
  const bytes = parts.flatMap((part) => {
    const { length } = part;
    const long = [255, length & 255, (length >> 8) & 255, length >> 16];
    return [...(length < 255 ? [length] : long), ...part];
  });
  return Uint8Array.from(bytes);
}

/** The place of a label set in [0, 1), the same at all times. */
function placeOf(labels: Labels): number {
  return Number(xxhash64(bytesOf(labels))) / 2 ** 64;
}

function capRatio(evaluation: Evaluation, node: Aggregation, ratio: number): number {
  if (Number.isNaN(ratio)) throw new ExecutionError("Ratio value is NaN");
  if (Math.abs(ratio) <= 1) return ratio;
  const capped = Math.sign(ratio);
  const got = `got ${formatGeneral(ratio)}, capping to ${capped}`;
  const position = node.parameter?.position ?? node.position;
  warn(evaluation.annotations, position, `ratio value should be between -1 and 1, ${got}`);
  return capped;
}

/** `limit_ratio`: the members whose place is below r, or for r < 0 the other ones. */
export function chooseRatio(
  evaluation: Evaluation,
  node: Aggregation,
  ratios: Float64Array,
  columns: readonly Column[],
): Column[] {
  const capped = ratios.map((ratio) => capRatio(evaluation, node, ratio));
  const kept = columns.map((column) => {
    const place = placeOf(column.labels);
    const present = column.present.map((one, step) => {
      const ratio = capped[step] ?? 0;
      const chosen = ratio >= 0 ? place < ratio : place >= 1 + ratio;
      return chosen ? one : 0;
    });
    return { ...column, present };
  });
  return pruneEmpty(kept);
}
