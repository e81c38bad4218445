import { describe, expect, it } from "vitest";
import { compareLabels, formatLabels, formatMetric, labelsFrom, withLabel } from "./labels.ts";
import { compileMatcher, compileMatchers, type Matcher } from "./matchers.ts";

function matches(type: Matcher["type"], pattern: string, value: string): boolean {
  return compileMatcher({ type, name: "a", value: pattern })(value);
}

describe("matchers", () => {
  it("match the whole value by RE2 rules", () => {
    expect(matches("=~", "a.c", "abc")).toBe(true);
    expect(matches("=~", "a.c", "xabc")).toBe(false);
    expect(matches("=~", "a.c", "a\nc")).toBe(true);
    expect(matches("=~", "(?i)ABC", "abc")).toBe(true);
    expect(matches("=~", "[[:alpha:]]+\\d\\z", "abc1")).toBe(true);
    expect(matches("!~", "a|b", "c")).toBe(true);
    expect(matches("=~", "a|b", "ab")).toBe(false);
    expect(matches("=~", "|b", "")).toBe(true);
    expect(matches("=~", "", "")).toBe(true);
  });

  it("see a missing label as empty", () => {
    const test = compileMatchers([
      { type: "=", name: "gone", value: "" },
      { type: "!=", name: "a", value: "c" },
    ]);
    expect(test(labelsFrom({ a: "b" }))).toBe(true);
    expect(test(labelsFrom({ a: "b", gone: "x" }))).toBe(false);
  });

  it("refuse what RE2 refuses", () => {
    expect(() => matches("=~", "(?=a)", "a")).toThrow();
    expect(() => matches("=~", "(a)\\1", "aa")).toThrow();
  });
});

describe("labels", () => {
  it("are sorted, without empty values, and written as Prometheus writes them", () => {
    const labels = labelsFrom({ b: "2", a: 'x"y', empty: "", __name__: "up" });
    expect(formatMetric(labels)).toBe('up{a="x\\"y", b="2"}');
    expect(formatLabels(labels)).toBe('{__name__="up", a="x\\"y", b="2"}');
    expect(formatMetric(labelsFrom({ __name__: "a.b" }))).toBe('{__name__="a.b"}');
    expect(withLabel(labels, "a", "")).toEqual(labelsFrom({ b: "2", __name__: "up" }));
  });

  it("are ordered pair by pair", () => {
    const order = [
      labelsFrom({ a: "1" }),
      labelsFrom({ a: "1", b: "1" }),
      labelsFrom({ a: "2" }),
      labelsFrom({ b: "0" }),
    ];
    expect(order.toReversed().toSorted(compareLabels)).toEqual(order);
  });
});
