import { describe, expect, it } from "vitest";
import { BufferPool } from "./buffer-pool.ts";

describe("BufferPool", () => {
  it("hands a buffer out again once it was given back, and never to two", () => {
    const pool = new BufferPool(1024 * 1024);
    const first = pool.take(70_000);
    const second = pool.take(70_000);
    expect(first).not.toBe(second);
    pool.give(first);
    expect(pool.take(100_000)).toBe(first);
    expect(pool.take(100_000)).not.toBe(first);
  });

  it("gives at least what was asked for", () => {
    const pool = new BufferPool(0);
    for (const size of [1, 65_536, 65_537, 1_000_000])
      expect(pool.take(size).length).toBeGreaterThanOrEqual(size);
  });

  it("keeps no more than it may", () => {
    const pool = new BufferPool(65_536);
    const [first, second] = [pool.take(1), pool.take(1)];
    pool.give(first);
    pool.give(second);
    expect(pool.take(1)).toBe(first);
    expect(pool.take(1)).not.toBe(second);
  });
});
