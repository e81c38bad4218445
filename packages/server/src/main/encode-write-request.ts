import { writeStaleMarker } from "@spanlight/promql";
import type { WrittenSample } from "../alerts/engine/outside.ts";

/**
 * Samples of rules as a `WriteRequest` of Prometheus remote write 1.0, so that they go the way of pushed ones.
 * Source: prometheus.io/docs/specs/prw/remote_write_spec, messages WriteRequest, TimeSeries, Label, Sample.
 */
export function encodeWriteRequest(samples: readonly WrittenSample[]): Buffer {
  return Buffer.concat(samples.map((sample) => encodeField(1, encodeSeries(sample))));
}

const lengthDelimited = 2;
const sampleBytes = 20;

function encodeSeries({ labels, timeMs, value, isStale }: WrittenSample): Buffer {
  const parts: Buffer[] = [];
  for (let index = 0; index < labels.length; index += 2) {
    const name = encodeField(1, Buffer.from(labels[index] ?? ""));
    const text = encodeField(2, Buffer.from(labels[index + 1] ?? ""));
    parts.push(encodeField(1, Buffer.concat([name, text])));
  }
  parts.push(encodeField(2, encodeSample(timeMs, isStale ? staleValue() : Float64Array.of(value))));
  return Buffer.concat(parts);
}

/** `value` is one double; its bits are kept, so that a staleness marker stays one. */
function encodeSample(timeMs: number, value: Float64Array): Buffer {
  const sample = Buffer.alloc(sampleBytes);
  sample[0] = 0x09; // field 1, fixed64
  sample.writeBigUInt64LE(new BigUint64Array(value.buffer)[0] ?? 0n, 1);
  sample[9] = 0x10; // field 2, varint
  const time = encodeVarint(Math.round(timeMs));
  time.copy(sample, 10);
  return sample.subarray(0, 10 + time.length);
}

function staleValue(): Float64Array {
  const value = new Float64Array(1);
  writeStaleMarker(value, 0);
  return value;
}

function encodeField(field: number, bytes: Buffer): Buffer {
  return Buffer.concat([encodeVarint((field << 3) | lengthDelimited), encodeVarint(bytes.length), bytes]);
}

/** A whole number from 0 to 2^53. */
function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
