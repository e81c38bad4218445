import type { Overview, OverviewFigures, OverviewGroup, OverviewPoint } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import { assess, costPerHour, estimateShareAbove, requestsPerMinute } from "./assess.ts";

const fromMs = Date.UTC(2026, 10, 21, 12);
const stepSeconds = 60;
const steps = 60;

const calm: OverviewFigures = {
  requests: 100,
  errors: 0,
  inputTokens: 100_000,
  outputTokens: 10_000,
  cacheReadTokens: 0,
  costUsd: 0.2,
  unpricedRequests: 0,
  p50Ms: 600,
  p95Ms: 1100,
  p99Ms: 1900,
  ttftP95Ms: 400,
};
const none: OverviewFigures = {
  ...calm,
  requests: 0,
  inputTokens: 0,
  outputTokens: 0,
  costUsd: null,
  p50Ms: null,
  p95Ms: null,
  p99Ms: null,
  ttftP95Ms: null,
};

function series(figuresAt: (step: number) => Partial<OverviewFigures>): OverviewPoint[] {
  return Array.from({ length: steps }, (_, step) => ({
    ...calm,
    ...figuresAt(step),
    time: new Date(fromMs + step * stepSeconds * 1000).toISOString(),
  }));
}

function overview(figuresAt: (step: number) => Partial<OverviewFigures> = () => ({})): Overview {
  const points = series(figuresAt);
  const add = (of: (point: OverviewPoint) => number | null) =>
    points.reduce((total, point) => total + (of(point) ?? 0), 0);
  const totals = {
    ...calm,
    requests: add((point) => point.requests),
    errors: add((point) => point.errors),
    costUsd: add((point) => point.costUsd),
  };
  const toMs = fromMs + steps * stepSeconds * 1000;
  return {
    from: new Date(fromMs).toISOString(),
    to: new Date(toMs).toISOString(),
    stepSeconds,
    totals,
    series: points,
  };
}

function group(name: string, figuresAt: (step: number) => Partial<OverviewFigures>): OverviewGroup {
  return { group: name, totals: calm, series: series(figuresAt) };
}

const noGroups = { byEndpoint: [], byModel: [], byErrorType: [] };
const clock = (ms: number) => new Date(ms).toISOString().slice(11, 16);

