import { expect, it } from "vitest";
import { createClockWatch } from "./clock-watch.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;

function watch(): { pass(ms: number): void; set(ms: number): void; jumps: number[]; isBelieved(): boolean } {
  let uptimeMs = 5000;
  let offsetMs = Date.UTC(2026, 10, 21);
  const jumps: number[] = [];
  const clock = createClockWatch({
    now: () => offsetMs + uptimeMs,
    uptimeMs: () => uptimeMs,
    onJump: (jumpMs) => jumps.push(jumpMs),
  });
  return {
    pass: (ms) => void (uptimeMs += ms),
    set: (ms) => void (offsetMs += ms),
    jumps,
    isBelieved: () => clock.isBelieved(),
  };
}

it("a clock that goes on, however long nobody looks, is believed, and one that is set by minutes", () => {
  const clock = watch();
  clock.pass(40 * dayMs);
  expect(clock.isBelieved()).toBe(true);
  clock.set(10 * 60_000);
  expect(clock.isBelieved()).toBe(true);
  expect(clock.jumps).toEqual([]);
});

it("a clock that has jumped ahead is not believed for an hour, and told of once", () => {
  const clock = watch();
  clock.set(31 * dayMs);
  expect(clock.isBelieved()).toBe(false);
  clock.pass(hourMs - 1);
  expect(clock.isBelieved()).toBe(false);
  clock.pass(1);
  expect(clock.isBelieved()).toBe(true);
  expect(clock.jumps).toEqual([31 * dayMs]);
});

it("a clock that has jumped ahead and is put back is believed at once", () => {
  const clock = watch();
  clock.set(dayMs);
  expect(clock.isBelieved()).toBe(false);
  clock.pass(60_000);
  clock.set(-dayMs);
  expect(clock.isBelieved()).toBe(true);
});

it("a clock that is put back is believed: it makes nothing older", () => {
  const clock = watch();
  clock.set(-dayMs);
  expect(clock.isBelieved()).toBe(true);
});

it("a clock that is put back by a day and right again later is distrusted only while it may be wrong", () => {
  const clock = watch();
  clock.set(-dayMs);
  expect(clock.isBelieved()).toBe(true);
  clock.set(dayMs);
  expect(clock.isBelieved()).toBe(false);
  clock.pass(hourMs);
  expect(clock.isBelieved()).toBe(true);
});
