// 64-bit nanoseconds as two 32-bit halves: a bigint per span costs more than the rest of the walk.
import type { SpanView } from "../decode/span-view.ts";

const twoTo32 = 2 ** 32;
const slotNs = 10_000_000_000;
/** Doubles hold nanoseconds of today to 256 ns: closer than this to a slot's edge the division is done exactly. */
const edgeNs = 1024;

/** Start, duration and slot of one span; reused. */
export class SpanTimes {
  startLow = 0;
  startHigh = 0;
  durationLow = 0;
  durationHigh = 0;
  /** End of the span cut to ten seconds, in Unix seconds. */
  slot = 0;

  /** False when a time does not fit signed 64-bit nanoseconds (after the year 2262). A span without a start starts at its end. */
  read(span: SpanView): boolean {
    if (span.startHigh > 0x7fffffff || span.endHigh > 0x7fffffff) return false;
    const hasStart = span.startLow !== 0 || span.startHigh !== 0;
    this.startLow = hasStart ? span.startLow : span.endLow;
    this.startHigh = hasStart ? span.startHigh : span.endHigh;
    this.subtract(span.endLow, span.endHigh);
    const ended = this.durationLow !== 0 || this.durationHigh !== 0;
    this.slot = ended ? toSlot(span.endLow, span.endHigh) : toSlot(this.startLow, this.startHigh);
    return true;
  }

  get startMs(): number {
    return (this.startHigh * twoTo32 + this.startLow) / 1e6;
  }

  /** A span that ends before it starts, or has no end, lasts 0. */
  private subtract(endLow: number, endHigh: number): void {
    let high = endHigh - this.startHigh;
    let low = endLow - this.startLow;
    if (low < 0) {
      low += twoTo32;
      high -= 1;
    }
    this.durationLow = high < 0 ? 0 : low;
    this.durationHigh = high < 0 ? 0 : high;
  }
}

function toSlot(low: number, high: number): number {
  const ns = high * twoTo32 + low;
  const rest = ns % slotNs;
  const near = rest < edgeNs || slotNs - rest < edgeNs;
  const slots = near
    ? Number(((BigInt(high) << 32n) | BigInt(low)) / BigInt(slotNs))
    : Math.floor(ns / slotNs);
  return Math.min(0xffffffff - 5, slots * 10);
}
