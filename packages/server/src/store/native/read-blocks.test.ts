import { beforeAll, expect, test } from "vitest";
import type { Engine } from "../engine.ts";
import { NativeFormatError } from "../errors.ts";
import { createTestStore } from "../store.fixture.ts";
import type { Column, ColumnBlock } from "./column.ts";
import { columnOf, readBlocks } from "./read-blocks.ts";
import { doublesOf, numbersOf, rangeAt, textAt, textsOf, wideNumberAt, wordsOf } from "./values.ts";

let store: Engine;

beforeAll(async () => {
  store = await createTestStore({ migrated: false });
});

async function readBytes(sql: string): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  await store.queryNative({ sql }, (bytes) => {
    chunks.push(bytes);
  });
  return chunks;
}

async function readAll(sql: string): Promise<ColumnBlock[]> {
  return (await readBytes(sql)).flatMap(readBlocks);
}

async function readColumn(expression: string): Promise<Column> {
  const [block] = await readAll(`SELECT ${expression} AS value FROM numbers(3)`);
  expect(block?.rows).toBe(3);
  return columnOf(block!, "value");
}

test("numbers of every width come in typed arrays", async () => {
  const types = ["UInt8", "UInt16", "UInt32", "Int8", "Int16", "Int32", "Float32", "Float64"];
  for (const type of types) {
    const values = numbersOf(await readColumn(`CAST(number + 1, '${type}')`));
    expect(`${type} ${[...values].join(" ")}`).toBe(`${type} 1 2 3`);
  }
  expect([...numbersOf(await readColumn("CAST(-number, 'Int16')"))].map((value) => value + 0)).toEqual([
    0, -1, -2,
  ]);
  expect([...numbersOf(await readColumn("number = 1"))]).toEqual([0, 1, 0]);
  expect([...numbersOf(await readColumn("toDateTime(1700000000 + number, 'UTC')"))][2]).toBe(1_700_000_002);
});

test("a double keeps its bits, whatever kind of NaN it is", async () => {
  const values = doublesOf(await readColumn("reinterpretAsFloat64(toUInt64(0x7ff0000000000002))"));
  expect([...new Uint32Array(values.buffer, values.byteOffset, 2)]).toEqual([2, 0x7ff00000]);
});

test("wide integers come as words", async () => {
  const words = wordsOf(await readColumn("number + 9007199254740990"));
  expect([0, 1].map((row) => wideNumberAt(words, row))).toEqual([
    9_007_199_254_740_990, 9_007_199_254_740_991,
  ]);
  expect(wideNumberAt(wordsOf(await readColumn("toInt64(number) - 5")), 0)).toBe(-5);
  const time = wordsOf(await readColumn("toDateTime64('2026-11-21 02:30:00.123', 3, 'UTC')"));
  expect(wideNumberAt(time, 2)).toBe(Date.UTC(2026, 10, 21, 2, 30, 0, 123));
  const id = wordsOf(await readColumn("toUInt128('340282366920938463463374607431768211454') + number % 2"));
  expect([...id.words.subarray(0, 8)].map((word) => word >>> 0)).toEqual([
    0xfffffffe, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff,
  ]);
});

test("texts keep every byte, in dictionaries too", async () => {
  const texts = await readColumn("['', 'Grüße 🌍', repeat('x', 300)][number + 1]");
  expect([0, 1, 2].map((row) => textAt(texts, row))).toEqual(["", "Grüße 🌍", "x".repeat(300)]);
  const read = textsOf(await readColumn("toLowCardinality(['a', 'b', 'a'][number + 1])"));
  expect([0, 1, 2].map(read)).toEqual(["a", "b", "a"]);
  const fixed = await readColumn("unhex('00ff80fe0a')::FixedString(5)");
  expect(fixed.kind === "bytes" && fixed.bytes.toString("hex", fixed.starts[1], fixed.ends[1])).toBe(
    "00ff80fe0a",
  );
});

test("arrays, maps and values that may be missing are read with their parts", async () => {
  const lists = await readColumn("arrayMap(x -> toFloat64(x), range(number))");
  expect(lists.kind === "array" && [0, 1, 2].map((row) => rangeAt(lists, row))).toEqual([
    [0, 0],
    [0, 1],
    [1, 3],
  ]);
  expect(lists.kind === "array" && [...doublesOf(lists.values)]).toEqual([0, 0, 1]);
  const map = await readColumn(
    "CAST(map('key', concat('v', toString(number))), 'Map(LowCardinality(String), String)')",
  );
  expect(map.kind === "map" && [textAt(map.keys, 2), textAt(map.values, 2)]).toEqual(["key", "v2"]);
  const maybe = await readColumn("if(number = 1, NULL, toUInt32(number))");
  expect(maybe.kind === "nullable" && [...maybe.nulls]).toEqual([0, 1, 0]);
  const empty = await readColumn("CAST(map(), 'Map(LowCardinality(String), String)')");
  expect(empty.kind === "map" && [...empty.ends]).toEqual([0, 0, 0]);
});

test("a result of many blocks comes in many pieces, each of whole blocks", async () => {
  const pieces = await readBytes("SELECT number, toString(number) AS text FROM numbers(300000)");
  const blocks = pieces.flatMap(readBlocks);
  expect(pieces.length).toBeGreaterThan(2);
  expect(blocks.reduce((sum, { rows }) => sum + rows, 0)).toBe(300_000);
  const last = blocks.at(-1)!;
  expect(textAt(columnOf(last, "text"), last.rows - 1)).toBe("299999");
});

test("an answer that is cut off is refused, wherever it is cut", async () => {
  const [bytes] = await readBytes(
    "SELECT toString(number) AS text, toLowCardinality('x') AS word FROM numbers(3)",
  );
  for (let length = 1; length < bytes!.length; length += 1) {
    expect(() => readBlocks(bytes!.subarray(0, length))).toThrow(NativeFormatError);
  }
  expect(readBlocks(bytes!)).toHaveLength(1);
});

test("a type that cannot be read is named", async () => {
  const bytes = await readBytes("SELECT toDecimal32(1, 2) AS value");
  expect(() => bytes.flatMap(readBlocks)).toThrow(/Decimal\(9, 2\)/);
});
