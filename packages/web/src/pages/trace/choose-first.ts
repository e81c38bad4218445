import type { SpanNode, SpanTree } from "../../lib/span-tree.ts";

function findLast(tree: SpanTree, isMeant: (node: SpanNode) => boolean): SpanNode | null {
  let last: SpanNode | null = null;
  for (const node of tree.byId.values()) {
    if (isMeant(node) && (last === null || node.startMs >= last.startMs)) last = node;
  }
  return last;
}

/** Past this the last call lies far below its root, and the page would begin in the middle of nowhere. */
const LARGE_SPANS = 200;

/**
 * The span to show when none was asked for: what failed at the end, else the last model call (the first span of a large trace), else the
 * first span.
 */
export function chooseFirst(tree: SpanTree): SpanNode | null {
  const root = tree.roots[0] ?? null;
  const failed =
    root?.span.status === "error"
      ? findLast(tree, ({ span, children }) => span.status === "error" && children.length === 0)
      : null;
  if (failed === null && tree.byId.size > LARGE_SPANS) return root;
  return failed ?? findLast(tree, ({ span }) => span.spanType === "model") ?? root;
}
