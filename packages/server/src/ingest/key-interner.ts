import type { DictionaryColumn } from "../columns/dictionary-column.ts";
import { knownKeyCount } from "../normalise/normalise-span.ts";

/** Attribute keys in the dictionary of a map column: a key of a dialect is found by its number, without a look at its bytes. */
export class KeyInterner {
  private readonly keys: DictionaryColumn;
  private readonly indexes = new Int32Array(knownKeyCount);

  constructor(keys: DictionaryColumn) {
    this.keys = keys;
  }

  /** To be called with every clear of the column. */
  clear(): void {
    this.indexes.fill(0);
  }

  intern(
    bytes: Buffer,
    key: { readonly places: Int32Array; readonly at: number; readonly number: number },
  ): number {
    const { places, at, number } = key;
    const known = number < 0 ? 0 : (this.indexes[number] ?? 0);
    if (known > 0) return known;
    const index = this.keys.dictionary.intern(bytes, places[at] ?? 0, places[at + 1] ?? 0);
    if (number >= 0) this.indexes[number] = index;
    return index;
  }
}
