import type { Span } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import { findCriticalPath, listPathSteps, measureRetries, splitTime } from "./critical-path.ts";
import { buildSpanTree, listAncestorIds, listVisibleNodes } from "./span-tree.ts";

const base: Span = {
  spanId: "",
  parentSpanId: null,
  name: "",
  kind: "internal",
  service: "bot",
  startTime: "2026-11-21T02:00:00.000Z",
  durationMs: 0,
  status: "unset",
  statusMessage: null,
  errorType: null,
  spanType: "other",
  dialect: null,
  operation: null,
  provider: null,
  requestModel: null,
  responseModel: null,
  inputTokens: null,
  outputTokens: null,
  cacheReadTokens: null,
  cacheWriteTokens: null,
  reasoningTokens: null,
  usageEstimated: false,
  billed: false,
  hasContent: false,
  costUsd: null,
  unpriced: false,
  costLines: [],
  pricedBy: null,
  ttftMs: null,
  finishReasons: [],
  toolName: null,
  agentName: null,
  userId: null,
  tenantId: null,
  sessionId: null,
  endpoint: null,
  promptName: null,
  promptVersion: null,
  inputMessages: [],
  outputMessages: [],
  systemInstructions: [],
  toolDefinitions: [],
  toolArguments: null,
  toolResult: null,
  documents: [],
  events: [],
  links: [],
  attributes: {},
  resource: {},
  scope: { name: "", version: "" },
};

const originMs = Date.UTC(2026, 10, 21, 2);

/** A span written as id, parent, start and end in milliseconds from the origin. */
function at(
  spanId: string,
  parentSpanId: string | null,
  [startMs, endMs]: [number, number],
  rest: Partial<Span> = {},
): Span {
  const startTime = new Date(originMs + startMs).toISOString();
  return { ...base, name: spanId, spanId, parentSpanId, startTime, durationMs: endMs - startMs, ...rest };
}

const namesOf = (nodes: { span: Span }[]) => nodes.map((node) => node.span.name);

const support = [
  at("request", null, [0, 1000]),
  at("retrieve", "request", [50, 250], { spanType: "retrieval" }),
  at("embed", "retrieve", [60, 150], { spanType: "embedding" }),
  at("failed", "request", [260, 300], { spanType: "model", operation: "chat", status: "error" }),
  at("answer", "request", [400, 900], { spanType: "model", operation: "chat" }),
  at("tool", "request", [300, 390], { spanType: "tool" }),
  at("lookup", "tool", [310, 380]),
];

describe("the tree of a trace", () => {
  it("children stand below their parent in order of start", () => {
    const tree = buildSpanTree(support);
    const visible = listVisibleNodes(tree, new Set());
    expect(namesOf(visible)).toEqual(["request", "retrieve", "embed", "failed", "tool", "lookup", "answer"]);
    expect(visible.map((node) => node.depth)).toEqual([0, 1, 2, 1, 1, 2, 1]);
    expect(visible[0]?.descendants).toBe(6);
    expect(tree.durationMs).toBe(1000);
  });

  it("a closed span hides what lies below it", () => {
    const tree = buildSpanTree(support);
    expect(namesOf(listVisibleNodes(tree, new Set(["retrieve", "tool"])))).toEqual([
      "request",
      "retrieve",
      "failed",
      "tool",
      "answer",
    ]);
    expect(listAncestorIds(tree, "lookup")).toEqual(["tool", "request"]);
  });

  it("a span costs what the billed calls below it cost, repeated totals left out", () => {
    const tree = buildSpanTree([
      at("root", null, [0, 10], { costUsd: 0.5 }),
      at("first", "root", [0, 5], { billed: true, costUsd: 0.25 }),
      at("second", "root", [5, 10], { billed: true, costUsd: 0.125 }),
      at("unpriced", "second", [6, 7], { billed: true, unpriced: true }),
    ]);
    expect(tree.byId.get("root")?.costUsd).toBe(0.375);
    expect(tree.byId.get("unpriced")?.costUsd).toBeNull();
  });

  it("a span whose parent has not arrived stands at the top and says so", () => {
    const tree = buildSpanTree([at("late", "missing", [10, 20]), at("root", null, [0, 30])]);
    expect(namesOf(tree.roots)).toEqual(["root", "late"]);
    expect(tree.byId.get("late")?.orphan).toBe(true);
    expect(tree.byId.get("root")?.orphan).toBe(false);
  });

  it("spans that name each other as parent are all shown", () => {
    const tree = buildSpanTree([at("a", "b", [0, 10]), at("b", "a", [0, 10])]);
    expect(listVisibleNodes(tree, new Set())).toHaveLength(2);
  });

  it("a chain of fifty thousand spans is built without overflowing the stack", () => {
    const chain = Array.from({ length: 50_000 }, (_, i) =>
      at(`s${i}`, i === 0 ? null : `s${i - 1}`, [0, 10]),
    );
    const tree = buildSpanTree(chain);
    expect(listVisibleNodes(tree, new Set())).toHaveLength(50_000);
    expect(findCriticalPath(tree)).toHaveLength(1);
  });
});

describe("the critical path", () => {
  it("covers the trace without gaps or overlap", () => {
    const segments = findCriticalPath(buildSpanTree(support));
    expect(segments[0]?.startMs).toBe(0);
    expect(segments.at(-1)?.endMs).toBe(1000);
    for (let i = 1; i < segments.length; i += 1) expect(segments[i]?.startMs).toBe(segments[i - 1]?.endMs);
  });

  it("time belongs to the deepest span that holds the trace up", () => {
    expect(splitTime(findCriticalPath(buildSpanTree(support)))).toEqual({
      ours: 1000 - 200 - 40 - 90 - 500,
      retrieval: 200,
      tools: 90,
      provider: 540,
    });
  });

  it("of spans side by side only the one that finishes last counts", () => {
    const tree = buildSpanTree([
      at("root", null, [0, 100]),
      at("short", "root", [0, 40], { spanType: "tool" }),
      at("long", "root", [0, 100], { spanType: "model" }),
    ]);
    expect(splitTime(findCriticalPath(tree))).toEqual({ ours: 0, retrieval: 0, tools: 0, provider: 100 });
  });

  it("a child that outlives its parent does not make the path longer than the trace", () => {
    const tree = buildSpanTree([
      at("root", null, [0, 50]),
      at("late", "root", [40, 90], { spanType: "tool" }),
    ]);
    const total = findCriticalPath(tree).reduce((sum, segment) => sum + segment.endMs - segment.startMs, 0);
    expect(total).toBeLessThanOrEqual(90);
  });

  it("the longest steps are named in order of time", () => {
    const steps = listPathSteps(findCriticalPath(buildSpanTree(support)), 2);
    expect(steps.map((step) => [step.node.span.name, step.durationMs])).toEqual([
      ["request", 170],
      ["answer", 500],
    ]);
  });

  it("a failed attempt costs its own time and the wait for the next one", () => {
    expect(measureRetries(buildSpanTree(support))).toEqual({ attempts: 1, durationMs: 140 });
  });
});
