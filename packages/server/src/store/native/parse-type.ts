import { NativeFormatError } from "../errors.ts";
import { align, type ByteCursor } from "./byte-cursor.ts";
import type { BytesColumn, Column, DictionaryColumn, NumberFormat } from "./column.ts";

/** Reads columns of one type. What a block says once comes first for all parts of a column, then the values. */
export interface ColumnReader {
  readPrefix(cursor: ByteCursor): void;
  readValues(cursor: ByteCursor, rows: number): Column;
}

const UINT8: NumberFormat = { size: 1, make: (...memory) => new Uint8Array(...memory) };
const UINT32: NumberFormat = { size: 4, make: (...memory) => new Uint32Array(...memory) };

const NUMBERS: Readonly<Record<string, NumberFormat>> = {
  UInt8: UINT8,
  Bool: UINT8,
  UInt16: { size: 2, make: (...memory) => new Uint16Array(...memory) },
  UInt32: UINT32,
  DateTime: UINT32,
  Int8: { size: 1, make: (...memory) => new Int8Array(...memory) },
  Int16: { size: 2, make: (...memory) => new Int16Array(...memory) },
  Int32: { size: 4, make: (...memory) => new Int32Array(...memory) },
  Float32: { size: 4, make: (...memory) => new Float32Array(...memory) },
  Float64: { size: 8, make: (...memory) => new Float64Array(...memory) },
};

const WORDS: Readonly<Record<string, { size: number; isSigned: boolean }>> = {
  UInt64: { size: 2, isSigned: false },
  Int64: { size: 2, isSigned: true },
  DateTime64: { size: 2, isSigned: true },
  UInt128: { size: 4, isSigned: false },
};

const nothing = (): void => undefined;
const known = new Map<string, ColumnReader>();

/** The reader of a type by its name, such as `Map(LowCardinality(String), String)`. */
export function parseType(name: string): ColumnReader {
  const found = known.get(name);
  if (found !== undefined) return found;
  const reader = createReader(name);
  known.set(name, reader);
  return reader;
}

function createReader(name: string): ColumnReader {
  const open = name.indexOf("(");
  const outer = open < 0 ? name : name.slice(0, open);
  const number = NUMBERS[outer];
  if (number !== undefined) return createNumberReader(number);
  const words = WORDS[outer];
  if (words !== undefined) return createWordReader(words);
  if (outer === "String") return { readPrefix: nothing, readValues: readStrings };
  const inner = open < 0 ? "" : name.slice(open + 1, -1);
  if (outer === "FixedString") return createFixedReader(Number(inner));
  if (outer === "LowCardinality") return createDictionaryReader(parseType(inner));
  if (outer === "Nullable") return createNullableReader(parseType(inner));
  if (outer === "Array") return createArrayReader(parseType(inner));
  if (outer === "Map") {
    const comma = findComma(inner);
    return createMapReader(parseType(inner.slice(0, comma)), parseType(inner.slice(comma + 2)));
  }
  throw new NativeFormatError(`the type ${name} of a column cannot be read in columns`);
}

/** Where the first type of a list ends. */
function findComma(types: string): number {
  let depth = 0;
  for (let at = 0; at < types.length; at += 1) {
    if (types[at] === "(") depth += 1;
    else if (types[at] === ")") depth -= 1;
    else if (types[at] === "," && depth === 0) return at;
  }
  throw new NativeFormatError(`Map(${types}) has no two types`);
}

function createNumberReader(format: NumberFormat): ColumnReader {
  return {
    readPrefix: nothing,
    readValues: (cursor, rows) => ({ kind: "numbers", raw: cursor.take(rows * format.size), format }),
  };
}

function createWordReader({ size, isSigned }: { size: number; isSigned: boolean }): ColumnReader {
  return {
    readPrefix: nothing,
    readValues: (cursor, rows) => ({ kind: "words", raw: cursor.take(rows * size * 4), size, isSigned }),
  };
}

