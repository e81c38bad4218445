import { describe, expect, it } from "vitest";
import { ReadingTurns } from "./reading-turns.ts";

describe("turns", () => {
  it("go to so many at a time, first come first served", () => {
    const turns = new ReadingTurns(2);
    const started: string[] = [];
    const take = (name: string): (() => void) => turns.take(() => void started.push(name));
    const [first, second, third] = ["first", "second", "third", "fourth"].map(take);
    expect(started).toEqual(["first", "second"]);
    second?.();
    second?.();
    expect(started).toEqual(["first", "second", "third"]);
    third?.();
    first?.();
    expect(started).toEqual(["first", "second", "third", "fourth"]);
  });

  it("pass over who no longer waits", () => {
    const turns = new ReadingTurns(1);
    const started: string[] = [];
    const take = (name: string): (() => void) => turns.take(() => void started.push(name));
    const first = take("first");
    const given = take("given up");
    take("third");
    given();
    first();
    expect(started).toEqual(["first", "third"]);
  });
});
