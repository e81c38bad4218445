// Points of OTLP metrics become samples of Prometheus series.
import { createHash } from "node:crypto";
import { readExemplar } from "../decode/read-exemplar.ts";
import { metricKind, temporality, type MetricView, type PointView } from "../decode/point-view.ts";
import { readAttributes } from "../decode/read-value.ts";
import type { MetricVisitor } from "../decode/walk-metrics.ts";
import {
  toPrometheusName,
  toPrometheusUnit,
  type PrometheusMetricType,
} from "../normalise/prometheus-name.ts";
import type { Word } from "../normalise/words.ts";
import { appendHistogram } from "./append-histogram.ts";
import { appendExponential } from "./append-exponential.ts";
import { appendNumber } from "./append-number.ts";
import { appendSummary } from "./append-summary.ts";
import { joinLabels, readResourceLabels, type ResourceLabels } from "./metric-labels.ts";
import type { SampleBlock } from "./sample-block.ts";
import type { PointSeries } from "./series-registry.ts";
import { createSeries, toNameWord, withLabel, type Labels, type Series } from "./series.ts";

/** What holds for all points of the metric that is being read. */
export interface MetricContext {
  readonly key: string;
  readonly name: string;
  readonly kind: number;
  readonly isDelta: boolean;
  /** Why none of its points can be stored. */
  readonly fault: string | null;
}

const targetInfo = "target_info";
/** Exemplars' labels may be this long together (OpenMetrics); trace and span id stay in any case. */
const maxExemplarLabelLength = 128;
const noContext: MetricContext = { key: "", name: "", kind: 0, isDelta: false, fault: "no_data" };

/** Writes the points of one request into a block; reused request after request. */
export class MetricTranslator implements MetricVisitor {
  readonly block: SampleBlock;
  metricContext: MetricContext = noContext;
  private resourceLabels: ResourceLabels = readResourceLabels(Buffer.alloc(0), -1, -1);
  private newestMs = 0;
  private bytes: Buffer = Buffer.alloc(0);
  private view: PointView | null = null;
  private pointLabels: Labels | null = null;

  constructor(block: SampleBlock) {
    this.block = block;
  }

  resource(bytes: Buffer, start: number, end: number): void {
    this.finish();
    this.resourceLabels = readResourceLabels(bytes, start, end);
  }

  scope(): void {
    // Series of two scopes are told apart by their attributes alone, as Prometheus does by default.
  }

  metric(bytes: Buffer, metric: MetricView): void {
    const name = bytes.toString("utf8", metric.nameStart, metric.nameEnd);
    const unit = bytes.toString("utf8", metric.unitStart, metric.unitEnd);
    const type = toType(metric);
    const prometheusName = toPrometheusName({ name, unit, type });
    const context = [this.block.project, this.resourceLabels.key, name, unit, type, metric.kind];
    const key = createHash("sha1").update(context.join("\0")).digest("base64url");
    const isDelta = hasTemporality(metric) && metric.temporality === temporality.delta;
    this.metricContext = {
      key,
      name: prometheusName,
      kind: metric.kind,
      isDelta,
      fault: findFault(metric, prometheusName),
    };
    if (this.metricContext.fault !== null) return;
    const help = bytes.toString("utf8", metric.descriptionStart, metric.descriptionEnd);
    const row = { metric: prometheusName, type, unit: toPrometheusUnit(unit), help };
    this.block.appendMetadata(
      this.block.registry.family([this.block.project, prometheusName, type, unit, help].join("\0")),
      row,
    );
  }

  point(bytes: Buffer, point: PointView): void {
    const { block, metricContext } = this;
    block.received += 1;
    this.bytes = bytes;
    this.view = point;
    this.pointLabels = null;
    const fault =
      metricContext.fault ??
      (point.hasValidTime && point.timeMs > 0 ? this.append(bytes, point) : "invalid_time");
    if (fault !== null) {
      block.reject(fault);
      return;
    }
    block.noteTime(point.timeMs);
    this.newestMs = Math.max(this.newestMs, point.timeMs);
  }

  /** Ends a resource: tells what it is, beside the samples of its series. */
  finish(): void {
    const { block, newestMs } = this;
    const { target, key } = this.resourceLabels;
    this.newestMs = 0;
    if (newestMs === 0 || target === null) return;
    const pointKey = `${block.project}\0${key}`;
    const point = block.registry.find(pointKey) ?? block.registry.add(pointKey, 1);
    if (point === undefined) return;
    const series = point.series.get("") ?? this.add(point, "", toNameWord(targetInfo), target);
    block.appendSample(series, newestMs, 1, () => target);
  }

