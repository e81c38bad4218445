import type { SpanNode, SpanTree } from "../../lib/span-tree.ts";

/** The span to show when none was asked for: what failed at the end, else the last model call, else the first span. */
export function chooseFirst(tree: SpanTree): SpanNode | null {
  const root = tree.roots[0] ?? null;
  let lastCall: SpanNode | null = null;
  let lastError: SpanNode | null = null;
  for (const node of tree.byId.values()) {
    const { span, startMs } = node;
    if (span.spanType === "model" && (lastCall === null || startMs >= lastCall.startMs)) lastCall = node;
    if (
      span.status === "error" &&
      node.children.length === 0 &&
      (lastError === null || startMs >= lastError.startMs)
    ) {
      lastError = node;
    }
  }
  if (root?.span.status === "error") return lastError ?? lastCall ?? root;
  return lastCall ?? root;
}
