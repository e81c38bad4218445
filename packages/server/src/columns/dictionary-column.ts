import { ByteStore } from "./byte-store.ts";
import type { BlockSink, Column } from "./column.ts";
import { Dictionary } from "./dictionary.ts";

// SerializationLowCardinality: key version, then per block the index type with its flags, the dictionary and the indexes.
const sharedDictionariesWithAdditionalKeys = 1;
const hasAdditionalKeys = 1 << 9;
const needUpdateDictionary = 1 << 10;

/** Words remembered per block; a power of two. */
const memoSize = 1024;

/** LowCardinality(String): the distinct values once, and an index per row in the narrowest type that fits. */
export class DictionaryColumn implements Column {
  readonly type: string = "LowCardinality(String)";
  readonly dictionary: Dictionary = new Dictionary();
  private indexes = new Uint32Array(4096);
  private narrow: Buffer = Buffer.alloc(0);
  private rows = 0;
  private marked = 0;
  private readonly memoIds = new Int32Array(memoSize);
  private readonly memoIndexes = new Int32Array(memoSize);

  /** The number of a text that is known by an id of its own: found without a look at its bytes when it was seen in this block. */
  internWord(word: { readonly id: number; readonly bytes: Buffer }): number {
    const slot = word.id & (memoSize - 1);
    if (this.memoIds[slot] === word.id) return this.memoIndexes[slot] ?? 0;
    const index = this.dictionary.intern(word.bytes, 0, word.bytes.length);
    this.memoIds[slot] = word.id;
    this.memoIndexes[slot] = index;
    return index;
  }

  /** Appends a value by the number `dictionary.intern` gave for it in this block. */
  append(index: number): void {
    if (this.rows === this.indexes.length) {
      const larger = new Uint32Array(this.indexes.length * 2);
      larger.set(this.indexes);
      this.indexes = larger;
    }
    this.indexes[this.rows++] = index;
  }

  get length(): number {
    return this.rows;
  }

  mark(): void {
    this.marked = this.rows;
  }

  rollback(): void {
    this.rows = this.marked;
  }

  clear(): void {
    this.rows = 0;
    // Most columns of a small block have nothing but the empty string, whose number stays what it is.
    if (this.dictionary.count > 1) this.memoIds.fill(0);
    this.dictionary.clear();
  }

  writePrefix(out: BlockSink): void {
    out.small.appendUint64(sharedDictionariesWithAdditionalKeys);
  }

  writeRows(out: BlockSink): void {
    if (this.rows === 0) return;
    const width = this.dictionary.count <= 0xff ? 0 : this.dictionary.count <= 0xffff ? 1 : 2;
    out.small.appendUint64(width | hasAdditionalKeys | needUpdateDictionary);
    out.small.appendUint64(this.dictionary.count);
    out.large(this.dictionary.store.view());
    out.small.appendUint64(this.rows);
    out.large(this.narrowIndexes(width));
  }

  write(out: BlockSink): void {
    this.writePrefix(out);
    this.writeRows(out);
  }

  private narrowIndexes(width: number): Buffer {
    const { indexes, rows } = this;
    const size = rows << width;
    if (this.narrow.length < size) this.narrow = new ByteStore(Math.max(8192, size * 2)).bytes;
    const { buffer, byteOffset } = this.narrow;
    if (width === 0) new Uint8Array(buffer, byteOffset, rows).set(indexes.subarray(0, rows));
    else if (width === 1) new Uint16Array(buffer, byteOffset, rows).set(indexes.subarray(0, rows));
    else new Uint32Array(buffer, byteOffset, rows).set(indexes.subarray(0, rows));
    return this.narrow.subarray(0, size);
  }
}
