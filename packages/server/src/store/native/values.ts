import { NativeFormatError } from "../errors.ts";
import { align } from "./byte-cursor.ts";
import type { Column, NumberArray, Words } from "./column.ts";

function unexpected(what: string, column: Column): NativeFormatError {
  return new NativeFormatError(`a column was expected to hold ${what} and holds ${column.kind}`);
}

/** The numbers of a column; integers of more than 32 bits have `wordsOf`. */
export function numbersOf(column: Column): NumberArray {
  if (column.kind !== "numbers") throw unexpected("numbers", column);
  const { raw, format } = column;
  const { buffer, offset } = align(raw, format.size);
  return format.make(buffer, offset, raw.length / format.size);
}

/** The bytes of numbers of any width as they came: for who copies them elsewhere. */
export function rawOf(column: Column): Uint8Array {
  if (column.kind !== "numbers" && column.kind !== "words") throw unexpected("numbers", column);
  return column.raw;
}

export function doublesOf(column: Column): Float64Array {
  const numbers = numbersOf(column);
  if (!(numbers instanceof Float64Array)) throw unexpected("Float64", column);
  return numbers;
}

/** The words of integers of 64 bits and more. */
export function wordsOf(column: Column): Words {
  if (column.kind !== "words") throw unexpected("integers of 64 bits", column);
  const { raw, size, isSigned } = column;
  const { buffer, offset } = align(raw, 4);
  return { words: new Uint32Array(buffer, offset, raw.length / 4), size, isSigned };
}

/** An integer of 64 bits as a number: exact up to 2^53 in both directions. */
export function wideNumberAt({ words, size, isSigned }: Words, row: number): number {
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