describe("the sentence on top", () => {
  it("no calls at all is empty, not well", () => {
    const now = { ...overview(() => none), totals: none };
    expect(assess({ now, before: null, ...noGroups })).toEqual({ state: "empty" });
  });

  it("figures like those of yesterday are well", () => {
    const assessment = assess({ now: overview(), before: overview(), ...noGroups });
    expect(assessment).toMatchObject({ state: "well", p95Ms: 1100, errorRatio: 0 });
    expect(assessment.state === "well" && assessment.costUsdPerHour).toBeCloseTo(12);
  });

  it("slow calls say since when, at which endpoint and with which model", () => {
    const slowFrom = (step: number) => (step >= 40 ? { p95Ms: 4200 } : {});
    const assessment = assess({
      now: overview(slowFrom),
      before: overview(),
      byEndpoint: [group("/support", slowFrom), group("/search", () => ({ requests: 900, p99Ms: 1500 }))],
      byModel: [group("gpt-4o", slowFrom)],
      byErrorType: [],
    });
    expect(assessment).toMatchObject({ state: "slow", p95Ms: 4200, normalMs: 1100, wholeRange: false });
    if (assessment.state !== "slow") throw new Error("not slow");
    expect(clock(assessment.sinceMs)).toBe("12:40");
    expect(assessment.endpoint?.name).toBe("/support");
    expect(assessment.endpoint?.share).toBeGreaterThan(0.9);
    expect(assessment.model?.name).toBe("gpt-4o");
  });

  it("one slow step in the past is over and not told", () => {
    const assessment = assess({
      now: overview((step) => (step === 20 ? { p95Ms: 9000 } : {})),
      before: overview(),
      ...noGroups,
    });
    expect(assessment.state).toBe("well");
  });

  it("without a day to compare with, the first half of the range is what is normal", () => {
    const assessment = assess({
      now: overview((step) => (step >= 45 ? { p95Ms: 3000 } : {})),
      before: null,
      ...noGroups,
    });
    expect(assessment).toMatchObject({ state: "slow", normalMs: 1100 });
  });

  it("a burst of quick calls does not decide what is normal", () => {
    const assessment = assess({
      now: overview((step) => (step === 5 ? { requests: 100_000, p95Ms: 50 } : {})),
      before: null,
      ...noGroups,
    });
    expect(assessment.state).toBe("well");
  });

  it("trouble before a pause without calls is another story", () => {
    const assessment = assess({
      now: overview((step) => (step < 20 ? { errors: 30 } : step < 45 ? none : { errors: 40 })),
      before: overview(),
      ...noGroups,
    });
    expect(assessment.state === "failing" && clock(assessment.sinceMs)).toBe("12:45");
  });

  it("in a range that data fill only in part, the first half of the data is what is normal", () => {
    const assessment = assess({
      now: overview((step) => (step < 40 ? none : step >= 54 ? { p95Ms: 3000 } : {})),
      before: null,
      ...noGroups,
    });
    expect(assessment).toMatchObject({ state: "slow", normalMs: 1100 });
  });

  it("errors come before slowness and name their type", () => {
    const failing = (step: number) => (step >= 50 ? { errors: 30, p95Ms: 5000 } : {});
    const assessment = assess({
      now: overview(failing),
      before: overview(),
      byEndpoint: [],
      byModel: [],
      byErrorType: [group("429", failing), group("timeout", (step) => ({ errors: step >= 50 ? 2 : 0 }))],
    });
    expect(assessment).toMatchObject({ state: "failing", errorRatio: 0.3 });
    if (assessment.state !== "failing") throw new Error("not failing");
    expect(clock(assessment.sinceMs)).toBe("12:50");
    expect(assessment.errorType?.name).toBe("429");
    expect(assessment.errorType?.share).toBeCloseTo(30 / 32);
  });

  it("errors that are as frequent as always are not news", () => {
    const assessment = assess({
      now: overview(() => ({ errors: 3 })),
      before: overview(() => ({ errors: 3 })),
      ...noGroups,
    });
    expect(assessment.state).toBe("well");
  });

  it("spending that doubled says at which rate", () => {
    const dear = (step: number) => (step >= 30 ? { costUsd: 0.9 } : {});
    const assessment = assess({
      now: overview(dear),
      before: overview(),
      ...noGroups,
      byModel: [group("o3", dear)],
    });
    expect(assessment).toMatchObject({ state: "dear" });
    if (assessment.state !== "dear") throw new Error("not dear");
    expect(assessment.costUsdPerHour).toBeCloseTo(54);
    expect(assessment.normalUsdPerHour).toBeCloseTo(12);
    expect(assessment.model?.name).toBe("o3");
  });

  it("steady calls that stopped are told with the time of the last one", () => {
    const assessment = assess({
      now: overview((step) => (step >= 40 ? none : {})),
      before: null,
      ...noGroups,
    });
    expect(assessment.state).toBe("silent");
    expect(assessment.state === "silent" && clock(assessment.sinceMs)).toBe("12:40");
  });

  it("a handful of calls is too few to call anything slow", () => {
    const assessment = assess({
      now: overview((step) => ({ requests: 1, p95Ms: step > 50 ? 9000 : 500 })),
      before: null,
      ...noGroups,
    });
    expect(assessment.state).toBe("well");
  });
});

describe("a store without a day to compare with", () => {
  /** Data from the step `first` on. */
  const since = (first: number, figuresAt: (step: number) => Partial<OverviewFigures> = () => ({})) =>
    overview((step) => (step < first ? none : figuresAt(step)));
  const judge = (now: Overview) => assess({ now, before: null, ...noGroups });

  it("its first minutes are not said to be well, but since when there are figures", () => {
    const assessment = judge(since(56));
    expect(assessment).toMatchObject({ state: "well", baseline: "none" });
    expect(assessment.state === "well" && clock(assessment.sinceMs ?? 0)).toBe("12:56");
    expect(judge(since(10))).toMatchObject({ state: "well", baseline: "range" });
    expect(assess({ now: overview(), before: overview(), ...noGroups })).toMatchObject({
      baseline: "compared",
    });
  });

  it("calls that have been slow from the first one on take long, though nothing says it is new", () => {
    expect(judge(since(57, () => ({ p95Ms: 8000 })))).toMatchObject({ state: "long", p95Ms: 8000 });
    expect(judge(since(10, () => ({ p95Ms: 8000 })))).toMatchObject({ state: "long", wholeRange: false });
    expect(judge(since(10, () => ({ p95Ms: 4000 })))).toMatchObject({ state: "well" });
    const usual = overview(() => ({ p95Ms: 8000 }));
    expect(assess({ now: usual, before: usual, ...noGroups })).toMatchObject({ state: "well" });
  });

  it("slowness that began after a minute or two is told against the quick steps before", () => {
    const assessment = judge(since(48, (step) => (step >= 51 ? { p95Ms: 4500 } : {})));
    expect(assessment).toMatchObject({ state: "slow", normalMs: 1100, p95Ms: 4500 });
    expect(assessment.state === "slow" && clock(assessment.sinceMs)).toBe("12:51");
  });

  it("a minute of ten-second steps is no measure of what is normal", () => {
    const now = since(50, (step) => (step >= 55 ? { p95Ms: 4000 } : {}));
    expect(judge(now)).toMatchObject({ state: "slow" });
    expect(judge({ ...now, stepSeconds: 10 })).toMatchObject({ state: "well", baseline: "none" });
  });

  it("calls that fail from the first one on are failing, and nothing says what is normal", () => {
    expect(judge(since(57, () => ({ errors: 60 })))).toMatchObject({ state: "failing", normalRatio: null });
    expect(judge(since(10, () => ({ errors: 60 })))).toMatchObject({ state: "failing", errorRatio: 0.6 });
  });
});

