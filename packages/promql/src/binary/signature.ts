import type { VectorMatching } from "../ast.ts";
import type { Column } from "../columns.ts";
import { labelsKey, METRIC_NAME, onlyLabels, withoutLabels, type Labels } from "../labels.ts";

/** The labels two sides are matched by. */
export function matchingLabels(matching: VectorMatching): (labels: Labels) => Labels {
  const names = new Set(matching.labels);
  if (matching.on) return (labels) => onlyLabels(labels, names);
  names.add(METRIC_NAME);
  return (labels) => withoutLabels(labels, names);
}

/** Sorts columns by what they are matched by. */
export function groupBySignature(
  columns: readonly Column[],
  matching: VectorMatching,
): Map<string, Column[]> {
  const reduce = matchingLabels(matching);
  const groups = new Map<string, Column[]>();
  for (const column of columns) {
    const key = labelsKey(reduce(column.labels));
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [column]);
    else group.push(column);
  }
  return groups;
}

/** 1 at the steps where any of the columns has a value. */
export function presenceOf(columns: readonly Column[], count: number): Uint8Array {
  const any = new Uint8Array(count);
  for (const { present } of columns) {
    for (let i = 0; i < count; i++) if (present[i] === 1) any[i] = 1;
  }
  return any;
}
