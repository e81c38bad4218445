import {
  readSample,
  readWrittenExemplar,
  type RemoteWriteVisitor,
  type TimeSeriesView,
  type WrittenMetadata,
} from "../decode/walk-remote-write.ts";
import type { SampleBlock } from "./sample-block.ts";
import { createSeries, toLabels, toNameWord, type Labels, type Series } from "./series.ts";

const types = ["unknown", "counter", "gauge", "histogram", "gaugehistogram", "summary", "info", "stateset"];

/** The first and the last millisecond that the store's times can hold: 1900 to 2299. */
const firstMs = Date.UTC(1900, 0, 1);
const lastMs = Date.UTC(2299, 11, 31);

interface Identity {
  readonly name: string;
  readonly labels: Labels;
}

/** Writes the series of one request of Prometheus remote write into a block. */
export class RemoteWriteTranslator implements RemoteWriteVisitor {
  private readonly block: SampleBlock;

  constructor(block: SampleBlock) {
    this.block = block;
  }

  timeSeries(bytes: Buffer, view: TimeSeriesView): void {
    const { block } = this;
    const items = view.samples.count + view.nativeHistograms;
    block.received += items;
    if (view.nativeHistograms > 0) block.reject("native_histogram", view.nativeHistograms);
    // Prometheus sends exemplars in series of their own, without the samples.
    if (view.samples.count === 0 && view.exemplars.count === 0) return;
    const found = this.findSeries(bytes, view);
    if (typeof found === "string") {
      if (view.samples.count > 0) block.reject(found, view.samples.count);
      return;
    }
    let identity: Identity | undefined;
    const labels = (): Labels => {
      identity ??= readIdentity(bytes, view);
      return identity.labels;
    };
    for (let index = 0; index < view.samples.count; index += 1) {
      const { valueAt, timeMs } = readSample(bytes, view.samples.start(index), view.samples.end(index));
      if (timeMs < firstMs || timeMs > lastMs) {
        block.reject("invalid_time");
        continue;
      }
      block.noteTime(timeMs);
      if (valueAt < 0) block.appendSample(found, timeMs, 0, labels);
      else block.appendRawSample(found, timeMs, { bytes, at: valueAt }, labels);
    }
    this.appendExemplars(bytes, view, found);
  }

  metadata({ type, family, help, unit }: WrittenMetadata): void {
    if (family === "") return;
    const { block } = this;
    const row = { metric: family, type: types[type] ?? "unknown", unit, help };
    block.appendMetadata(
      block.registry.family([block.project, family, row.type, unit, help].join("\0")),
      row,
    );
  }

  /** The series of the labels, or why it cannot be stored. */
  private findSeries(bytes: Buffer, view: TimeSeriesView): Series | string {
    const { block } = this;
    const key = `${block.project}\0${toLabelsKey(bytes, view)}`;
    const known = block.registry.find(key)?.series.get("");
    if (known !== undefined) return known;
    const { name, labels } = readIdentity(bytes, view);
    if (name === "") return "missing_metric_name";
    if (new Set(labels.map(([label]) => label)).size < labels.length) return "duplicate_label";
    const point = block.registry.add(key, 1);
    if (point === undefined) return "too_many_series";
    const series = createSeries(block.project, toNameWord(name), labels);
    block.registry.addSeries(point, "", series);
    return series;
  }

  private appendExemplars(bytes: Buffer, view: TimeSeriesView, series: Series): void {
    for (let index = 0; index < view.exemplars.count; index += 1) {
      const { sample, labels } = readWrittenExemplar(
        bytes,
        view.exemplars.start(index),
        view.exemplars.end(index),
      );
      const { timeMs, valueAt } = sample;
      if (timeMs < firstMs || timeMs > lastMs) continue;
      const value = valueAt < 0 ? 0 : bytes.readDoubleLE(valueAt);
      const texts = new Map(labels);
      const [traceId, spanId] = [
        texts.get("trace_id") ?? texts.get("traceID") ?? "",
        texts.get("span_id") ?? "",
      ];
      this.block.appendExemplar(series, { timeMs, value, traceId, spanId, labels: toLabels(texts) });
    }
  }
}

function readIdentity(bytes: Buffer, view: TimeSeriesView): Identity {
  const labels = view.labels.read(bytes);
  return {
    name: labels.find(([label]) => label === "__name__")?.[1] ?? "",
    labels: toLabels(labels.filter(([label]) => label !== "__name__")),
  };
}

/** The bytes of the labels: the same sender writes the same labels the same way. */
function toLabelsKey(bytes: Buffer, view: TimeSeriesView): string {
  let key = "";
  for (let index = 0; index < view.labelRanges.count; index += 1)
    key += bytes.toString("latin1", view.labelRanges.start(index), view.labelRanges.end(index));
  return key;
}
