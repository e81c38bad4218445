// Two instrumentations of one call make two nested model-call spans with the same tokens. Within a request the inner one is billed.
import type { SpanView } from "../decode/span-view.ts";

/** Numbers kept per billed span: its row, where its trace id starts, and the two halves of its and its parent's span id. */
const numbersPerCall = 6;

export class BilledCalls {
  private calls = new Int32Array(numbersPerCall * 256);
  private slots = new Int32Array(1024);
  private count = 0;

  clear(): void {
    this.count = 0;
  }

  /** Remembers a billed span of the request. */
  add(bytes: Buffer, row: number, span: SpanView): void {
    if ((this.count + 1) * numbersPerCall > this.calls.length) this.grow();
    const at = this.count * numbersPerCall;
    const { calls } = this;
    calls[at] = row;
    const isRoot = span.parentLength !== 8;
    calls[at + 1] = span.traceIdStart;
    calls[at + 2] = bytes.readInt32LE(span.spanIdStart);
    calls[at + 3] = bytes.readInt32LE(span.spanIdStart + 4);
    calls[at + 4] = isRoot ? 0 : bytes.readInt32LE(span.parentStart);
    calls[at + 5] = isRoot ? 0 : bytes.readInt32LE(span.parentStart + 4);
    this.count += 1;
  }

  /** Calls `repeated` with the row of every billed span that has a billed child in the same request. */
  findRepeated(bytes: Buffer, repeated: (row: number) => void): void {
    if (this.count < 2) return;
    this.index();
    const { calls } = this;
    for (let call = 0; call < this.count; call += 1) {
      const at = call * numbersPerCall;
      const low = calls[at + 4] ?? 0;
      const high = calls[at + 5] ?? 0;
      if (low === 0 && high === 0) continue;
      const parent = this.find(bytes, { low, high, trace: calls[at + 1] ?? 0 });
      if (parent >= 0 && parent !== call) repeated(calls[parent * numbersPerCall] ?? 0);
    }
  }

  private index(): void {
    let size = 1024;
    while (size < this.count * 4) size *= 2;
    if (this.slots.length < size) this.slots = new Int32Array(size);
    else this.slots.fill(0);
    const mask = this.slots.length - 1;
    for (let call = 0; call < this.count; call += 1) {
      const at = call * numbersPerCall;
      let slot = hashId(this.calls[at + 2] ?? 0, this.calls[at + 3] ?? 0) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = call + 1;
    }
  }

  private find(bytes: Buffer, wanted: { low: number; high: number; trace: number }): number {
    const mask = this.slots.length - 1;
    let slot = hashId(wanted.low, wanted.high) & mask;
    for (let entry = this.slots[slot] ?? 0; entry !== 0; entry = this.slots[slot] ?? 0) {
      const at = (entry - 1) * numbersPerCall;
      const sameId = this.calls[at + 2] === wanted.low && this.calls[at + 3] === wanted.high;
      if (sameId && sameTrace(bytes, this.calls[at + 1] ?? 0, wanted.trace)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  private grow(): void {
    const larger = new Int32Array(this.calls.length * 2);
    larger.set(this.calls);
    this.calls = larger;
  }
}

function hashId(low: number, high: number): number {
  const hash = Math.imul(low ^ Math.imul(high, 0x85ebca6b), 0xc2b2ae35);
  return hash ^ (hash >>> 15);
}

function sameTrace(bytes: Buffer, first: number, second: number): boolean {
  for (let index = 0; index < 16; index += 1)
    if (bytes[first + index] !== bytes[second + index]) return false;
  return true;
}