  /** Labels of the point being read, worked out when they are first asked for. */
  labels(): Labels {
    const { view } = this;
    this.pointLabels ??=
      view === null
        ? []
        : joinLabels(readAttributes(this.bytes, view.attributes), this.resourceLabels.labels);
    return this.pointLabels;
  }

  /** The series of a part of the point: `le=0.5` of `name_bucket`, `sum` of `name_sum`. Room was made sure of before. */
  seriesOf(
    point: PointSeries,
    part: { kind: string; name: string; label?: readonly [string, string] },
  ): Series {
    const known = point.series.get(part.kind);
    return known ?? this.add(point, part.kind, toNameWord(part.name), this.labelsOf(part.label));
  }

  labelsOf(label: readonly [string, string] | undefined): Labels {
    return label === undefined ? this.labels() : withLabel(this.labels(), label[0], label[1]);
  }

  /** Everything of a point whose flags say that there is no value. */
  appendStale(point: PointSeries, timeMs: number): void {
    for (const [kind, series] of point.series) {
      const [name, value] = kind.split("=", 2);
      const label = value === undefined || name === undefined ? undefined : ([name, value] as const);
      this.block.appendStale(series, timeMs, () => this.labelsOf(label));
    }
  }

  appendExemplars(bytes: Buffer, view: PointView, find: (value: number) => Series): void {
    for (let index = 0; index < view.exemplars.count; index += 1) {
      const exemplar = readExemplar(bytes, view.exemplars.start(index), view.exemplars.end(index));
      const { timeMs, value, traceId, spanId } = exemplar;
      if (timeMs <= 0) continue;
      const ids: Labels = [
        ["span_id", spanId],
        ["trace_id", traceId],
      ];
      const all = joinLabels(exemplar.attributes, ids);
      const length = all.reduce((sum, [name, text]) => sum + name.length + text.length, 0);
      const labels = length <= maxExemplarLabelLength ? all : joinLabels({}, ids);
      this.block.appendExemplar(find(value), { timeMs, value, traceId, spanId, labels });
    }
  }

  private append(bytes: Buffer, view: PointView): string | null {
    const key = this.metricContext.key + toAttributesKey(bytes, view);
    const point = this.block.registry.find(key) ?? this.block.registry.add(key, 1);
    if (point === undefined) return "too_many_series";
    switch (this.metricContext.kind) {
      case metricKind.histogram:
        return appendHistogram(this, { bytes, view, point });
      case metricKind.exponentialHistogram:
        return appendExponential(this, { bytes, view, point });
      case metricKind.summary:
        return appendSummary(this, { bytes, view, point });
      default:
        return appendNumber(this, { bytes, view, point });
    }
  }

  private add(point: PointSeries, kind: string, name: Word, labels: Labels): Series {
    const series = createSeries(this.block.project, name, labels);
    this.block.registry.addSeries(point, kind, series);
    return series;
  }
}

function toType(metric: MetricView): PrometheusMetricType {
  if (metric.kind === metricKind.summary) return "summary";
  if (metric.kind === metricKind.sum && metric.isMonotonic) return "counter";
  return metric.kind === metricKind.gauge || metric.kind === metricKind.sum ? "gauge" : "histogram";
}

function hasTemporality({ kind }: MetricView): boolean {
  return kind !== metricKind.gauge && kind !== metricKind.summary;
}

function findFault(metric: MetricView, prometheusName: string): string | null {
  if (prometheusName === "") return "invalid_metric_name";
  if (!hasTemporality(metric)) return null;
  if (metric.temporality !== temporality.delta && metric.temporality !== temporality.cumulative)
    return "unknown_temporality";
  const isUpDown = metric.kind === metricKind.sum && !metric.isMonotonic;
  return isUpDown && metric.temporality === temporality.delta ? "delta_up_down_counter" : null;
}

/** The bytes of the point's attributes: the same sender writes the same attributes the same way. */
function toAttributesKey(bytes: Buffer, view: PointView): string {
  const ranges = view.attributeRanges;
  if (ranges.count === 0) return "";
  if (view.attributesAreOneRange)
    return bytes.toString("latin1", ranges.start(0), ranges.end(ranges.count - 1));
  let key = "";
  for (let index = 0; index < ranges.count; index += 1)
    key += `${ranges.end(index) - ranges.start(index)}:${bytes.toString("latin1", ranges.start(index), ranges.end(index))}`;
  return key;
}
