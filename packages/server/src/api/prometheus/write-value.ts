import {
  formatDecimal,
  formatValue,
  type Labels,
  labelsToRecord,
  type QueryValue,
  type Series,
} from "@spanlight/promql";

/** Unix milliseconds as seconds with up to three decimals, as Prometheus writes them. */
export function writeTime(timeMs: number): string {
  const ms = Math.round(timeMs);
  const fraction = Math.abs(ms % 1000);
  const seconds = Math.trunc(ms / 1000);
  const sign = ms < 0 && seconds === 0 ? "-" : "";
  return fraction === 0 ? `${seconds}` : `${sign}${seconds}.${String(fraction).padStart(3, "0")}`;
}

export function writeLabels(labels: Labels): string {
  return JSON.stringify(labelsToRecord(labels));
}

function writePoint(timeMs: number, value: number): string {
  return `[${writeTime(timeMs)},"${formatValue(value)}"]`;
}

/** The `data` of a query's answer as JSON. The type comes first: Grafana's reader streams by it. */
export function writeValue(value: QueryValue, limit: number): { data: string; isCut: boolean } {
  switch (value.type) {
    case "scalar":
      // Prometheus writes scalars without exponents, other values with.
      return {
        data: wrap("scalar", `[${writeTime(value.timeMs)},"${formatDecimal(value.value)}"]`),
        isCut: false,
      };
    case "string":
      return {
        data: wrap("string", `[${writeTime(value.timeMs)},${JSON.stringify(value.value)}]`),
        isCut: false,
      };
    case "vector": {
      const kept = limit === 0 ? value.samples : value.samples.slice(0, limit);
      const parts = kept.map(
        (sample) =>
          `{"metric":${writeLabels(sample.labels)},"value":${writePoint(sample.timeMs, sample.value)}}`,
      );
      return { data: wrap("vector", `[${parts.join(",")}]`), isCut: kept.length < value.samples.length };
    }
    case "matrix": {
      const kept = limit === 0 ? value.series : value.series.slice(0, limit);
      const parts = kept.map((series) => writeSeries(series));
      return { data: wrap("matrix", `[${parts.join(",")}]`), isCut: kept.length < value.series.length };
    }
  }
}

function writeSeries({ labels, timestampsMs, values }: Series): string {
  const points: string[] = [];
  for (let index = 0; index < values.length; index += 1) {
    points.push(writePoint(timestampsMs[index] ?? 0, values[index] ?? Number.NaN));
  }
  return `{"metric":${writeLabels(labels)},"values":[${points.join(",")}]}`;
}

/** Points of a matrix that are written at once: some 10 ms of work. */
const POINTS_PER_PIECE = 20_000;

/** The `data` of a large matrix piece by piece. */
export function* writeMatrix(series: readonly Series[]): Generator<string, void, void> {
  yield '{"resultType":"matrix","result":[';
  let parts: string[] = [];
  let points = 0;
  for (const [index, one] of series.entries()) {
    parts.push((index === 0 ? "" : ",") + writeSeries(one));
    points += one.values.length;
    if (points < POINTS_PER_PIECE) continue;
    yield parts.join("");
    [parts, points] = [[], 0];
  }
  yield `${parts.join("")}]}`;
}

function wrap(type: string, result: string): string {
  return `{"resultType":"${type}","result":${result}}`;
}
