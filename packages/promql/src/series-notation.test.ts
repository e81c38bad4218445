import { describe, expect, it } from "vitest";
import { labelsFrom } from "./labels.ts";
import { parseSequence, parseSeriesNotation } from "./series-notation.ts";

function numbersOf(text: string): unknown[] {
  return parseSequence(text).map((entry) => (entry.kind === "value" ? entry.value : entry.kind));
}

describe("series notation", () => {
  it("reads a name, labels and values", () => {
    expect(parseSeriesNotation('up{job="a", x=\'b"c\'} 1 2')).toEqual({
      labels: labelsFrom({ __name__: "up", job: "a", x: 'b"c' }),
      values: [
        { kind: "value", value: 1 },
        { kind: "value", value: 2 },
      ],
    });
    expect(parseSeriesNotation('{"a.b", "c d"="e"}').labels).toEqual(
      labelsFrom({ __name__: "a.b", "c d": "e" }),
    );
    expect(parseSeriesNotation("up").values).toEqual([]);
  });

  it("expands steps and repeats", () => {
    expect(numbersOf("0+10x3 7-2x2 5x1 1.5")).toEqual([0, 10, 20, 30, 7, 5, 3, 5, 5, 1.5]);
    expect(numbersOf("-1-1x1 1e2+1e1x1")).toEqual([-1, -2, 100, 110]);
    expect(numbersOf("_ _x2 stale NaN -Inf")).toEqual([
      "omitted",
      "omitted",
      "omitted",
      "stale",
      NaN,
      -Infinity,
    ]);
  });

  it("keeps native histograms as text", () => {
    expect(parseSequence("{{schema:0 count:1}}x1 3")).toEqual([
      { kind: "histogram", text: "{{schema:0 count:1}}" },
      { kind: "histogram", text: "{{schema:0 count:1}}" },
      { kind: "value", value: 3 },
    ]);
  });

  it.each(["1 2", "up{job=a} 1", 'up{job="a" 1', "up 1+x3", "up 1+1", "up fresh", "up{} 1x99999999999"])(
    "refuses %j",
    (text) => {
      expect(() => parseSeriesNotation(text)).toThrow(SyntaxError);
    },
  );
});
