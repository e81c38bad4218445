import { childrenOf, mapChildren, type Expression } from "../ast.ts";
import { dependsOnTime } from "../plan.ts";

/** Pins every selector and outermost subquery without `@` to one time. */
export function pinToTime(node: Expression, timeMs: number): Expression {
  if (node.kind === "vector selector" || node.kind === "subquery") {
    return { ...node, at: typeof node.at === "number" ? node.at : timeMs };
  }
  if (node.kind === "matrix selector") {
    const { at } = node.selector;
    const selector = { ...node.selector, at: typeof at === "number" ? at : timeMs };
    return { ...node, selector };
  }
  return mapChildren(node, (child) => pinToTime(child, timeMs));
}

/** True when the value changes with the evaluation time even if all selectors are pinned. */
export function changesWithTime(node: Expression): boolean {
  if (node.kind === "subquery") return false; // It gets an evaluation time of its own.
  if (node.kind === "call" && dependsOnTime(node.name)) return true;
  return childrenOf(node).some(changesWithTime);
}

/** The times at which a pinned query must answer the same. */
export function otherTimes(timeMs: number): number[] {
  if (timeMs === 0) return [-1000, 0, 1000];
  return [-10 * timeMs, 0, Math.trunc(timeMs / 5), timeMs, 10 * timeMs];
}
