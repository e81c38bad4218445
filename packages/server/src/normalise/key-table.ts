// The hot path's look-up of attribute keys. Benchmark: bench/ingest.ts.
import { ByteView, viewOf } from "../columns/byte-view.ts";
import type { Dialect } from "./dialect.ts";
import { field, type Field } from "./fields.ts";

/** Slots of the table; a power of two well above the number of keys keeps the chains at one or two. */
const slotCount = 4096;

/** Attributes whose key is guessed by its place: an instrumentation writes the same keys in the same order, span after span. */
const guessedPlaces = 64;

interface Prefix {
  readonly bytes: Buffer;
  readonly number: number;
}

/**
 * The keys of all dialects, numbered. Numbers below `size` are whole keys, those above are keys known by their prefix.
 * Of two keys for one field the one with the lower `ranks` is believed.
 */
export class KeyTable {
  /** How many whole keys are known. */
  readonly size: number;
  /** By number: what the key says, how much it is believed, and whose key it is. */
  readonly fields: Uint8Array;
  readonly ranks: Uint16Array;
  readonly dialects: Uint8Array;
  private readonly slots = new Int16Array(slotCount).fill(-1);
  private readonly next: Int16Array;
  private readonly starts: Int32Array;
  private readonly bytes: Buffer;
  private readonly prefixesByFirstByte: (Prefix[] | undefined)[] = Array.from({ length: 256 });
  private readonly view: ByteView;
  private readonly guesses = new Int16Array(guessedPlaces).fill(-1);

  /** `plain` are keys that are known and say nothing for a column, where no dialect has them. */
  constructor(dialects: readonly Dialect[], plain: readonly string[]) {
    const spoken = dialects.flatMap((dialect, number) =>
      dialect.keys.map(([key, of]) => ({ key, of, number })),
    );
    const keys = [...spoken, ...plain.map((key) => ({ key, of: field.none, number: 0 }))];
    const prefixes = dialects.flatMap((dialect, number) =>
      dialect.contentPrefixes.map((key) => ({ key, of: field.content, number })),
    );
    const all: readonly { key: string; of: Field; number: number }[] = [...keys, ...prefixes];
    this.size = keys.length;
    this.fields = Uint8Array.from(all, (entry) => entry.of);
    this.ranks = Uint16Array.from(all, (_, rank) => rank);
    this.dialects = Uint8Array.from(all, (entry) => entry.number);
    this.next = new Int16Array(keys.length).fill(-1);
    this.bytes = Buffer.from(keys.map((entry) => entry.key).join(""), "latin1");
    this.view = new ByteView(this.bytes);
    this.starts = new Int32Array(keys.length + 1);
    for (const [number, { key }] of keys.entries()) this.add(number, key);
    for (const [index, { key }] of prefixes.entries()) this.addPrefix(keys.length + index, key);
  }

  /** The number of the key that lies in `bytes`, or -1. `place` is the attribute's place among those of its span. */
  find(bytes: Buffer, start: number, end: number, place: number): number {
    const guess = place < guessedPlaces ? (this.guesses[place] ?? -1) : -1;
    if (guess >= 0 && this.equals(guess, bytes, start, end)) return guess;
    const number = this.findWhole(bytes, start, end);
    if (number >= 0) {
      if (place < guessedPlaces) this.guesses[place] = number;
      return number;
    }
    const prefixes = this.prefixesByFirstByte[bytes[start] ?? 0];
    return prefixes === undefined ? -1 : findPrefix(prefixes, bytes, start, end);
  }

  /** The key of a number below `size`. */
  textOf(number: number): string {
    return this.bytes.toString("latin1", this.starts[number], this.starts[number + 1]);
  }

  private findWhole(bytes: Buffer, start: number, end: number): number {
    for (
      let number = this.slots[hashKey(bytes, start, end)] ?? -1;
      number >= 0;
      number = this.next[number] ?? -1
    ) {
      if (this.equals(number, bytes, start, end)) return number;
    }
    return -1;
  }

  private equals(number: number, bytes: Buffer, start: number, end: number): boolean {
    const from = this.starts[number] ?? 0;
    const length = (this.starts[number + 1] ?? 0) - from;
    return length === end - start && this.view.equals(from, viewOf(bytes), start, length);
  }

  private add(number: number, key: string): void {
    const start = this.starts[number] ?? 0;
    this.starts[number + 1] = start + key.length;
    if (this.findWhole(this.bytes, start, start + key.length) >= 0) return; // the dialect to believe first has it already
    const slot = hashKey(this.bytes, start, start + key.length);
    this.next[number] = this.slots[slot] ?? -1;
    this.slots[slot] = number;
  }

  private addPrefix(number: number, prefix: string): void {
    const bytes = Buffer.from(prefix, "latin1");
    (this.prefixesByFirstByte[bytes[0] ?? 0] ??= []).push({ bytes, number });
  }
}

function hashKey(bytes: Buffer, start: number, end: number): number {
  const length = end - start;
  if (length === 0) return 0;
  let hash = length;
  hash = Math.imul(hash, 31) + (bytes[end - 1] ?? 0);
  hash = Math.imul(hash, 31) + (bytes[start + (length >> 1)] ?? 0);
  hash = Math.imul(hash, 31) + (bytes[start + ((length * 3) >> 2)] ?? 0);
  hash = Math.imul(hash, 31) + (bytes[start + (length >> 2)] ?? 0);
  hash = Math.imul(hash, 31) + (bytes[end - Math.min(length, 4)] ?? 0);
  return (hash ^ (hash >>> 13)) & (slotCount - 1);
}

function findPrefix(prefixes: readonly Prefix[], bytes: Buffer, start: number, end: number): number {
  for (const prefix of prefixes) {
    const { length } = prefix.bytes;
    if (length < end - start && startsWith(bytes, start, prefix.bytes)) return prefix.number;
  }
  return -1;
}

function startsWith(bytes: Buffer, start: number, wanted: Buffer): boolean {
  // Keys of one family differ at their ends.
  for (let index = wanted.length - 1; index >= 0; index -= 1) {
    if (bytes[start + index] !== wanted[index]) return false;
  }
  return true;
}