/** Lengths stand before the texts, so finding one means walking over all before it: done once, here. */
function readStrings(cursor: ByteCursor, rows: number): BytesColumn {
  const { bytes } = cursor;
  const starts = new Uint32Array(rows);
  const ends = new Uint32Array(rows);
  for (let row = 0; row < rows; row += 1) {
    const length = cursor.varint();
    starts[row] = cursor.skip(length);
    ends[row] = cursor.offset;
  }
  return { kind: "bytes", bytes, starts, ends };
}

function createFixedReader(size: number): ColumnReader {
  return {
    readPrefix: nothing,
    readValues(cursor, rows): BytesColumn {
      const from = cursor.skip(rows * size);
      const starts = Uint32Array.from({ length: rows }, (_empty, row) => from + row * size);
      const ends = starts.map((start) => start + size);
      return { kind: "bytes", bytes: cursor.bytes, starts, ends };
    },
  };
}

const DICTIONARY_VERSION = 1;
/** Which integer the indexes are: 0 to 3 for 8 to 64 bits. */
const INDEX_TYPE_MASK = 0xff;
const INDEX_SIZES = [1, 2, 4] as const;
const HAS_OWN_KEYS = 0x200;

function createDictionaryReader(keys: ColumnReader): ColumnReader {
  return {
    readPrefix(cursor) {
      const version = cursor.uint64();
      if (version !== DICTIONARY_VERSION) {
        throw new NativeFormatError(`LowCardinality columns of version ${version} cannot be read`);
      }
    },
    readValues(cursor, rows): DictionaryColumn {
      if (rows === 0) {
        return { kind: "dictionary", dictionary: keys.readValues(cursor, 0), indexes: new Uint8Array(0) };
      }
      const flags = cursor.uint64();
      const size = INDEX_SIZES[flags & INDEX_TYPE_MASK];
      if (size === undefined || (flags & HAS_OWN_KEYS) === 0) {
        throw new NativeFormatError("a LowCardinality column has its keys in another block");
      }
      const dictionary = keys.readValues(cursor, cursor.uint64());
      const count = cursor.uint64();
      const { buffer, offset } = align(cursor.take(count * size), size);
      return { kind: "dictionary", dictionary, indexes: makeIndexes(size, { buffer, offset, count }) };
    },
  };
}

function makeIndexes(
  size: 1 | 2 | 4,
  { buffer, offset, count }: { buffer: ArrayBufferLike; offset: number; count: number },
): Uint8Array | Uint16Array | Uint32Array {
  if (size === 1) return new Uint8Array(buffer, offset, count);
  return size === 2 ? new Uint16Array(buffer, offset, count) : new Uint32Array(buffer, offset, count);
}

function createNullableReader(values: ColumnReader): ColumnReader {
  return {
    readPrefix: (cursor) => values.readPrefix(cursor),
    readValues(cursor, rows) {
      return { kind: "nullable", nulls: cursor.take(rows), values: values.readValues(cursor, rows) };
    },
  };
}

function createArrayReader(values: ColumnReader): ColumnReader {
  return {
    readPrefix: (cursor) => values.readPrefix(cursor),
    readValues(cursor, rows) {
      const ends = readEnds(cursor, rows);
      return { kind: "array", ends, values: values.readValues(cursor, ends[rows - 1] ?? 0) };
    },
  };
}

function createMapReader(keys: ColumnReader, values: ColumnReader): ColumnReader {
  return {
    readPrefix(cursor) {
      keys.readPrefix(cursor);
      values.readPrefix(cursor);
    },
    readValues(cursor, rows) {
      const ends = readEnds(cursor, rows);
      const count = ends[rows - 1] ?? 0;
      return {
        kind: "map",
        ends,
        keys: keys.readValues(cursor, count),
        values: values.readValues(cursor, count),
      };
    },
  };
}

/** Ends of arrays come as 64 bits; a block has fewer values than 2^32. */
function readEnds(cursor: ByteCursor, rows: number): Uint32Array {
  const { buffer, offset } = align(cursor.take(rows * 8), 4);
  const words = new Uint32Array(buffer, offset, rows * 2);
  return Uint32Array.from({ length: rows }, (_empty, row) => words[row * 2] ?? 0);
}
