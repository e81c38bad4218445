import type { Span, SpanType } from "@spanlight/contract";
import type { SpanNode } from "./span-tree.ts";

/** What colours a span. */
export type WorkKind = "model" | "retrieval" | "tool" | "agent" | "guard" | "own";

/** Whose time it is: the split that a trace is summed up in. */
export type TimeShare = "ours" | "retrieval" | "tools" | "provider";

const kinds: Record<SpanType, WorkKind> = {
  model: "model",
  embedding: "model",
  retrieval: "retrieval",
  reranker: "retrieval",
  tool: "tool",
  agent: "agent",
  chain: "own",
  guard: "guard",
  evaluator: "guard",
  other: "own",
};

export const WORK_KIND_NAMES: Record<WorkKind, string> = {
  model: "model call",
  retrieval: "retrieval",
  tool: "tool",
  agent: "agent",
  guard: "guard",
  own: "own code",
};

export function workKindOf(span: Span): WorkKind {
  return kinds[span.spanType];
}

/** The custom property that holds the colour of a kind of work. */
export function colourOf(kind: WorkKind): string {
  return `var(--${kind})`;
}

export const TIME_SHARES: readonly { share: TimeShare; name: string; colour: string }[] = [
  { share: "ours", name: "ours", colour: "var(--own)" },
  { share: "retrieval", name: "retrieval", colour: "var(--retrieval)" },
  { share: "tools", name: "tools", colour: "var(--tool)" },
  { share: "provider", name: "provider", colour: "var(--model)" },
];

/** Whose time a span's own time is: work below a retrieval or a tool is theirs, a model call is the provider's. */
export function timeShareOf(node: SpanNode): TimeShare {
  for (let at: SpanNode | null = node; at !== null; at = at.parent) {
    const type = at.span.spanType;
    if (type === "model") return "provider";
    if (type === "embedding" && !hasRetrievalAbove(at)) return "provider";
    if (type === "retrieval" || type === "reranker") return "retrieval";
    if (type === "tool") return "tools";
    if (type === "agent") return "ours";
  }
  return "ours";
}

function hasRetrievalAbove(node: SpanNode): boolean {
  for (let at = node.parent; at !== null; at = at.parent) if (at.span.spanType === "retrieval") return true;
  return false;
}
