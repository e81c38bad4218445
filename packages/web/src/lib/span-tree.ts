import type { Span } from "@spanlight/contract";
import { toEpochMs } from "./instant.ts";

/** A span with its place in the tree. Times are milliseconds from the start of the trace. */
export interface SpanNode {
  span: Span;
  parent: SpanNode | null;
  children: SpanNode[];
  depth: number;
  startMs: number;
  endMs: number;
  /** Spans below this one. */
  descendants: number;
  /** US dollars of the billed calls in it and below; null when none is priced. */
  costUsd: number | null;
  /** Its parent is named but has not arrived. */
  orphan: boolean;
}

export interface SpanTree {
  roots: SpanNode[];
  byId: Map<string, SpanNode>;
  /** From the start of the first span to the end of the last one. */
  durationMs: number;
}

/** Builds the tree of a trace; a span whose parent is missing or lies on a cycle stands at the top. */
export function buildSpanTree(spans: readonly Span[]): SpanTree {
  const byId = new Map<string, SpanNode>();
  const originMs = spans.reduce((least, span) => Math.min(least, toEpochMs(span.startTime)), Infinity);
  for (const span of spans) {
    const startMs = toEpochMs(span.startTime) - originMs;
    const endMs = startMs + span.durationMs;
    byId.set(span.spanId, {
      span,
      parent: null,
      children: [],
      depth: 0,
      startMs,
      endMs,
      descendants: 0,
      costUsd: span.billed ? span.costUsd : null,
      orphan: false,
    });
  }
  const ordered = orderNodes(attachAll(byId));
  let durationMs = 0;
  for (let i = ordered.length - 1; i >= 0; i -= 1) {
    const node = ordered[i];
    if (node === undefined) continue;
    durationMs = Math.max(durationMs, node.endMs);
    if (node.parent !== null) addToParent(node, node.parent);
  }
  return { roots: ordered.filter((node) => node.parent === null), byId, durationMs };
}

function addToParent(node: SpanNode, parent: SpanNode): void {
  parent.descendants += node.descendants + 1;
  if (node.costUsd !== null) parent.costUsd = (parent.costUsd ?? 0) + node.costUsd;
}

/** Hangs every node below its parent and returns the tops. */
function attachAll(byId: ReadonlyMap<string, SpanNode>): SpanNode[] {
  const roots: SpanNode[] = [];
  for (const node of byId.values()) {
    const parentId = node.span.parentSpanId;
    const parent = parentId === null ? undefined : byId.get(parentId);
    node.parent = parent ?? null;
    node.orphan = parent === undefined && parentId !== null;
    if (parent === undefined) roots.push(node);
    else parent.children.push(node);
  }
  const reached = new Set<SpanNode>();
  for (const root of roots) markBelow(root, reached);
  // What no top reaches lies on a cycle or below one: cut it open at its first span.
  for (const node of byId.values()) {
    if (reached.has(node)) continue;
    const { parent } = node;
    if (parent !== null) parent.children = parent.children.filter((child) => child !== node);
    node.parent = null;
    node.orphan = true;
    roots.push(node);
    markBelow(node, reached);
  }
  return roots;
}

function markBelow(top: SpanNode, reached: Set<SpanNode>): void {
  const stack = [top];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    reached.add(node);
    for (const child of node.children) stack.push(child);
  }
}

function byStart(a: SpanNode, b: SpanNode): number {
  return a.startMs - b.startMs || b.endMs - a.endMs;
}

/** Sorts children by start, sets depths, and lists all nodes in reading order. */
function orderNodes(roots: SpanNode[]): SpanNode[] {
  const ordered: SpanNode[] = [];
  const stack = roots.sort(byStart).toReversed();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    node.depth = node.parent === null ? 0 : node.parent.depth + 1;
    ordered.push(node);
    node.children.sort(byStart);
    for (let i = node.children.length - 1; i >= 0; i -= 1) {
      const child = node.children[i];
      if (child !== undefined) stack.push(child);
    }
  }
  return ordered;
}

/** The nodes to draw, in reading order, without what lies below a closed node. */
export function listVisibleNodes(tree: SpanTree, closed: ReadonlySet<string>): SpanNode[] {
  const visible: SpanNode[] = [];
  const stack = tree.roots.toReversed();
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    visible.push(node);
    if (closed.has(node.span.spanId)) continue;
    for (let i = node.children.length - 1; i >= 0; i -= 1) {
      const child = node.children[i];
      if (child !== undefined) stack.push(child);
    }
  }
  return visible;
}

/** Ids of the nodes that must be open so that `spanId` can be seen. */
export function listAncestorIds(tree: SpanTree, spanId: string): string[] {
  const ids: string[] = [];
  for (let at = tree.byId.get(spanId)?.parent ?? null; at !== null; at = at.parent) ids.push(at.span.spanId);
  return ids;
}
