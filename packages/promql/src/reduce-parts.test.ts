import { describe, expect, it } from "vitest";
import { evaluate } from "./evaluate.ts";
import { labelsFrom, labelsToRecord } from "./labels.ts";
import type { SelectRequest, SeriesReader } from "./reader.ts";
import type { Series } from "./value.ts";

const TIMES = Float64Array.from({ length: 60 }, (_, index) => index * 15_000 + 137);

/** Forty counters, some of which restart, and gaps at the ends of some. */
const all: Series[] = Array.from({ length: 40 }, (_, number) => {
  const from = number % 5 === 0 ? 20 : 0;
  const values = TIMES.map(
    (_time, index) => ((index * (number + 1)) % (number % 7 === 0 ? 97 : 1e9)) + 0.1 * number,
  );
  return {
    labels: labelsFrom({ __name__: "jobs_total", group: `${number % 3}`, number: `${number}` }),
    timestampsMs: TIMES.subarray(from),
    values: values.subarray(from),
  };
});

/** A reader that counts how its series are asked for. */
function createReader(inParts: boolean): { reader: SeriesReader; asked: { whole: number; parts: number } } {
  const asked = { whole: 0, parts: 0 };
  const select = async (): Promise<Series[]> => {
    asked.whole++;
    return all;
  };
  async function* selectParts(_request: SelectRequest): AsyncGenerator<readonly Series[]> {
    asked.parts++;
    for (let at = 0; at < all.length; at += 7) yield all.slice(at, at + 7).toReversed();
  }
  return { reader: inParts ? { select, selectParts } : { select }, asked };
}

async function ask(query: string, inParts: boolean, limits = {}) {
  const { reader, asked } = createReader(inParts);
  const range = { startMs: 0, endMs: 900_000, stepMs: 30_000 };
  const { value, ...rest } = await evaluate({ query, reader, ...range, options: { limits } });
  const series = value.type === "matrix" ? value.series : [];
  const points = series.map(({ labels, timestampsMs, values }) => [
    labelsToRecord(labels),
    [...timestampsMs].map((timeMs, index) => [timeMs, values[index]?.toPrecision(12)]),
  ]);
  return { points, asked, ...rest };
}

const REDUCED = [
  "sum by (group) (rate(jobs_total[2m]))",
  "avg by (group) (jobs_total)",
  "count(jobs_total > 500)",
  "max without (number) (increase(jobs_total[1m]) * 60)",
  "min by (group) (-max_over_time(jobs_total[1m]))",
  "group by (number) (jobs_total)",
  "stddev by (group) (round(jobs_total, 10))",
  "stdvar(ceil(deriv(jobs_total[2m])))",
  'sum(rate(jobs_total[2m])) / count(jobs_total{group="1"})',
  "histogram_quantile(0.5, sum by (number) (rate(jobs_total[2m])))",
  "sum(jobs_total offset 1m)",
];
const KEPT = [
  "jobs_total",
  "rate(jobs_total[2m]) * 60",
  "topk(2, jobs_total)",
  "quantile(0.5, rate(jobs_total[2m]))",
  "sum(jobs_total * on (number) jobs_total)",
  'label_replace(-jobs_total, "other", "$1", "number", "(.*)") > 5 or vector(1)',
  "absent(jobs_total > 1e12)",
  "count(sum by (group) (jobs_total)) + on () group_right jobs_total",
];
const WHOLE = [
  "sum(jobs_total @ 300)",
  "max_over_time(sum(jobs_total)[2m:30s])",
  "count(absent_over_time(jobs_total[1m]))",
  "max by (number) (timestamp(jobs_total))",
];

describe("a reader that answers in parts", () => {
  for (const query of REDUCED) {
    it(`never has all series at once for ${query}`, async () => {
      const [parts, whole] = [await ask(query, true), await ask(query, false)];
      expect(parts.asked.whole).toBe(0);
      expect(parts.asked.parts).toBeGreaterThan(0);
      expect(parts.points).toEqual(whole.points);
      expect([parts.warnings, parts.infos]).toEqual([whole.warnings, whole.infos]);
      expect(parts.stats.series).toBe(whole.stats.series);
      expect(parts.stats.peakSamples).toBeLessThan(whole.stats.peakSamples);
    });
  }

  for (const query of KEPT) {
    it(`has one value for each step of ${query}`, async () => {
      const [parts, whole] = [await ask(query, true), await ask(query, false)];
      expect(parts.asked.whole).toBe(0);
      expect(parts.points).toEqual(whole.points);
      expect([parts.warnings, parts.infos]).toEqual([whole.warnings, whole.infos]);
    });
  }

  for (const query of WHOLE) {
    it(`is asked for all series by ${query}`, async () => {
      const [parts, whole] = [await ask(query, true), await ask(query, false)];
      expect(parts.asked.parts).toBe(0);
      expect(parts.points).toEqual(whole.points);
    });
  }

  it("is asked once by aggregations of the same series", async () => {
    const { asked } = await ask("sum(rate(jobs_total[2m])) + sum(rate(jobs_total[2m]))", true);
    expect(asked).toEqual({ whole: 0, parts: 1 });
  });

  it("is bounded in series, and in the samples of one part", async () => {
    const query = "sum(rate(jobs_total[2m]))";
    await expect(ask(query, true, { maxSeries: 39 })).rejects.toMatchObject({ code: "too_many_series" });
    await expect(ask(query, true, { maxSamples: 300 })).rejects.toMatchObject({ code: "too_many_samples" });
    await expect(ask(query, true, { maxSamples: 900 })).resolves.toBeDefined();
  });
});
