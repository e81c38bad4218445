import { isStaleMarker, writeStaleMarker } from "@spanlight/promql";
import { expect, test } from "vitest";
import { joinRuns, keepNewest, unpackSamples } from "./packed-samples.ts";

function pack(pairs: ReadonlyArray<readonly [time: number, value: number]>): Float64Array {
  const numbers = Float64Array.from(pairs.flat());
  return unpackSamples(Buffer.from(numbers.buffer).toString("base64"));
}

test("runs are put in order of time", () => {
  const joined = joinRuns(
    pack([
      [30, 3],
      [40, 4],
      [10, 1],
      [20, 0],
    ]),
  );
  expect([...(joined?.timestampsMs ?? [])]).toEqual([10, 20, 30, 40]);
  expect([...(joined?.values ?? [])]).toEqual([1, 0, 3, 4]);
});

test("runs that overlap or repeat a time are left to who knows the order of arrival", () => {
  const overlapping = [
    [10, 1],
    [30, 3],
    [20, 2],
  ] as const;
  const repeated = [
    [10, 1],
    [10, 2],
  ] as const;
  expect(joinRuns(pack(overlapping))).toBeNull();
  expect(joinRuns(pack(repeated))).toBeNull();
  expect([...keepNewest(pack(repeated)).values]).toEqual([2]);
});

test("a staleness marker stays one", () => {
  const pairs = Float64Array.of(10, 1, 20, Number.NaN);
  writeStaleMarker(pairs, 3);
  const packed = unpackSamples(Buffer.from(pairs.buffer).toString("base64"));
  expect(isStaleMarker(joinRuns(packed)?.values ?? new Float64Array(1), 1)).toBe(true);
  expect(isStaleMarker(keepNewest(packed).values, 1)).toBe(true);
});

test("a series without samples is empty", () => {
  expect(joinRuns(pack([]))?.values).toHaveLength(0);
});
