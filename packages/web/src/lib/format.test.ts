import { describe, expect, it } from "vitest";
import {
  formatAxisCount,
  formatAxisDuration,
  formatAxisMoney,
  formatBytes,
  formatChange,
  formatCompact,
  formatCount,
  formatDuration,
  formatMoney,
  formatPercent,
  formatPointChange,
  formatTokens,
  plural,
} from "./format.ts";

describe("durations", () => {
  it.each([
    [0, "0 ms"],
    [0.0421, "42 µs"],
    [0.9996, "1.00 ms"],
    [4.211, "4.21 ms"],
    [9.996, "10 ms"],
    [51.3, "51 ms"],
    [262.4, "262 ms"],
    [999.6, "1.00 s"],
    [1510, "1.51 s"],
    [10_000, "10.0 s"],
    [59_960, "1 min"],
    [125_000, "2 min 5 s"],
    [3_600_000, "1 h"],
    [5_400_000, "1 h 30 min"],
    [93_600_000, "1 d 2 h"],
  ])("%d ms reads %s", (durationMs, text) => {
    expect(formatDuration(durationMs)).toBe(text);
  });

  it("a duration that is not known is a dash", () => {
    expect(formatDuration(null)).toBe("–");
  });

  it("an axis carries no more digits than it needs", () => {
    expect([0, 250, 500, 1500, 2000, 60_000].map(formatAxisDuration)).toEqual([
      "0",
      "250 ms",
      "500 ms",
      "1.5 s",
      "2 s",
      "1 min",
    ]);
  });
});

describe("money", () => {
  it.each([
    [0, "$0"],
    [0.0163, "$0.0163"],
    [0.01634, "$0.0163"],
    [0.74, "$0.74"],
    [0.7, "$0.70"],
    [0.0016, "$0.0016"],
    [0.014, "$0.0140"],
    [0.000016, "$0.000016"],
    [0.0000059, "<$0.00001"],
    [0.9999, "$1.00"],
    [11.2, "$11.20"],
    [9310.4, "$9,310"],
  ])("%d reads %s", (costUsd, text) => {
    expect(formatMoney(costUsd)).toBe(text);
  });

  it("an unpriced call is a dash and never zero dollars", () => {
    expect(formatMoney(null)).toBe("–");
  });

  it("an axis of money is short", () => {
    expect([0, 0.5, 62, 12_400].map(formatAxisMoney)).toEqual(["$0", "$0.5", "$62", "$12.4 k"]);
  });
});

describe("counts and shares", () => {
  it("counts have thousands separators", () => {
    expect(formatCount(36_120)).toBe("36,120");
    expect(formatTokens(18_340, 1_204)).toBe("18,340 → 1,204");
    expect(formatTokens(18_340, null)).toBe("18,340 → –");
    expect(formatTokens(null, null)).toBe("–");
  });

  it("large counts keep three significant digits", () => {
    expect([9_999, 54_120, 1_200_000, 2.5, 0.333].map(formatCompact)).toEqual([
      "9,999",
      "54.1 k",
      "1.20 M",
      "2.5",
      "0.333",
    ]);
  });

  it("an axis of counts is short", () => {
    expect([0, 500, 1500, 20_000, 1_000_000, 2_500_000].map(formatAxisCount)).toEqual([
      "0",
      "500",
      "1,500",
      "20 k",
      "1 M",
      "2.5 M",
    ]);
  });

  it.each([
    [0, "0 %"],
    [0.004, "0.4 %"],
    [0.03, "3 %"],
    [0.031, "3.1 %"],
    [0.14, "14 %"],
    [0.0004, "0.04 %"],
    [0.00004, "<0.01 %"],
    [1, "100 %"],
  ])("a ratio of %d reads %s", (ratio, text) => {
    expect(formatPercent(ratio)).toBe(text);
  });

  it("one thing is singular", () => {
    expect([plural(0, "trace"), plural(1, "trace"), plural(2, "query", "queries")]).toEqual([
      "0 traces",
      "1 trace",
      "2 queries",
    ]);
  });

  it("bytes use binary units", () => {
    expect([512, 1536, 21_286_092].map(formatBytes)).toEqual(["512 B", "1.50 KiB", "20.3 MiB"]);
  });
});

describe("changes", () => {
  it("a change has a sign and a size", () => {
    expect(formatChange(4.2, 1.105)).toBe("+280 %");
    expect(formatChange(96, 100)).toBe("−4 %");
    expect(formatChange(100.1, 100)).toBe("±0 %");
  });

  it("a change of more than tenfold is a factor", () => {
    expect(formatChange(250, 10)).toBe("25×");
  });

  it("nothing to compare with is no change", () => {
    expect(formatChange(5, 0)).toBeNull();
    expect(formatChange(5, null)).toBeNull();
    expect(formatChange(null, 5)).toBeNull();
  });

  it("a ratio changes by points", () => {
    expect(formatPointChange(0.031, 0.004)).toBe("+2.7 pt");
    expect(formatPointChange(0.031, 0.0312)).toBe("±0 pt");
  });
});