describe("what is true now", () => {
  const quick = (figuresAt: (step: number) => Partial<OverviewFigures>) =>
    assess({ now: overview(figuresAt), before: overview(), ...noGroups });

  it("three slow steps of many calls are slow now, whatever the minutes before were", () => {
    expect(quick((step) => (step >= 57 ? { p95Ms: 4200 } : {}))).toMatchObject({ state: "slow" });
    expect(quick((step) => (step >= 58 ? { p95Ms: 4200 } : {}))).toMatchObject({ state: "well" });
  });

  it("three steps without errors end a failure, whatever the minutes before were", () => {
    expect(quick((step) => (step >= 50 && step < 57 ? { errors: 40 } : {}))).toMatchObject({ state: "well" });
    expect(quick((step) => (step >= 50 && step < 58 ? { errors: 40 } : {}))).toMatchObject({
      state: "failing",
    });
  });

  it("three quick steps end it", () => {
    expect(quick((step) => (step >= 40 && step < 57 ? { p95Ms: 4200 } : {}))).toMatchObject({
      state: "well",
    });
  });

  it("half of all calls failing is trouble, even when it was so yesterday", () => {
    const failing = overview(() => ({ errors: 50 }));
    expect(assess({ now: failing, before: failing, ...noGroups })).toMatchObject({ state: "failing" });
  });
});

describe("the share of slow calls", () => {
  it("is read between the percentiles", () => {
    const figures = { ...calm, p50Ms: 1000, p95Ms: 4000, p99Ms: 8000 };
    expect(estimateShareAbove(figures, 9000)).toBe(0);
    expect(estimateShareAbove(figures, 8000)).toBeCloseTo(0.01);
    expect(estimateShareAbove(figures, 4000)).toBeCloseTo(0.05);
    expect(estimateShareAbove(figures, 2000)).toBeCloseTo(0.275);
    expect(estimateShareAbove(figures, 1000)).toBeCloseTo(0.5);
    expect(estimateShareAbove(figures, 100)).toBeCloseTo(0.95);
    expect(estimateShareAbove(none, 100)).toBe(0);
  });

  it("a busy endpoint that is quick is not blamed for a rare one that is slow", () => {
    const slow = (step: number) => (step >= 40 ? { p95Ms: 9000 } : {});
    const assessment = assess({
      now: overview(slow),
      before: overview(),
      byEndpoint: [
        group("/support", () => ({ requests: 90, p50Ms: 500, p95Ms: 1900, p99Ms: 2500 })),
        group("/agent", (step) => ({
          requests: 10,
          ...(step >= 40 ? { p50Ms: 8000, p95Ms: 9500, p99Ms: 12_000 } : {}),
        })),
      ],
      byModel: [],
      byErrorType: [],
    });
    expect(assessment.state === "slow" && assessment.endpoint?.name).toBe("/agent");
  });
});

describe("rates", () => {
  it("a service that began ten minutes ago is measured over ten minutes", () => {
    const now = overview((step) => (step < 50 ? none : {}));
    expect(requestsPerMinute(now)).toBeCloseTo(100);
    expect(costPerHour(now)).toBeCloseTo(12);
  });
});
