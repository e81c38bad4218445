import { NativeFormatError } from "../errors.ts";
import type { Column, NumberArray, WordColumn } from "./column.ts";

function unexpected(what: string, column: Column): NativeFormatError {
  return new NativeFormatError(`a column was expected to hold ${what} and holds ${column.kind}`);
}

/** The numbers of a column; integers of more than 32 bits have `wordsOf`. */
export function numbersOf(column: Column): NumberArray {
  if (column.kind !== "numbers") throw unexpected("numbers", column);
  return column.values;
}

export function doublesOf(column: Column): Float64Array {
  if (column.kind !== "numbers" || !(column.values instanceof Float64Array))
    throw unexpected("Float64", column);
  return column.values;
}

/** The words of integers of 64 bits and more. */
export function wordsOf(column: Column): WordColumn {
  if (column.kind !== "words") throw unexpected("integers of 64 bits", column);
  return column;
}

/** An integer of 64 bits as a number: exact up to 2^53 in both directions. */
export function wideNumberAt({ words, size, isSigned }: WordColumn, row: number): number {
  const low = words[row * size] ?? 0;
  const high = words[row * size + 1] ?? 0;
  return (isSigned ? high | 0 : high) * 2 ** 32 + low;
}

/** The text of one row, made anew each time. */
export function textAt(column: Column, row: number): string {
  if (column.kind === "dictionary") return textAt(column.dictionary, column.indexes[row] ?? 0);
  if (column.kind !== "bytes") throw unexpected("texts", column);
  return column.bytes.toString("utf8", column.starts[row], column.ends[row]);
}

/** Reads texts of a column; values of a dictionary are made once. */
export function textsOf(column: Column): (row: number) => string {
  if (column.kind !== "dictionary") return (row) => textAt(column, row);
  const { dictionary, indexes } = column;
  const texts: Array<string | undefined> = [];
  return (row) => {
    const index = indexes[row] ?? 0;
    return (texts[index] ??= textAt(dictionary, index));
  };
}

/** Where the values of a row of an array or a map begin and end. */
export function rangeAt(
  { ends }: { readonly ends: Uint32Array },
  row: number,
): readonly [from: number, to: number] {
  return [row === 0 ? 0 : (ends[row - 1] ?? 0), ends[row] ?? 0];
}
