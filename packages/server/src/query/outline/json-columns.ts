// Values of columns as JSON texts. Watched by `npm run bench promql -- trace`.
import type { Column, ColumnBlock } from "../../store/native/column.ts";
import { columnOf } from "../../store/native/read-blocks.ts";
import { numbersOf, textAt, wideNumberAt, wordsOf } from "../../store/native/values.ts";

/** Reads the JSON text of a row's value. */
export type JsonOf = (row: number) => string;

/** Texts as JSON strings; those of a dictionary are written once. `write` may turn a text into other JSON. */
export function jsonTexts(block: ColumnBlock, name: string, write: (text: string) => string = quote): JsonOf {
  const column = columnOf(block, name);
  if (column.kind === "dictionary") {
    const { dictionary, indexes } = column;
    const known: Array<string | undefined> = [];
    return (row) => {
      const index = indexes[row] ?? 0;
      return (known[index] ??= write(textAt(dictionary, index)));
    };
  }
  if (column.kind !== "bytes") throw new TypeError(`${name} was expected to hold texts`);
  const { starts, ends } = column;
  const empty = write("");
  return (row) => (starts[row] === ends[row] ? empty : write(textAt(column, row)));
}

export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Absent texts are stored empty. */
export function quoteOrNull(text: string): string {
  return text === "" ? "null" : JSON.stringify(text);
}

/** Numbers, null where there is none. */
export function jsonNumbers(block: ColumnBlock, name: string): JsonOf {
  const read = optionalNumbers(columnOf(block, name));
  return (row) => {
    const number = read(row);
    return number === null || !Number.isFinite(number) ? "null" : String(number);
  };
}

export function jsonFlags(block: ColumnBlock, name: string): JsonOf {
  const values = numbersOf(columnOf(block, name));
  return (row) => (values[row] === 0 ? "false" : "true");
}

/** Texts that stand for numbers. */
export function jsonNames(block: ColumnBlock, name: string, names: readonly string[]): JsonOf {
  const values = numbersOf(columnOf(block, name));
  const texts = names.map(quote);
  return (row) => texts[values[row] ?? 0] ?? texts[0] ?? "null";
}

/** Ids as JSON strings in lower-case hex. */
export function jsonIds(block: ColumnBlock, name: string): JsonOf {
  const column = columnOf(block, name);
  if (column.kind !== "bytes") throw new TypeError(`${name} was expected to hold ids`);
  const { bytes, starts, ends } = column;
  return (row) => `"${bytes.toString("hex", starts[row], ends[row])}"`;
}

export function optionalNumbers(column: Column): (row: number) => number | null {
  if (column.kind === "nullable") {
    const values = optionalNumbers(column.values);
    const { nulls } = column;
    return (row) => (nulls[row] === 1 ? null : values(row));
  }
  if (column.kind === "words") {
    const words = wordsOf(column);
    return (row) => wideNumberAt(words, row);
  }
  const values = numbersOf(column);
  return (row) => values[row] ?? null;
}

/** An instant of whole seconds and nanoseconds as ISO 8601 in UTC with nine digits. */
export function createInstantWriter(): (seconds: number, nanoseconds: number) => string {
  let [last, text] = [Number.NaN, ""];
  return (seconds, nanoseconds) => {
    if (seconds !== last) {
      last = seconds;
      text = new Date(seconds * 1000).toISOString().slice(0, 19);
    }
    return `${text}.${String(nanoseconds).padStart(9, "0")}Z`;
  };
}
