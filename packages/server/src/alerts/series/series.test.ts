import { isStaleMarker, labelsFrom, type Series, type SeriesReader } from "@spanlight/promql";
import { describe, expect, it } from "vitest";
import { createQuery } from "./create-query.ts";
import { joinReaders } from "./join-readers.ts";
import { rememberWrites } from "./remember-writes.ts";
import { createSampleStore, type StoredSample } from "./sample-store.ts";

const UP = labelsFrom({ __name__: "up", job: "a" });

function sampleAt(timeMs: number, value: number, isStale = false): StoredSample {
  return { labels: UP, timeMs, value, isStale };
}

async function readAll(reader: SeriesReader): Promise<readonly Series[]> {
  return reader.select({
    matchers: [{ type: "=", name: "__name__", value: "up" }],
    startMs: -1,
    endMs: 1_000_000,
    stepMs: 0,
    rangeMs: 0,
    lookbackMs: 0,
    func: "",
    grouping: [],
    by: false,
    aggregated: false,
    dimensions: [],
  });
}

describe("series in memory", () => {
  it("come in order of time, each moment once, staleness markers as they are", async () => {
    const store = createSampleStore();
    store.append([sampleAt(30, 3), sampleAt(10, 1), sampleAt(20, NaN, true), sampleAt(10, 9)]);
    const [series] = await readAll(store);
    expect([...series!.timestampsMs]).toEqual([10, 20, 30]);
    expect(series!.values[0]).toBe(1);
    expect(isStaleMarker(series!.values, 1)).toBe(true);
    store.forgetBefore(30);
    expect((await readAll(store))[0]?.values.length).toBe(1);
    store.forgetBefore(31);
    expect(await readAll(store)).toEqual([]);
  });

  it("of two readers are one series where the labels are the same; the first wins", async () => {
    const [first, second] = [createSampleStore(), createSampleStore()];
    first.append([sampleAt(20, 2), sampleAt(40, NaN, true)]);
    second.append([sampleAt(10, 1), sampleAt(20, 99), sampleAt(30, 3)]);
    second.append([
      { labels: labelsFrom({ __name__: "up", job: "b" }), timeMs: 10, value: 7, isStale: false },
    ]);
    const [a, b] = await readAll(joinReaders(first, second));
    expect([...a!.timestampsMs]).toEqual([10, 20, 30, 40]);
    expect([...a!.values].slice(0, 3)).toEqual([1, 2, 3]);
    expect(isStaleMarker(a!.values, 3)).toBe(true);
    expect([...b!.values]).toEqual([7]);
  });

  it("are seen as soon as they are written, although the store is late, and forgotten later", async () => {
    const late = createSampleStore();
    let clockMs = 1_000;
    const { reader, write } = rememberWrites({
      reader: late,
      write: async () => undefined,
      now: () => clockMs,
      keepMs: 500,
    });
    await write([sampleAt(1_000, 1)]);
    expect((await readAll(reader)).length).toBe(1);
    clockMs = 2_000;
    await write([]);
    expect(await readAll(reader)).toEqual([]);
  });

  it("that could not be stored are not remembered", async () => {
    const { reader, write } = rememberWrites({
      reader: createSampleStore(),
      write: () => Promise.reject(new Error("store is full")),
      now: () => 0,
    });
    await expect(write([sampleAt(1_000, 1)])).rejects.toThrow("store is full");
    expect(await readAll(reader)).toEqual([]);
  });
});

describe("an instant query for rules", () => {
  it("makes a scalar a sample without labels and refuses text", async () => {
    const query = createQuery(createSampleStore());
    expect(await query("1 + 1", 5)).toEqual([{ labels: [], timeMs: 5, value: 2 }]);
    await expect(query('"text"', 5)).rejects.toThrow("not a vector or scalar");
  });
});
