import type { VectorMatching } from "../ast.ts";
import { pruneEmpty, type Column } from "../columns.ts";
import { groupBySignature, presenceOf } from "./signature.ts";

function mask(columns: readonly Column[], keep: Uint8Array, wanted: 0 | 1): Column[] {
  return columns.map((column) => ({
    ...column,
    present: column.present.map((one, step) => (keep[step] === wanted ? one : 0)),
  }));
}

interface Sides {
  readonly left: readonly Column[];
  readonly right: readonly Column[];
  readonly matching: VectorMatching;
  readonly count: number;
}

/** Keeps the left values that have (`and`) or have not (`unless`) a match on the right. */
function filterLeft({ left, right, matching, count }: Sides, wanted: 0 | 1): Column[] {
  const rights = groupBySignature(right, matching);
  const lefts = groupBySignature(left, matching);
  const order = new Map(left.map((column, index) => [column.labels, index]));
  const kept = [...lefts].flatMap(([signature, columns]) =>
    mask(columns, presenceOf(rights.get(signature) ?? [], count), wanted),
  );
  kept.sort((a, b) => (order.get(a.labels) ?? 0) - (order.get(b.labels) ?? 0));
  return pruneEmpty(kept);
}

/** The left values, and the right ones that have no match on the left. */
function unite({ left, right, matching, count }: Sides): Column[] {
  const lefts = groupBySignature(left, matching);
  const rights = groupBySignature(right, matching);
  const added = [...rights].flatMap(([signature, columns]) =>
    mask(columns, presenceOf(lefts.get(signature) ?? [], count), 0),
  );
  return pruneEmpty([...left, ...added]);
}

/** `and`, `or`, `unless`. */
export function combineSets(operator: "and" | "or" | "unless", sides: Sides): Column[] {
  if (operator === "or") return unite(sides);
  return filterLeft(sides, operator === "and" ? 1 : 0);
}
