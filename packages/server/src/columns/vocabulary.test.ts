import { describe, expect, it } from "vitest";
import { Vocabulary } from "./vocabulary.ts";

/** A vocabulary of texts, and how many of them were worked out. */
function createTexts(limit?: number): { find: (text: string) => string; derived: () => number } {
  let derived = 0;
  const vocabulary = new Vocabulary((bytes, start, end) => {
    derived += 1;
    return bytes.toString("utf8", start, end);
  }, limit);
  const find = (text: string): string => {
    const bytes = Buffer.from(`<${text}>`);
    return vocabulary.find(bytes, 1, bytes.length - 1);
  };
  return { find, derived: () => derived };
}

describe("a vocabulary", () => {
  it("works a value out once", () => {
    const { find, derived } = createTexts();
    expect([find("a"), find("b"), find("a"), derived()]).toEqual(["a", "b", "a", 2]);
  });

  it("starts anew when it holds as many values as it may", () => {
    const { find, derived } = createTexts(3);
    for (const text of ["a", "b", "c", "a"]) expect(find(text)).toBe(text);
    expect(derived()).toBe(4);
  });

  it("does not remember values that are longer than any that repeats", () => {
    const { find, derived } = createTexts();
    const long = "x".repeat(16 * 1024 + 1);
    expect([find(long), find(long), find("a"), find("a")]).toEqual([long, long, "a", "a"]);
    expect(derived()).toBe(3);
  });

  it("starts anew past four megabytes of values, so that nobody fills the memory with them", () => {
    const { find, derived } = createTexts();
    const create = (number: number): string => String(number).padStart(16 * 1024, "x");
    for (let number = 0; number <= 256; number += 1) find(create(number));
    find(create(256)); // the one after the limit was passed
    expect(derived()).toBe(257);
    find(create(0));
    expect(derived()).toBe(258);
  });
});
