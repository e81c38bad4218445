import type { Trace } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import { chooseTraceRefreshMs, isFollowing, refreshIntervalMs } from "./refresh.ts";
import { readView } from "./view.ts";

const startMs = Date.UTC(2026, 10, 21, 2);
const trace = {
  startTime: "2026-11-21T02:00:00Z",
  durationMs: 5000,
  complete: true,
  spans: [],
} as unknown as Trace;

describe("following the clock", () => {
  it("a range between two instants and a switched-off view stand still", () => {
    expect(isFollowing(readView("?range=3h"))).toBe(true);
    expect(isFollowing(readView("?range=3h&live=off"))).toBe(false);
    expect(isFollowing(readView("?from=2026-11-21T02:00:00Z&to=2026-11-21T03:00:00Z"))).toBe(false);
  });

  it("longer ranges are looked at less often", () => {
    expect(refreshIntervalMs(readView("?range=15m"))).toBe(5_000);
    expect(refreshIntervalMs(readView("?range=6h"))).toBe(15_000);
    expect(refreshIntervalMs(readView("?range=30d"))).toBe(60_000);
    expect(refreshIntervalMs(readView("?live=off"))).toBe(false);
  });
});

describe("a trace", () => {
  it("is looked at again while it runs and shortly after its end", () => {
    expect(chooseTraceRefreshMs({ ...trace, complete: false }, startMs + 3_600_000)).toBe(2_000);
    expect(chooseTraceRefreshMs(trace, startMs + 10_000)).toBe(2_000);
    expect(chooseTraceRefreshMs(trace, startMs + 60_000)).toBe(false);
  });

  it("is left alone when it is so large that reading it takes seconds", () => {
    const spans = Array.from({ length: 3_000 }) as Trace["spans"];
    expect(chooseTraceRefreshMs({ ...trace, complete: false, spans }, startMs)).toBe(false);
  });
});
