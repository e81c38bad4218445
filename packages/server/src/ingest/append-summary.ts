import { formatBound } from "../normalise/prometheus-name.ts";
import { appendParts, countSeries, sumSeries, type Part } from "./append-parts.ts";
import type { PointToAppend } from "./append-point.ts";
import type { MetricTranslator } from "./metric-translator.ts";

/** Writes a point of a summary. Answers why it cannot be stored, or null. */
export function appendSummary(translator: MetricTranslator, item: PointToAppend): string | null {
  const { bytes, view, point } = item;
  if (view.isStale) {
    translator.appendStale(point, view.timeMs);
    return null;
  }
  const missing = view.quantiles.length + 2 - point.series.size;
  if (missing > 0 && !translator.block.registry.hasRoom(missing)) return "too_many_series";
  const { name } = translator.metricContext;
  const list: Part[] = view.quantiles.map((quantile, index) => {
    const label = ["quantile", formatBound(quantile)] as const;
    const series = translator.seriesOf(point, { kind: `quantile=${label[1]}`, name, label });
    return { series, label, value: view.quantileValues[index] ?? Number.NaN };
  });
  list.push(
    { series: sumSeries(translator, item), value: view.sumAt < 0 ? 0 : bytes.readDoubleLE(view.sumAt) },
    { series: countSeries(translator, item), value: view.count },
  );
  appendParts(translator, item, { list, beginsAtZero: false });
  return null;
}
