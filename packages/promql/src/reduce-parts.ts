import { createReduction } from "./aggregate/groups-in-parts.ts";
import type { Aggregation, VectorSelector } from "./ast.ts";
import { pruneEmpty, type Column, type Grid } from "./columns.ts";
import { evaluateNode } from "./evaluate-node.ts";
import { evaluateVector, type Evaluation } from "./evaluation.ts";
import type { Reduction } from "./find-reductions.ts";
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

/**
 * Works out aggregations whose selectors ask for the same, part by part: of the series only the groups are kept.
 */
export async function reduceParts(
  evaluation: Evaluation,
  work: { reader: PartReader; request: SelectRequest; reductions: readonly Reduction[]; grid: Grid },
): Promise<Array<readonly [Aggregation, readonly Column[]]>> {
  const { reader, request, reductions, grid } = work;
  const { meter } = evaluation;
  const running = reductions.map(({ node, selector }) => ({
    node,
    selector,
    groups: createReduction(node, grid.count),
  }));
  for await (const series of reader.selectParts(request)) {
    checkAlive(meter);
    const before = meter.samples;
    countSeries(meter, series.length);
    countSamples(
      meter,
      series.reduce((sum, { values }) => sum + values.length, 0),
    );
    for (const { node, selector, groups } of running) {
      const part = withSeries(evaluation, selector, series);
      groups.add(pruneEmpty(evaluateVector(part, node.expression, grid)));
    }
    meter.samples = before;
  }
  return running.map(({ node, groups }) => [node, groups.finish()] as const);
}
