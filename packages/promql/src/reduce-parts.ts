import { createReduction } from "./aggregate/groups-in-parts.ts";
import type { Expression, VectorSelector } from "./ast.ts";
import { pruneEmpty, type Column, type Grid } from "./columns.ts";
import { evaluateNode } from "./evaluate-node.ts";
import { evaluateVector, type Evaluation } from "./evaluation.ts";
import type { Reduction } from "./find-reductions.ts";
import { compareLabels } from "./labels.ts";
import { checkAlive, countSamples, countSeries } from "./limits.ts";
import type { PartReader, SelectRequest } from "./reader.ts";
import type { Series } from "./value.ts";

/** A copy of an evaluation that knows some series of one selector only. */
function withSeries(evaluation: Evaluation, selector: VectorSelector, series: readonly Series[]): Evaluation {
  const part: Evaluation = {
    ...evaluation,
    selected: new Map([[selector, series]]),
    evaluate: (node, grid) => evaluateNode(part, node, grid),
  };
  return part;
}

/** What is kept of the parts that have been read. */
interface Running {
  readonly node: Expression;
  /** What is evaluated for each part. */
  readonly inner: Expression;
  readonly selector: VectorSelector;
  /** Answers how many columns are kept of those that were added. */
  readonly add: (columns: readonly Column[]) => number;
  /** Sorted by labels. */
  readonly finish: () => Column[];
}

function start(reduction: Reduction, steps: number): Running {
  const { selector } = reduction;
  if (reduction.kind === "groups") {
    const { node } = reduction;
    const groups = createReduction(node, steps);
    return {
      node,
      inner: node.expression,
      selector,
      add: (columns) => {
        groups.add(columns);
        return 0;
      },
      finish: () => groups.finish(),
    };
  }
  const kept: Column[] = [];
  return {
    node: reduction.node,
    inner: reduction.node,
    selector,
    add: (columns) => {
      for (const column of columns) kept.push(column);
      return columns.length;
    },
    finish: () => kept.toSorted((left, right) => compareLabels(left.labels, right.labels)),
  };
}

/**
 * Works out what needs the same series, part by part: of the series only groups, or one value for each step, are kept.
 */
export async function reduceParts(
  evaluation: Evaluation,
  work: { reader: PartReader; request: SelectRequest; reductions: readonly Reduction[]; grid: Grid },
): Promise<Array<readonly [Expression, readonly Column[]]>> {
  const { reader, request, reductions, grid } = work;
  const { meter } = evaluation;
  const running = reductions.map((reduction) => start(reduction, grid.count));
  let kept = 0;
  for await (const series of reader.selectParts(request)) {
    checkAlive(meter);
    const before = meter.samples;
    countSeries(meter, series.length);
    countSamples(meter, kept + series.reduce((sum, { values }) => sum + values.length, 0));
    for (const { inner, selector, add } of running) {
      const columns = pruneEmpty(evaluateVector(withSeries(evaluation, selector, series), inner, grid));
      kept += add(columns) * grid.count;
    }
    meter.samples = before;
  }
  return running.map(({ node, finish }) => [node, finish()] as const);
}
