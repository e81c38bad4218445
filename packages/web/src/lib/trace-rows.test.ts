import type { TraceSummary } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import { addNewest, chooseLookLimit, findBarScaleMs, joinTraces } from "./trace-rows.ts";

function trace(second: number, rest: Partial<TraceSummary> = {}): TraceSummary {
  const text = String(second).padStart(2, "0");
  return {
    traceId: text,
    name: "chat",
    service: "bot",
    endpoint: null,
    startTime: `2026-11-21T02:00:${text}Z`,
    durationMs: 1000,
    status: "ok",
    errorType: null,
    complete: true,
    spanCount: 1,
    inputTokens: null,
    outputTokens: null,
    costUsd: null,
    unpricedSpans: 0,
    ttftMs: null,
    models: [],
    timeByType: { model: 0, retrieval: 0, tool: 0, other: 0 },
    userId: null,
    sessionId: null,
    ...rest,
  };
}

const idsOf = (traces: TraceSummary[]) => traces.map((one) => one.traceId);

describe("rows of traces", () => {
  it("newer looks win over older ones and nothing stands twice", () => {
    const rows = joinTraces([trace(3, { complete: false }), trace(1)], [trace(5), trace(3)]);
    expect(idsOf(rows)).toEqual(["05", "03", "01"]);
    expect(rows[1]?.complete).toBe(true);
  });

  it("a look that reaches what is known leaves no gap", () => {
    const added = addNewest({
      newest: [trace(5), trace(4)],
      isWhole: false,
      seen: [],
      firstPage: [trace(4), trace(3)],
    });
    expect(added.hasGap).toBe(false);
    expect(idsOf(added.traces)).toEqual(["05", "04"]);
  });

  it("a look that reaches nothing known may have missed traces", () => {
    const look = { newest: [trace(9), trace(8)], seen: [trace(4)], firstPage: [trace(3)] };
    expect(addNewest({ ...look, isWhole: false })).toEqual({ traces: [trace(9), trace(8)], hasGap: true });
    expect(addNewest({ ...look, isWhole: true }).hasGap).toBe(false);
  });

  it("a look reaches down to the traces that still run, within reason", () => {
    const nowMs = Date.UTC(2026, 10, 21, 2, 1);
    const rows = Array.from({ length: 40 }, (_, i) => trace(59 - i, { complete: i !== 29 }));
    expect(chooseLookLimit(rows, { least: 20, nowMs })).toBe(36);
    expect(chooseLookLimit(rows, { least: 50, nowMs })).toBe(50);
    expect(chooseLookLimit(rows, { least: 20, nowMs: nowMs + 3_600_000 })).toBe(20);
  });

  it("one outlier does not flatten the bars", () => {
    const traces = Array.from({ length: 99 }, (_, i) => trace(i % 60, { durationMs: 4000 + i }));
    expect(findBarScaleMs([...traces, trace(1, { durationMs: 600_000 })])).toBe(5000);
    expect(findBarScaleMs([])).toBe(1);
  });
});
