import type { Engine, Query } from "../../store/engine.ts";
import type { Column, ColumnBlock, NumberArray } from "../../store/native/column.ts";
import { columnOf, readBlocks } from "../../store/native/read-blocks.ts";
import { numbersOf, rangeAt, textsOf } from "../../store/native/values.ts";
import { type CountRow, splitByDay } from "./count-rows.ts";

/** A label set of a gauge with its samples, in no order. */
export interface GaugeRow {
  readonly labels: readonly string[];
  /** Unix milliseconds. */
  readonly times: NumberArray;
  readonly values: NumberArray;
}

/** What a query of counts answers, by label set and UTC day. */
export async function readCountRows(store: Engine, query: Query): Promise<CountRow[]> {
  const rows = await readRows(store, query, (row) =>
    splitByDay(row.texts("labels"), {
      seconds: row.numbers("slots"),
      values: row.numbers("values"),
      buckets: row.has("buckets") ? row.numbers("buckets") : null,
      sums: row.has("sums") ? row.numbers("sums") : null,
    }),
  );
  return rows.flat();
}

export function readGaugeRows(store: Engine, query: Query): Promise<GaugeRow[]> {
  return readRows(store, query, (row) => ({
    labels: row.texts("labels"),
    times: row.numbers("times"),
    values: row.numbers("values"),
  }));
}

/** Rows of the same label set, in order of first appearance. */
export function groupByLabels<Row extends { readonly labels: readonly string[] }>(
  rows: readonly Row[],
): ReadonlyArray<readonly [labels: readonly string[], rows: Row[]]> {
  const groups = new Map<string, readonly [readonly string[], Row[]]>();
  for (const row of rows) {
    const key = row.labels.join("\0");
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [row.labels, [row]]);
    else group[1].push(row);
  }
  return [...groups.values()];
}

/** One row of arrays. */
interface ArrayRow {
  has(name: string): boolean;
  texts(name: string): string[];
  numbers(name: string): NumberArray;
}

async function readRows<Row>(store: Engine, query: Query, toRow: (row: ArrayRow) => Row): Promise<Row[]> {
  const rows: Row[] = [];
  await store.queryNative(query, (bytes) => {
    for (const block of readBlocks(bytes)) {
      const readers = createRowReaders(block);
      for (let row = 0; row < block.rows; row += 1) {
        rows.push(
          toRow({
            has: (name) => readers.has(name),
            texts: (name) => readers.texts(name, row),
            numbers: (name) => readers.numbers(name, row),
          }),
        );
      }
    }
  });
  return rows;
}

interface RowReaders {
  has(name: string): boolean;
  texts(name: string, row: number): string[];
  numbers(name: string, row: number): NumberArray;
}

function createRowReaders(block: ColumnBlock): RowReaders {
  const numbers = new Map<string, NumberArray>();
  return {
    has: (name) => block.columns.has(name),
    texts(name, row) {
      const column = arrayOf(columnOf(block, name));
      const [from, to] = rangeAt(column, row);
      const read = textsOf(column.values);
      return Array.from({ length: to - from }, (_empty, index) => read(from + index));
    },
    numbers(name, row) {
      const column = arrayOf(columnOf(block, name));
      const all = numbers.get(name) ?? numbersOf(column.values);
      numbers.set(name, all);
      return all.subarray(...rangeAt(column, row));
    },
  };
}

function arrayOf(column: Column): Extract<Column, { kind: "array" }> {
  if (column.kind !== "array") throw new TypeError(`an array was expected, not ${column.kind}`);
  return column;
}
