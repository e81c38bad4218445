// The series that make up one histogram or summary: name_bucket{le}, name_sum, name_count.
import { formatBound } from "../normalise/prometheus-name.ts";
import { zeroTimeMs, type PointToAppend } from "./append-point.ts";
import type { MetricTranslator } from "./metric-translator.ts";
import type { Labels, Series } from "./series.ts";

/** One series of a point and its value. */
export interface Part {
  readonly series: Series;
  readonly label?: readonly [string, string];
  readonly value: number;
}

export function sumSeries(translator: MetricTranslator, item: PointToAppend): Series {
  return translator.seriesOf(item.point, { kind: "sum", name: `${translator.metricContext.name}_sum` });
}

export function countSeries(translator: MetricTranslator, item: PointToAppend): Series {
  return translator.seriesOf(item.point, { kind: "count", name: `${translator.metricContext.name}_count` });
}

export function bucketSeries(
  translator: MetricTranslator,
  item: PointToAppend,
  bound: number,
): { series: Series; label: readonly [string, string] } {
  const label = ["le", formatBound(bound)] as const;
  const name = `${translator.metricContext.name}_bucket`;
  return { series: translator.seriesOf(item.point, { kind: `le=${label[1]}`, name, label }), label };
}

/** Writes the parts, behind a zero for each where a counter of deltas begins. */
export function appendParts(
  translator: MetricTranslator,
  item: PointToAppend,
  parts: { readonly list: readonly Part[]; readonly beginsAtZero: boolean },
): void {
  const { block } = translator;
  const { view } = item;
  const zeroMs = parts.beginsAtZero ? zeroTimeMs(view) : null;
  for (const { series, label, value } of parts.list) {
    const labels = (): Labels => translator.labelsOf(label);
    if (zeroMs !== null) block.appendSample(series, zeroMs, 0, labels);
    block.appendSample(series, view.timeMs, value, labels);
  }
}
