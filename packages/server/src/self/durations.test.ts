import { describe, expect, it } from "vitest";
import { durationBoundsMs, Durations, summarise, windowMs } from "./durations.ts";

describe("durations", () => {
  it("have bounds that rise by a quarter or so and hold those that metrics are told by", () => {
    for (const [index, bound] of durationBoundsMs.entries()) {
      const before = durationBoundsMs[index - 1];
      if (before === undefined) continue;
      expect(bound / before).toBeGreaterThan(1.2);
      expect(bound / before).toBeLessThan(1.3);
    }
    for (const bound of [0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000, 2500, 1e6, 1e7])
      expect(durationBoundsMs).toContain(bound);
  });

  it("tell percentiles within a quarter of the truth, and the longest exactly", () => {
    const durations = new Durations();
    for (let ms = 1; ms <= 1000; ms += 1) durations.record(ms, 0);
    const { count, p50Ms, p95Ms, p99Ms, maxMs } = summarise([durations], 0);
    expect(count).toBe(1000);
    expect(maxMs).toBe(1000);
    for (const [told, truth] of [
      [p50Ms, 500],
      [p95Ms, 950],
      [p99Ms, 990],
    ] as const) {
      expect(told).toBeGreaterThan(truth * 0.8);
      expect(told).toBeLessThan(truth * 1.25);
    }
    expect(durations.sumMs).toBe(500_500);
  });

  it("of a single one are that one, and never past the longest", () => {
    const durations = new Durations();
    durations.record(4.1, 0);
    const only = { count: 1, p50Ms: 4.1, p95Ms: 4.1, p99Ms: 4.1, maxMs: 4.1 };
    expect(summarise([durations], 0)).toEqual(only);
    durations.record(4.2, 0);
    expect(summarise([durations], 0)).toMatchObject({ count: 2, p50Ms: 4.1, p99Ms: 4.2 });
  });

  it("leave the summary with their minute, and stay in the counts since the start", () => {
    const durations = new Durations();
    durations.record(7000, 30_000);
    durations.record(3, windowMs - 1);
    expect(summarise([durations], windowMs - 1)).toMatchObject({ count: 2, maxMs: 7000 });
    expect(summarise([durations], windowMs)).toMatchObject({ count: 1, maxMs: 3 });
    durations.record(5, windowMs + 1); // in the place of the first minute
    expect(summarise([durations], windowMs + 1)).toMatchObject({ count: 2, maxMs: 5 });
    expect(durations.countRecent(windowMs + 1)).toBe(2);
    expect(durations.counts.reduce((sum, count) => sum + count, 0)).toBe(3);
    expect(summarise([durations], windowMs * 3).maxMs).toBeNull();
  });

  it("of several kinds are told together; none are told as none", () => {
    const [quick, slow] = [new Durations(), new Durations()];
    for (let index = 0; index < 99; index += 1) quick.record(1, 0);
    slow.record(2_000_000_000, 0); // longer than the last bound
    expect(summarise([quick, slow], 0)).toMatchObject({
      count: 100,
      p50Ms: expect.closeTo(0.9, 1) as number,
      maxMs: 2e9,
    });
    expect(summarise([], 0)).toEqual({ count: 0, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null });
  });

  it("below nothing are counted as nothing", () => {
    const durations = new Durations();
    durations.record(-5, 0);
    durations.record(Number.NaN, 0);
    expect(summarise([durations], 0)).toMatchObject({ count: 2, maxMs: 0, p99Ms: 0 });
    expect(durations.sumMs).toBe(0);
  });
});
