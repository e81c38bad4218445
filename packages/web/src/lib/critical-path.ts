import { timeShareOf, type TimeShare } from "./span-kind.ts";
import type { SpanNode, SpanTree } from "./span-tree.ts";

/** A stretch of time in which `node` alone holds the trace up; null = nothing that was recorded. */
export interface PathSegment {
  node: SpanNode | null;
  startMs: number;
  endMs: number;
}

/**
 * The chain of work that decides how long the trace takes, in order of time: walking back from the end, at each
 * moment the child that finished last holds its parent up. The segments cover the trace without overlap.
 */
export function findCriticalPath(tree: SpanTree): PathSegment[] {
  const segments: PathSegment[] = [];
  const push = (node: SpanNode | null, startMs: number, endMs: number) => {
    if (endMs > startMs) segments.push({ node, startMs, endMs });
  };
  // Each open frame walks its children from the last to finish backwards; an explicit stack, because a trace
  // can be deeper than the call stack.
  const open = [
    {
      node: null as SpanNode | null,
      children: byEnd(tree.roots),
      next: 0,
      startMs: 0,
      atMs: tree.durationMs,
    },
  ];
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const child = frame.children[frame.next];
    frame.next += 1;
    if (child === undefined) {
      push(frame.node, frame.startMs, frame.atMs);
      open.pop();
      const above = open.at(-1);
      if (above !== undefined) above.atMs = Math.min(above.atMs, Math.max(above.startMs, frame.startMs));
      continue;
    }
    const endMs = Math.min(child.endMs, frame.atMs);
    const startMs = Math.max(child.startMs, frame.startMs);
    if (child.startMs >= frame.atMs || endMs <= startMs) continue;
    push(frame.node, endMs, frame.atMs);
    frame.atMs = endMs;
    open.push({ node: child, children: byEnd(child.children), next: 0, startMs, atMs: endMs });
  }
  return segments.toReversed();
}

function byEnd(nodes: readonly SpanNode[]): SpanNode[] {
  return nodes.toSorted((a, b) => b.endMs - a.endMs);
}

/** Milliseconds of the critical path by whose time it is; they add up to the length of the trace. */
export function splitTime(segments: readonly PathSegment[]): Record<TimeShare, number> {
  const split: Record<TimeShare, number> = { ours: 0, retrieval: 0, tools: 0, provider: 0 };
  for (const { node, startMs, endMs } of segments)
    split[node === null ? "ours" : timeShareOf(node)] += endMs - startMs;
  return split;
}

/** One step of the path as the sentence names it. */
export interface PathStep {
  node: SpanNode;
  durationMs: number;
}

/** A smaller share of the time is not worth a word. */
const LEAST_STEP = 0.01;

/** The spans that hold the trace up longest, at most `most`, in order of time. */
export function listPathSteps(segments: readonly PathSegment[], most: number): PathStep[] {
  const steps = new Map<SpanNode, PathStep>();
  for (const { node, startMs, endMs } of segments) {
    if (node === null) continue;
    const step = steps.get(node) ?? { node, durationMs: 0 };
    step.durationMs += endMs - startMs;
    steps.set(node, step);
  }
  const totalMs = segments.reduce((sum, { startMs, endMs }) => sum + endMs - startMs, 0);
  const longest = [...steps.values()]
    .filter(({ durationMs }) => durationMs >= totalMs * LEAST_STEP)
    .sort((a, b) => b.durationMs - a.durationMs)
    .slice(0, most);
  return longest.sort((a, b) => a.node.startMs - b.node.startMs);
}

/** Milliseconds lost to failed model calls that were tried again, the waiting before the next attempt included. */
export function measureRetries(tree: SpanTree): { attempts: number; durationMs: number } {
  let attempts = 0;
  let durationMs = 0;
  for (const node of tree.byId.values()) {
    if (node.span.spanType !== "model" || node.span.status !== "error") continue;
    const siblings = node.parent === null ? tree.roots : node.parent.children;
    const next = siblings.find(
      (other) => other !== node && other.startMs >= node.endMs - 1 && isSameCall(other, node),
    );
    if (next === undefined) continue;
    attempts += 1;
    durationMs += Math.max(next.startMs, node.endMs) - node.startMs;
  }
  return { attempts, durationMs };
}

function isSameCall(a: SpanNode, b: SpanNode): boolean {
  return a.span.spanType === b.span.spanType && a.span.operation === b.span.operation;
}
