import type { Overview, OverviewGroup, OverviewPoint } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import {
  alignValues,
  cutBefore,
  fitSpan,
  listGroupRates,
  listRates,
  listSettledValues,
  nameGroups,
  OTHERS,
  stepPeriod,
} from "./overview-series.ts";

const originMs = Date.UTC(2026, 10, 21, 12);
const MINUTE_MS = 60_000;

function point(minute: number, requests: number): OverviewPoint {
  return {
    time: new Date(originMs + minute * MINUTE_MS).toISOString(),
    requests,
    errors: 0,
    inputTokens: 0,
    outputTokens: 0,
    cacheReadTokens: 0,
    costUsd: null,
    unpricedRequests: 0,
    p50Ms: null,
    p95Ms: null,
    p99Ms: null,
    ttftP95Ms: null,
  };
}

function overview(fromMinute: number, toMinute: number, requests: number[]): Overview {
  const series = requests.map((count, i) => point(Math.floor(fromMinute) + i, count));
  return {
    from: new Date(originMs + fromMinute * MINUTE_MS).toISOString(),
    to: new Date(originMs + toMinute * MINUTE_MS).toISOString(),
    stepSeconds: 60,
    totals: point(0, 0),
    series,
  };
}

const group = (name: string, counts: number[]): OverviewGroup => ({
  group: name,
  totals: point(
    0,
    counts.reduce((a, b) => a + b, 0),
  ),
  series: counts.map((count, i) => point(i, count)),
});

describe("figures over time", () => {
  it("a step cut by the range is a rate over the part that was seen", () => {
    const now = overview(0.5, 2.75, [10, 20, 15]);
    expect(listRates(now, now.series, (figures) => figures.requests)).toEqual([20, 20, 20]);
  });

  it("a step that has hardly begun says nothing", () => {
    const now = overview(0, 2.1, [20, 20, 1]);
    expect(listRates(now, now.series, (figures) => figures.requests)).toEqual([20, 20, null]);
  });

  it("a last step that is still filling is no fall in traffic, but it is shown where it is all there is", () => {
    const ofRequests = (figures: { requests: number }) => figures.requests;
    const filling = overview(0, 2.5, [20, 20, 3]);
    expect(listRates(filling, filling.series, ofRequests)).toEqual([20, 20, null]);
    const fresh = overview(0, 2.5, [0, 0, 5]);
    expect(listRates(fresh, fresh.series, ofRequests)).toEqual([0, 0, 10]);
    const settled = listSettledValues(filling, filling.series, ofRequests);
    expect(settled).toEqual([20, 20, null]);
    expect(listSettledValues(fresh, fresh.series, ofRequests)).toEqual([0, 0, 5]);
    const stopped = overview(0, 3, [20, 20, 0]);
    expect(listRates(stopped, stopped.series, ofRequests)).toEqual([20, 20, 0]);
  });

  it("yesterday lies under today at the same time of day", () => {
    const before = overview(-1440, -1437, [1, 2, 3]);
    expect(alignValues(overview(0, 3, [10, 20, 30]), before, [1, 2, 3])).toEqual([1, 2, 3]);
    expect(alignValues(overview(1, 3, [20, 30]), before, [1, 2, 3])).toEqual([1, 2]);
    expect(alignValues(overview(0, 4, [10, 20, 30, 40]), before, [1, 2, 3])).toEqual([1, 2, 3, null]);
  });

  it("the axis of a store that is minutes old begins with the data", () => {
    const now = overview(0, 60, [...Array.from({ length: 55 }, () => 0), 5, 5, 5, 5, 5]);
    now.to = new Date(originMs + 60 * MINUTE_MS).toISOString();
    const fitted = fitSpan(now, null);
    expect(fitted[0] * 1000 - originMs).toBe(54 * MINUTE_MS);
    const busy = { ...now, totals: point(0, 9) };
    expect(fitSpan(now, busy)[0] * 1000).toBe(originMs);
    const full = overview(0, 4, [1, 1, 1, 1]);
    expect(fitSpan(full, null)[0] * 1000).toBe(originMs);
    expect(cutBefore([1, 2, 3], [10, 20, 30], 20)).toEqual([2, 3]);
  });

  it("a step asks for no more than itself", () => {
    const now = overview(0.5, 2.5, [10, 20, 10]);
    expect(stepPeriod(now, 0)).toEqual({ fromMs: originMs + 30_000, toMs: originMs + 60_000 });
    expect(stepPeriod(now, 9)).toBeNull();
  });
});

describe("groups", () => {
  it("the largest have colours of their own and the rest are one", () => {
    const groups = Array.from({ length: 8 }, (_, i) => group(`g${i}`, [i + 1, i + 1]));
    const named = nameGroups(groups, (figures) => figures.requests, { unnamed: "none" });
    expect(named.map(({ label }) => label)).toEqual(["g7", "g6", "g5", "g4", "g3", "others"]);
    expect(named.at(-1)?.key).toBe(OTHERS);
    const now = overview(0, 2, [36, 36]);
    expect(listGroupRates(now, named.at(-1)!, (figures) => figures.requests)).toEqual([6, 6]);
  });

  it("a group without a name says so, one without any weight is not shown", () => {
    const named = nameGroups([group("", [1]), group("idle", [0])], (figures) => figures.requests, {
      unnamed: "no endpoint",
    });
    expect(named.map(({ label }) => label)).toEqual(["no endpoint"]);
  });
});
