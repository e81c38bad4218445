import type { Aggregation } from "../ast.ts";
import type { Column } from "../columns.ts";
import { EMPTY_LABELS, labelsKey, onlyLabels, METRIC_NAME, withoutLabels, type Labels } from "../labels.ts";

/** The columns that are aggregated into one. */
export interface Group {
  readonly labels: Labels;
  /** True when any member's name is to be dropped: then that of the result is, too. */
  readonly dropName: boolean;
  readonly columns: readonly Column[];
}

/** The labels of the group that a label set belongs to. */
export function labelsOfGroup(node: Aggregation): (labels: Labels) => Labels {
  const names = new Set(node.grouping);
  if (node.without) {
    const gone = new Set([...names, METRIC_NAME]);
    return (labels) => withoutLabels(labels, gone);
  }
  if (names.size === 0) return () => EMPTY_LABELS;
  return (labels) => onlyLabels(labels, names);
}

/** Sorts columns into the groups of an aggregation, in order of first appearance. */
export function groupColumns(node: Aggregation, columns: readonly Column[]): Group[] {
  const reduce = labelsOfGroup(node);
  const groups = new Map<string, { labels: Labels; dropName: boolean; columns: Column[] }>();
  for (const column of columns) {
    const labels = reduce(column.labels);
    const key = labelsKey(labels);
    const group = groups.get(key);
    if (group === undefined) {
      groups.set(key, { labels, dropName: column.dropName, columns: [column] });
    } else {
      group.columns.push(column);
      group.dropName ||= column.dropName;
    }
  }
  return [...groups.values()];
}
