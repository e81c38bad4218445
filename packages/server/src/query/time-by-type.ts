/** Span type, start and duration in milliseconds; starts on any common clock. */
export type TypedInterval = readonly [string, number, number];

type Kind = "model" | "retrieval" | "tool";

export interface TimeByType {
  readonly model: number;
  readonly retrieval: number;
  readonly tool: number;
  readonly other: number;
}

const KINDS: Readonly<Record<string, Kind>> = {
  model: "model",
  embedding: "model",
  retrieval: "retrieval",
  reranker: "retrieval",
  tool: "tool",
};

/**
 * Splits the duration of a trace by what was going on: each moment counts once, for the most specific work running then
 * (a model call, else a retrieval, else a tool, else everything else). The four parts sum to the duration.
 */
export function splitTimeByType(durationMs: number, intervals: readonly TypedInterval[]): TimeByType {
  const edges = intervals.flatMap(([type, start, duration]) => {
    const kind = KINDS[type];
    return kind === undefined || duration <= 0
      ? []
      : [
          { at: start, kind, change: 1 },
          { at: start + duration, kind, change: -1 },
        ];
  });
  edges.sort((a, b) => a.at - b.at);
  const active: Record<Kind, number> = { model: 0, retrieval: 0, tool: 0 };
  const spent: Record<Kind, number> = { model: 0, retrieval: 0, tool: 0 };
  let last = edges[0]?.at ?? 0;
  for (const { at, kind, change } of edges) {
    const current =
      active.model > 0 ? "model" : active.retrieval > 0 ? "retrieval" : active.tool > 0 ? "tool" : undefined;
    if (current !== undefined) spent[current] += at - last;
    active[kind] += change;
    last = at;
  }
  const known = spent.model + spent.retrieval + spent.tool;
  return { ...spent, other: Math.max(0, durationMs - known) };
}
