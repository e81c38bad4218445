import { isStaleMarker, writeStaleMarker } from "@spanlight/promql";
import { expect, test } from "vitest";
import type { ColumnBlock } from "../../store/native/column.ts";
import {
  createSampleGatherer,
  haveShortIds,
  type Order,
  type SampleColumns,
  type SeriesId,
} from "./gather-samples.ts";

type Row = readonly [id: SeriesId, timeMs: number, value: number];

const one: SeriesId = [1, 2, 3, 4];
const two: SeriesId = [2, 2, 3, 4];

/** Puts bytes at an address that is no multiple of anything, as they come. */
function atOddAddress(bytes: ArrayBufferLike): Uint8Array {
  const moved = new Uint8Array(bytes.byteLength + 1);
  moved.set(new Uint8Array(bytes), 1);
  return moved.subarray(1);
}

function blockOf(
  rows: readonly Row[],
  values = Float64Array.from(rows, ([, , value]) => value),
  isShort = false,
): ColumnBlock {
  const ids = Uint32Array.from(rows.flatMap(([id]) => (isShort ? [id[0]] : [...id])));
  const times = BigInt64Array.from(rows, ([, timeMs]) => BigInt(timeMs));
  const format = {
    size: 8,
    make: (...memory: [ArrayBufferLike, number, number]) => new Float64Array(...memory),
  };
  return {
    rows: rows.length,
    columns: new Map([
      ["series", { kind: "words", raw: atOddAddress(ids.buffer), size: 4, isSigned: false }],
      ["time", { kind: "words", raw: atOddAddress(times.buffer), size: 2, isSigned: true }],
      ["value", { kind: "numbers", raw: atOddAddress(values.buffer), format }],
    ]),
  };
}

function gather(blocks: readonly ColumnBlock[], order: Order = "by time", ids = [one, two]) {
  const gatherer = createSampleGatherer(ids, 2);
  for (const block of blocks) gatherer.add(block);
  return gatherer.finish(order);
}

const pairs = (samples: SampleColumns | null | undefined): Array<[number, number]> =>
  [...(samples?.timestampsMs ?? [])].map((timeMs, index) => [timeMs, samples?.values[index] ?? 0]);

test("samples of a series in several blocks and parts become one, in order of time", () => {
  const found = gather([
    blockOf([
      [one, 30, 3],
      [one, 40, 4],
    ]),
    blockOf([
      [one, 50, 5],
      [two, 10, 100],
    ]),
    blockOf([
      [one, 10, 1],
      [one, 20, 0],
      [two, 20, 200],
    ]),
  ]);
  expect(found?.map(pairs)).toEqual([
    [
      [10, 1],
      [20, 0],
      [30, 3],
      [40, 4],
      [50, 5],
    ],
    [
      [10, 100],
      [20, 200],
    ],
  ]);
});

test("a series without samples has none, and a series nobody asked for is passed over", () => {
  const stranger: SeriesId = [1, 2, 9, 9];
  const sameStart: SeriesId = [1, 2, 3, 5];
  const found = gather(
    [
      blockOf([
        [stranger, 10, 1],
        [one, 10, 2],
        [sameStart, 10, 3],
      ]),
    ],
    "by time",
    [one, two, sameStart],
  );
  expect(found?.map(pairs)).toEqual([[[10, 2]], [], [[10, 3]]]);
  expect(found?.[1]).toBeNull();
});

test("runs that overlap or repeat a time are left to who knows the order of arrival", () => {
  const overlapping = blockOf([
    [one, 10, 1],
    [one, 30, 3],
    [one, 20, 2],
  ]);
  const repeated = [blockOf([[one, 10, 1]]), blockOf([[two, 5, 0]]), blockOf([[one, 10, 2]])];
  expect(gather([overlapping])).toBeUndefined();
  expect(gather(repeated)).toBeUndefined();
  const inOrder = gather(
    [
      blockOf([
        [one, 10, 1],
        [one, 10, 2],
        [one, 20, 3],
      ]),
    ],
    "as they come",
  );
  expect(pairs(inOrder?.[0])).toEqual([
    [10, 2],
    [20, 3],
  ]);
});

test("times before 1970 and beyond 32 bits of seconds are exact", () => {
  const times = [-62_135_596_800_000, -1, 0, 253_402_300_799_999];
  const found = gather([blockOf(times.map((timeMs) => [one, timeMs, 1]))]);
  expect([...(found?.[0]?.timestampsMs ?? [])]).toEqual(times);
});

test("a staleness marker stays one", () => {
  const values = Float64Array.of(1, Number.NaN, 3);
  writeStaleMarker(values, 1);
  const rows: Row[] = [10, 20, 30].map((timeMs) => [one, timeMs, 0]);
  for (const order of ["by time", "as they come"] as const) {
    const [samples] = gather([blockOf(rows, values)], order) ?? [];
    expect(isStaleMarker(samples!.values, 1)).toBe(true);
  }
});

test("series whose lowest words differ are told apart by those", () => {
  expect([haveShortIds([one, two]), haveShortIds([one, two, [1, 9, 9, 9]])]).toEqual([true, false]);
  const rows: Row[] = [
    [two, 10, 1],
    [two, 20, 2],
    [one, 10, 3],
    [[7, 2, 3, 4], 10, 4],
  ];
  const found = gather([blockOf(rows, undefined, true), blockOf([[two, 30, 5]], undefined, true)]);
  expect(found?.map(pairs)).toEqual([
    [[10, 3]],
    [
      [10, 1],
      [20, 2],
      [30, 5],
    ],
  ]);
});
