import { encodeJsonEnvelope, readEnum } from "./json-envelope.ts";
import {
  isRecord,
  readList,
  readText,
  readUnsigned,
  writeKeyValues,
  type JsonObject,
} from "./json-fields.ts";
import { MalformedRequestError } from "./malformed-request-error.ts";
import { metricKind } from "./point-view.ts";
import type { ProtoWriter } from "./proto-writer.ts";

/** Encodes an ExportMetricsServiceRequest given as JSON text. Throws MalformedRequestError for anything else. */
export function encodeJsonMetrics(body: Buffer): Buffer {
  return encodeJsonEnvelope(
    body,
    { resources: "resourceMetrics", scopes: "scopeMetrics", items: "metrics" },
    writeMetric,
  );
}

type PointWriter = (writer: ProtoWriter, point: JsonObject) => void;

const dataFields: ReadonlyArray<readonly [name: string, field: number, writePoint: PointWriter]> = [
  ["gauge", metricKind.gauge, writeNumberPoint],
  ["sum", metricKind.sum, writeNumberPoint],
  ["histogram", metricKind.histogram, writeHistogramPoint],
  ["exponentialHistogram", metricKind.exponentialHistogram, writeExponentialPoint],
  ["summary", metricKind.summary, writeSummaryPoint],
];

const temporalities: readonly string[] = [
  "AGGREGATION_TEMPORALITY_UNSPECIFIED",
  "AGGREGATION_TEMPORALITY_DELTA",
  "AGGREGATION_TEMPORALITY_CUMULATIVE",
];

function writeMetric(writer: ProtoWriter, metric: JsonObject): void {
  writer.text(1, readText(metric, "name"));
  writer.text(2, readText(metric, "description"));
  writer.text(3, readText(metric, "unit"));
  for (const [name, field, writePoint] of dataFields) {
    const data = metric[name];
    if (!isRecord(data)) continue;
    writer.message(field, () => {
      for (const point of readList(data, "dataPoints")) writer.message(1, () => writePoint(writer, point));
      writer.varint(2, readEnum(data["aggregationTemporality"], temporalities));
      writer.varint(3, data["isMonotonic"] === true ? 1 : 0);
    });
  }
}

function writeTimes(writer: ProtoWriter, point: JsonObject): void {
  writer.fixed64(2, readUnsigned(point, "startTimeUnixNano"));
  writer.fixed64(3, readUnsigned(point, "timeUnixNano"));
}

function writeNumberPoint(writer: ProtoWriter, point: JsonObject): void {
  writeKeyValues(writer, 7, readList(point, "attributes"));
  writeTimes(writer, point);
  writeNumber(writer, point);
  writeExemplars(writer, 5, point);
  writer.varint(8, readUnsigned(point, "flags"));
}

/** `asDouble` or `asInt`, as in number points and exemplars; the numbers of their fields differ by one. */
function writeNumber(writer: ProtoWriter, point: JsonObject, doubleField = 4): void {
  if (isGiven(point["asDouble"])) writer.double(doubleField, readDouble(point, "asDouble"));
  else if (isGiven(point["asInt"])) writer.fixed64(6, readUnsigned(point, "asInt"));
}

function writeHistogramPoint(writer: ProtoWriter, point: JsonObject): void {
  writeKeyValues(writer, 9, readList(point, "attributes"));
  writeTimes(writer, point);
  writer.fixed64(4, readUnsigned(point, "count"));
  if (isGiven(point["sum"])) writer.double(5, readDouble(point, "sum"));
  for (const count of readItems(point, "bucketCounts"))
    writer.fixed64(6, readUnsigned({ bucketCounts: count }, "bucketCounts"));
  for (const bound of readItems(point, "explicitBounds"))
    writer.double(7, readDouble({ explicitBounds: bound }, "explicitBounds"));
  writeExemplars(writer, 8, point);
  writer.varint(10, readUnsigned(point, "flags"));
}

function writeExponentialPoint(writer: ProtoWriter, point: JsonObject): void {
  writeKeyValues(writer, 1, readList(point, "attributes"));
  writeTimes(writer, point);
  writer.fixed64(4, readUnsigned(point, "count"));
  if (isGiven(point["sum"])) writer.double(5, readDouble(point, "sum"));
  writer.varint(6, zigzag(readUnsigned(point, "scale")));
  writer.fixed64(7, readUnsigned(point, "zeroCount"));
  writeBuckets(writer, 8, point["positive"]);
  writeBuckets(writer, 9, point["negative"]);
  writer.varint(10, readUnsigned(point, "flags"));
  writeExemplars(writer, 11, point);
}

function writeBuckets(writer: ProtoWriter, field: number, buckets: unknown): void {
  if (!isRecord(buckets)) return;
  writer.message(field, () => {
    writer.varint(1, zigzag(readUnsigned(buckets, "offset")));
    for (const count of readItems(buckets, "bucketCounts"))
      writer.varint(2, readUnsigned({ bucketCounts: count }, "bucketCounts"));
  });
}

function writeSummaryPoint(writer: ProtoWriter, point: JsonObject): void {
  writeKeyValues(writer, 7, readList(point, "attributes"));
  writeTimes(writer, point);
  writer.fixed64(4, readUnsigned(point, "count"));
  writer.double(5, readDouble(point, "sum"));
  for (const quantile of readList(point, "quantileValues")) {
    writer.message(6, () => {
      writer.double(1, readDouble(quantile, "quantile"));
      writer.double(2, readDouble(quantile, "value"));
    });
  }
  writer.varint(8, readUnsigned(point, "flags"));
}

function writeExemplars(writer: ProtoWriter, field: number, point: JsonObject): void {
  for (const exemplar of readList(point, "exemplars")) {
    writer.message(field, () => {
      writer.fixed64(2, readUnsigned(exemplar, "timeUnixNano"));
      writeNumber(writer, exemplar, 3);
      writer.raw(4, Buffer.from(readText(exemplar, "spanId"), "hex"));
      writer.raw(5, Buffer.from(readText(exemplar, "traceId"), "hex"));
      writeKeyValues(writer, 7, readList(exemplar, "filteredAttributes"));
    });
  }
}

function readItems(message: JsonObject, name: string): readonly unknown[] {
  const value = message[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedRequestError(`"${name}" is not an array`);
  return value;
}

/** JSON has no words for them: protobuf's JSON mapping writes "NaN", "Infinity" and "-Infinity" as strings. */
function readDouble(message: JsonObject, name: string): number {
  const value = message[name];
  if (value === undefined || value === null) return 0;
  if (typeof value === "number") return value;
  if (typeof value === "string" && value.trim() !== "") {
    const number = Number(value);
    if (value === "NaN" || !Number.isNaN(number)) return number;
  }
  throw new MalformedRequestError(`"${name}" is not a number`);
}

function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function zigzag(value: bigint): bigint {
  return BigInt.asUintN(32, (value << 1n) ^ (value >> 31n));
}
