import { describe, expect, it } from "vitest";
import { ByteStore } from "./byte-store.ts";

const mebibyte = 1024 * 1024;

/** A store after a block of so many bytes. */
function createStore(sizeBytes: number): ByteStore {
  const store = new ByteStore(64);
  store.appendZeros(sizeBytes);
  store.reset();
  return store;
}

/** Blocks of one short text each. */
function useLittle(store: ByteStore, times: number): void {
  for (let time = 0; time < times; time += 1) {
    store.appendText("little");
    expect(store.view().toString()).toBe("little");
    store.reset();
  }
}

describe("a byte store that starts anew", () => {
  it("keeps its memory while blocks need it", () => {
    const store = createStore(4 * mebibyte);
    const { bytes } = store;
    for (let time = 0; time < 100; time += 1) {
      store.appendZeros(mebibyte);
      store.reset();
    }
    expect(store.bytes).toBe(bytes);
  });

  it("gives the memory of one huge block back after the next", () => {
    const store = createStore(17 * mebibyte);
    useLittle(store, 1);
    expect(store.bytes.length).toBe(mebibyte);
  });

  it("gives the memory of a large block back when many have not needed it", () => {
    const store = createStore(4 * mebibyte);
    useLittle(store, 63);
    expect(store.bytes.length).toBeGreaterThanOrEqual(4 * mebibyte);
    useLittle(store, 1);
    expect(store.bytes.length).toBe(mebibyte);
  });
});
