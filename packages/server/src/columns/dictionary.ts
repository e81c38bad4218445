import { ByteStore } from "./byte-store.ts";
import { viewOf } from "./byte-view.ts";

/** A probe chain this long means hostile or unlucky values: the value is then stored again, which the format allows. */
const maxProbes = 16;

/** Distinct byte strings and their numbers. Number 0 is always the empty string. */
export class Dictionary {
  /** The distinct values as a Native String column. */
  readonly store: ByteStore = new ByteStore(4096);
  count = 0;
  private starts = new Int32Array(256);
  private lengths = new Int32Array(256);
  private slots = new Int32Array(512);
  private mask = 511;

  constructor() {
    this.clear();
  }

  clear(): void {
    if (this.count > 1) this.slots.fill(0); // the empty string has no slot
    this.store.reset();
    this.count = 0;
    this.add(emptyBytes, 0, 0);
  }

  /** The number of the value, added when it is new. */
  intern(bytes: Buffer, start: number, end: number): number {
    if (start === end) return 0;
    const { slots, mask } = this;
    let slot = hashBytes(bytes, start, end) & mask;
    for (let probe = 0; probe < maxProbes; probe += 1) {
      const entry = slots[slot] ?? 0;
      if (entry === 0) return this.addAt(slot, bytes, { start, end });
      if (this.equals(entry - 1, bytes, { start, end })) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return this.add(bytes, start, end);
  }

  internText(text: string): number {
    if (text === "") return 0;
    // At most three bytes for each of its units; the same bytes every time, so that no view of them has to be made.
    if (text.length * 3 <= scratch.length) return this.intern(scratch, 0, scratch.write(text, 0, "utf8"));
    const bytes = Buffer.from(text, "utf8");
    return this.intern(bytes, 0, bytes.length);
  }

  private addAt(slot: number, bytes: Buffer, range: { start: number; end: number }): number {
    const entry = this.add(bytes, range.start, range.end);
    this.slots[slot] = entry + 1;
    if (this.count * 2 > this.mask) this.rehash();
    return entry;
  }

  private add(bytes: Buffer, start: number, end: number): number {
    if (this.count === this.starts.length) this.growEntries();
    this.store.appendVarint(end - start);
    this.starts[this.count] = this.store.length;
    this.lengths[this.count] = end - start;
    this.store.append(bytes, start, end);
    this.count += 1;
    return this.count - 1;
  }

  private equals(entry: number, bytes: Buffer, range: { start: number; end: number }): boolean {
    const length = range.end - range.start;
    return (
      this.lengths[entry] === length &&
      this.store.words.equals(this.starts[entry] ?? 0, viewOf(bytes), range.start, length)
    );
  }

  private growEntries(): void {
    const starts = new Int32Array(this.starts.length * 2);
    const lengths = new Int32Array(this.lengths.length * 2);
    starts.set(this.starts);
    lengths.set(this.lengths);
    this.starts = starts;
    this.lengths = lengths;
  }

  private rehash(): void {
    this.mask = this.mask * 2 + 1;
    this.slots = new Int32Array(this.mask + 1);
    for (let entry = 1; entry < this.count; entry += 1) {
      const start = this.starts[entry] ?? 0;
      let slot = hashBytes(this.store.bytes, start, start + (this.lengths[entry] ?? 0)) & this.mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & this.mask;
      this.slots[slot] = entry + 1;
    }
  }
}

const emptyBytes = Buffer.alloc(0);
const scratch = Buffer.allocUnsafeSlow(3072);

/** Hashes the length and up to twelve bytes spread over the value: names differ there, and hashing all bytes cost a third of the walk. */
function hashBytes(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  let hash = length * 0x9e3779b1;
  if (length <= 12) {
    for (let index = start; index < end; index += 1) hash = Math.imul(hash ^ (bytes[index] ?? 0), 0x01000193);
  } else {
    const step = (length - 1) / 11;
    for (let sample = 0; sample < 12; sample += 1) {
      hash = Math.imul(hash ^ (bytes[start + Math.floor(sample * step)] ?? 0), 0x01000193);
    }
  }
  return hash ^ (hash >>> 15);
}
