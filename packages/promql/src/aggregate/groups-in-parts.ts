import type { Aggregation } from "../ast.ts";
import { createColumn, type Column } from "../columns.ts";
import { compareLabels, labelsKey, type Labels } from "../labels.ts";
import { labelsOfGroup } from "./groups.ts";
import { createReducer, type Reducer } from "./reduce.ts";

/** An aggregation to which columns are added as they come. */
export interface RunningReduction {
  add(columns: readonly Column[]): void;
  /** One column for each group, sorted by labels. */
  finish(): Column[];
}

interface RunningGroup {
  readonly labels: Labels;
  dropName: boolean;
  readonly reducer: Reducer;
}

export function createReduction(node: Aggregation, steps: number): RunningReduction {
  const reduceLabels = labelsOfGroup(node);
  const groups = new Map<string, RunningGroup>();
  return {
    add(columns) {
      for (const column of columns) {
        const labels = reduceLabels(column.labels);
        const key = labelsKey(labels);
        const group = groups.get(key) ?? {
          labels,
          dropName: false,
          reducer: createReducer(node.operator, steps),
        };
        groups.set(key, group);
        group.dropName ||= column.dropName;
        group.reducer.add(column);
      }
    },
    finish() {
      const sorted = [...groups.values()].toSorted((left, right) => compareLabels(left.labels, right.labels));
      return sorted.map(({ labels, dropName, reducer }) => {
        const out = createColumn(labels, dropName, steps);
        reducer.finish(out);
        return out;
      });
    },
  };
}
