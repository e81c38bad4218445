import type { Dialect } from "./dialect.ts";
import { field, type Field } from "./fields.ts";

/** What the table knows about a key. `rank`: of two keys for one field the lower is believed. */
export interface KnownKey {
  readonly field: Field;
  readonly rank: number;
  /** Place of the dialect in the ordered list. */
  readonly dialect: number;
  /** From 0, one per whole key; -1 for a key known by its prefix. */
  readonly number: number;
}

/** Slots of the table; a power of two well above the number of keys keeps the chains at one or two. */
const slotCount = 4096;

interface Entry {
  readonly bytes: Buffer;
  readonly known: KnownKey;
}

/** Finds a key given as bytes: a hash of its length and five of its bytes, then one comparison. */
export class KeyTable {
  /** How many whole keys are known. */
  size = 0;
  private readonly slots: (Entry[] | undefined)[] = Array.from({ length: slotCount });
  private readonly prefixesByFirstByte: (Entry[] | undefined)[] = Array.from({ length: 256 });

  constructor(dialects: readonly Dialect[]) {
    let rank = 0;
    for (const [dialect, { keys, contentPrefixes }] of dialects.entries()) {
      for (const [key, keyField] of keys) {
        this.add(key, { field: keyField, rank: rank++, dialect, number: this.size++ });
      }
      for (const prefix of contentPrefixes) {
        this.addPrefix(prefix, { field: field.content, rank: rank++, dialect, number: -1 });
      }
    }
  }

  find(bytes: Buffer, start: number, end: number): KnownKey | undefined {
    const chain = this.slots[hashKey(bytes, start, end)];
    if (chain !== undefined) {
      for (const entry of chain) {
        if (entry.bytes.length === end - start && startsWith(bytes, start, entry.bytes)) return entry.known;
      }
    }
    const prefixes = this.prefixesByFirstByte[bytes[start] ?? 0];
    if (prefixes === undefined) return undefined;
    for (const entry of prefixes) {
      if (entry.bytes.length < end - start && startsWith(bytes, start, entry.bytes)) return entry.known;
    }
    return undefined;
  }

  private add(key: string, known: KnownKey): void {
    const bytes = Buffer.from(key, "utf8");
    const slot = hashKey(bytes, 0, bytes.length);
    (this.slots[slot] ??= []).push({ bytes, known });
  }

  private addPrefix(prefix: string, known: KnownKey): void {
    const bytes = Buffer.from(prefix, "utf8");
    (this.prefixesByFirstByte[bytes[0] ?? 0] ??= []).push({ bytes, known });
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

function startsWith(bytes: Buffer, start: number, wanted: Buffer): boolean {
  for (let index = wanted.length - 1; index >= 0; index -= 1) {
    if (bytes[start + index] !== wanted[index]) return false;
  }
  return true;
}
