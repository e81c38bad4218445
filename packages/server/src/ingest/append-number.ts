import { accumulate, zeroTimeMs, type PointToAppend } from "./append-point.ts";
import type { MetricTranslator } from "./metric-translator.ts";

/** Writes a point of a gauge or a sum. Answers why it cannot be stored, or null. */
export function appendNumber(translator: MetricTranslator, item: PointToAppend): string | null {
  const { bytes, view, point } = item;
  const { block, metricContext } = translator;
  const labels = (): ReturnType<typeof translator.labels> => translator.labels();
  const series = translator.seriesOf(point, { kind: "", name: metricContext.name });
  if (view.isStale) {
    block.appendStale(series, view.timeMs, labels);
    return null;
  }
  if (view.valueAt < 0) return "no_value";
  if (metricContext.isDelta) {
    const value = readNumber(item);
    const added = accumulate(translator, item, (before) => ({
      count: 0,
      sum: (before?.sum ?? 0) + value,
      bounds: [],
      buckets: [],
      exponential: null,
    }));
    if ("fault" in added) return added.fault;
    const zeroMs = added.isFirst ? zeroTimeMs(view) : null;
    if (zeroMs !== null) block.appendSample(series, zeroMs, 0, labels);
    block.appendSample(series, view.timeMs, added.totals.sum, labels);
  } else if (view.valueIsInteger) block.appendSample(series, view.timeMs, readNumber(item), labels);
  else block.appendRawSample(series, view.timeMs, { bytes, at: view.valueAt }, labels);
  translator.appendExemplars(bytes, view, () => series);
  return null;
}

function readNumber({ bytes, view }: PointToAppend): number {
  return view.valueIsInteger ? Number(bytes.readBigInt64LE(view.valueAt)) : bytes.readDoubleLE(view.valueAt);
}
