/** One column of a block as it came: numbers in typed arrays, texts as bytes until somebody asks for one. */
export type Column =
  | NumberColumn
  | WordColumn
  | BytesColumn
  | DictionaryColumn
  | NullableColumn
  | ArrayColumn
  | MapColumn;

export type NumberArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

/** Integers of up to 32 bits, floats, DateTime as Unix seconds, Bool as 0 and 1. */
export interface NumberColumn {
  readonly kind: "numbers";
  /** The values as they came, little-endian, at any address; `numbersOf` makes them a typed array. */
  readonly raw: Uint8Array;
  readonly format: NumberFormat;
}

export interface NumberFormat {
  /** Bytes of one value. */
  readonly size: number;
  readonly make: (buffer: ArrayBufferLike, offset: number, length: number) => NumberArray;
}

/** Integers of 64 bits and more; DateTime64 in its own unit since 1970. `wordsOf` makes them words of 32 bits. */
export interface WordColumn {
  readonly kind: "words";
  /** The values as they came, little-endian, at any address. */
  readonly raw: Uint8Array;
  /** Words of one value: 2 for 64 bits. */
  readonly size: number;
  readonly isSigned: boolean;
}

/** The words of integers, the lowest of each first. */
export interface Words {
  readonly words: Uint32Array;
  /** Words of one value. */
  readonly size: number;
  readonly isSigned: boolean;
}

/** String and FixedString: value `i` is `bytes[starts[i] … ends[i])`. */
export interface BytesColumn {
  readonly kind: "bytes";
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** LowCardinality: each value once, and which of them every row has. */
export interface DictionaryColumn {
  readonly kind: "dictionary";
  readonly dictionary: Column;
  readonly indexes: Uint8Array | Uint16Array | Uint32Array;
}

export interface NullableColumn {
  readonly kind: "nullable";
  /** 1 where the value is NULL. */
  readonly nulls: Uint8Array;
  readonly values: Column;
}

/** Array: row `i` has the values from `ends[i - 1]` (0 for the first) to `ends[i]`. */
export interface ArrayColumn {
  readonly kind: "array";
  readonly ends: Uint32Array;
  readonly values: Column;
}

/** Map: as an array of keys and one of values. */
export interface MapColumn {
  readonly kind: "map";
  readonly ends: Uint32Array;
  readonly keys: Column;
  readonly values: Column;
}

/** Rows of a result in columns, in the order of its SELECT list. */
export interface ColumnBlock {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Column>;
}
