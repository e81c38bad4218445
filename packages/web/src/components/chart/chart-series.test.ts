import { describe, expect, it } from "vitest";
import { findPicked, layOut, listTicks, type ChartSeries } from "./chart-series.ts";

function series(
  key: string,
  shape: ChartSeries["shape"],
  values: (number | null)[],
  ghost = false,
): ChartSeries {
  return { key, label: key, colour: "", shape, values, ghost };
}

describe("stacks", () => {
  it("each area stands on the ones before it and is drawn before them", () => {
    const drawn = layOut([
      series("a", "area", [1, 2]),
      series("b", "area", [10, null]),
      series("c", "area", [5, 5]),
    ]);
    expect(drawn.map(({ series: { key }, heights }) => [key, heights])).toEqual([
      ["c", [16, 7]],
      ["b", [11, 2]],
      ["a", [1, 2]],
    ]);
  });

  it("a step of which no layer knows anything is left out and not drawn as zero", () => {
    const drawn = layOut([series("a", "area", [1, null]), series("b", "area", [2, null])]);
    expect(drawn.map(({ heights }) => heights)).toEqual([
      [3, null],
      [1, null],
    ]);
  });

  it("lines lie on top and ghosts below them", () => {
    const drawn = layOut([
      series("p95", "line", [1]),
      series("bars", "bar", [1]),
      series("yesterday", "line", [1], true),
    ]);
    expect(drawn.map((one) => one.series.key)).toEqual(["bars", "yesterday", "p95"]);
  });

  it("a click finds the layer it falls into", () => {
    const drawn = layOut([series("a", "area", [10]), series("b", "area", [5])]);
    expect([1, 12, 99].map((value) => findPicked(drawn, 0, value)?.key)).toEqual(["a", "b", undefined]);
  });

  it("a click finds the nearest line and never a ghost", () => {
    const drawn = layOut([
      series("p50", "line", [100]),
      series("p95", "line", [900]),
      series("yesterday", "line", [500], true),
    ]);
    expect(findPicked(drawn, 0, 510)?.key).toBe("p95");
    expect(findPicked(drawn, 0, 480)?.key).toBe("p50");
  });
});

describe("horizontal lines", () => {
  it.each([
    [5.6, [0, 2, 4, 6]],
    [540, [0, 200, 400, 600]],
    [30, [0, 10, 20, 30]],
    [0.0163, [0, 0.01, 0.02]],
    [0, [0, 1]],
  ])("up to %d they stand at %j", (highest, ticks) => {
    expect(listTicks(highest)).toEqual(ticks);
  });
});
