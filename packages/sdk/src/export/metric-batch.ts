import type { Attributes } from "@opentelemetry/api";
import type { CounterPoint, HistogramPoint, Metric, MetricSnapshot } from "../metrics/metric.ts";
import { sdkVersion } from "../tracing/resource.ts";
import type { Batch, SealedBatch } from "./batch.ts";
import { encodeAttributes } from "./encode-attributes.ts";
import { encodeResource } from "./encode-resource.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";

/** Readings of all metrics as an OTLP ExportMetricsServiceRequest; each reading is one `scope_metrics` of it. */
export class MetricBatch implements Batch<MetricSnapshot> {
  readonly #resource: Buffer;
  readonly #scopes = new ProtobufWriter();
  #count = 0;

  constructor(resource: Attributes) {
    this.#resource = encodeResource(resource);
  }

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#scopes.length;
  }

  add(snapshot: MetricSnapshot): void {
    const scopeMetrics = this.#scopes.begin(0x12);
    const scope = this.#scopes.begin(0x0a);
    this.#scopes.string(0x0a, "@spanlight/sdk");
    this.#scopes.string(0x12, sdkVersion);
    this.#scopes.end(scope);
    for (const metric of snapshot.metrics) encodeMetric(this.#scopes, metric, snapshot);
    this.#scopes.end(scopeMetrics);
    this.#count++;
  }

  seal(): SealedBatch {
    const writer = new ProtobufWriter(this.#resource.length + this.#scopes.length + 64);
    const resourceMetrics = writer.begin(0x0a);
    writer.appendRaw(this.#resource);
    writer.appendRaw(this.#scopes.view());
    this.#scopes.reset();
    writer.end(resourceMetrics);
    const count = this.#count;
    this.#count = 0;
    return { body: writer.view(), count };
  }
}

function encodeMetric(writer: ProtobufWriter, metric: Metric, snapshot: MetricSnapshot): void {
  const message = writer.begin(0x12);
  writer.string(0x0a, metric.name);
  if (metric.description !== "") writer.string(0x12, metric.description);
  if (metric.unit !== "") writer.string(0x1a, metric.unit);
  // OTLP counts temporalities from 1: delta, cumulative.
  const temporality = snapshot.temporality === "delta" ? 1 : 2;
  if (metric.kind === "histogram") {
    const histogram = writer.begin(0x4a);
    for (const point of metric.points) encodeHistogramPoint(writer, point, metric.bounds, snapshot);
    writer.uint(0x10, temporality);
    writer.end(histogram);
  } else {
    const sum = writer.begin(0x3a);
    for (const point of metric.points) encodeNumberPoint(writer, point, snapshot);
    writer.uint(0x10, temporality);
    writer.uint(0x18, 1);
    writer.end(sum);
  }
  writer.end(message);
}

function encodeNumberPoint(writer: ProtobufWriter, point: CounterPoint, snapshot: MetricSnapshot): void {
  const message = writer.begin(0x0a);
  encodeTimes(writer, snapshot);
  writer.double(0x21, point.value);
  encodeAttributes(writer, 0x3a, point.attributes);
  writer.end(message);
}

function encodeHistogramPoint(
  writer: ProtobufWriter,
  point: HistogramPoint,
  bounds: readonly number[],
  snapshot: MetricSnapshot,
): void {
  const message = writer.begin(0x0a);
  encodeTimes(writer, snapshot);
  writer.fixed64(0x21, BigInt(point.count));
  writer.double(0x29, point.sum);
  const counts = Buffer.allocUnsafe(point.bucketCounts.length * 8);
  point.bucketCounts.forEach((count, index) => counts.writeBigUInt64LE(BigInt(count), index * 8));
  writer.bytes(0x32, counts);
  const limits = Buffer.allocUnsafe(bounds.length * 8);
  bounds.forEach((bound, index) => limits.writeDoubleLE(bound, index * 8));
  writer.bytes(0x3a, limits);
  encodeAttributes(writer, 0x4a, point.attributes);
  writer.double(0x59, point.min);
  writer.double(0x61, point.max);
  writer.end(message);
}

function encodeTimes(writer: ProtobufWriter, snapshot: MetricSnapshot): void {
  writer.fixed64(0x11, snapshot.startNs);
  writer.fixed64(0x19, snapshot.timeNs);
}
