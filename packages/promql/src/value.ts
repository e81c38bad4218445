import type { Labels } from "./labels.ts";

/**
 * One stored series: samples in ascending time, times in ms since the epoch. An ordinary NaN is a
 * value; the NaN with the bits of `writeStaleMarker` ends the series until its next sample.
 */
export interface Series {
  readonly labels: Labels;
  readonly timestampsMs: Float64Array;
  readonly values: Float64Array;
  /** True when the store holds native histogram samples of this series in the time asked for. */
  readonly hasNativeHistograms?: boolean;
}

/** One point of an instant vector. */
export interface Sample {
  readonly labels: Labels;
  readonly timeMs: number;
  readonly value: number;
}

/** What a query answers. A matrix is sorted by labels. */
export type QueryValue =
  | { readonly type: "scalar"; readonly timeMs: number; readonly value: number }
  | { readonly type: "string"; readonly timeMs: number; readonly value: string }
  | { readonly type: "vector"; readonly samples: readonly Sample[] }
  | { readonly type: "matrix"; readonly series: readonly Series[] };

const STALE_HIGH = 0x7ff00000;
const STALE_LOW = 2;
const HIGH_WORD = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 1 : 0;

/** Writes Prometheus' staleness marker into an array of values. */
export function writeStaleMarker(values: Float64Array, index: number): void {
  const words = new Uint32Array(values.buffer, values.byteOffset + index * 8, 2);
  words[HIGH_WORD] = STALE_HIGH;
  words[1 - HIGH_WORD] = STALE_LOW;
}

/** True for the staleness marker, false for every other value, ordinary NaN included. */
export function isStaleMarker(values: Float64Array, index: number): boolean {
  if (!Number.isNaN(values[index])) return false;
  const words = new Uint32Array(values.buffer, values.byteOffset + index * 8, 2);
  return words[HIGH_WORD] === STALE_HIGH && words[1 - HIGH_WORD] === STALE_LOW;
}
