import { nested } from "./decode-log-request.ts";
import { readAttributes, readDouble, readFields, type Field } from "./decode-trace-request.ts";

export interface WirePoint {
  attributes: Record<string, unknown>;
  startNs: bigint;
  timeNs: bigint;
  /** Of a sum. */
  value?: number;
  /** Of a histogram. */
  count?: number;
  sum?: number;
  bounds?: number[];
  buckets?: number[];
  min?: number;
  max?: number;
}

export interface WireMetric {
  name: string;
  unit: string;
  temporality: number;
  monotonic: boolean;
  points: WirePoint[];
}

/** Reads the bytes of an OTLP ExportMetricsServiceRequest. */
export function decodeMetricRequest(body: Buffer): WireMetric[] {
  return nested(body, 1).flatMap((resourceMetrics) =>
    nested(resourceMetrics, 2).flatMap((scopeMetrics) => nested(scopeMetrics, 2).map(readMetric)),
  );
}

function readMetric(bytes: Buffer): WireMetric {
  const fields = [...readFields(bytes)];
  const text = (number: number): string =>
    (fields.find((field) => field.number === number)?.value as Buffer | undefined)?.toString() ?? "";
  const [sum] = nested(bytes, 7);
  const [histogram] = nested(bytes, 9);
  const data = sum ?? histogram ?? Buffer.alloc(0);
  const settings = [...readFields(data)];
  const int = (number: number): number =>
    Number(settings.find((field) => field.number === number)?.value ?? 0n);
  return {
    name: text(1),
    unit: text(3),
    temporality: int(2),
    monotonic: int(3) === 1,
    points: nested(data, 1).map(sum === undefined ? readHistogramPoint : readNumberPoint),
  };
}

function readNumberPoint(bytes: Buffer): WirePoint {
  const fields = [...readFields(bytes)];
  return { ...readTimes(fields), attributes: readAttributes(fields, 7), value: doubleOf(fields, 4) };
}

function readHistogramPoint(bytes: Buffer): WirePoint {
  const fields = [...readFields(bytes)];
  const packed = (number: number): Buffer =>
    (fields.find((field) => field.number === number)?.value as Buffer | undefined) ?? Buffer.alloc(0);
  const words = (buffer: Buffer): bigint[] =>
    Array.from({ length: buffer.length / 8 }, (_, index) => buffer.readBigUInt64LE(index * 8));
  return {
    ...readTimes(fields),
    attributes: readAttributes(fields, 9),
    count: Number(fields.find(({ number }) => number === 4)?.value),
    sum: doubleOf(fields, 5),
    buckets: words(packed(6)).map(Number),
    bounds: words(packed(7)).map(readDouble),
    min: doubleOf(fields, 11),
    max: doubleOf(fields, 12),
  };
}

function readTimes(fields: Field[]): { startNs: bigint; timeNs: bigint } {
  const at = (number: number): bigint => fields.find((field) => field.number === number)?.value as bigint;
  return { startNs: at(2), timeNs: at(3) };
}

function doubleOf(fields: Field[], number: number): number {
  return readDouble(fields.find((field) => field.number === number)?.value as bigint);
}
