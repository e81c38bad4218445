import { expect, test } from "vitest";
import { retryDelayMs } from "./retry-delay.ts";

test.each([
  ["a fifth less at the least", { delayMs: 1000, retryAfterMs: undefined, random: 0 }, 800],
  ["a fifth more at the most", { delayMs: 1000, retryAfterMs: undefined, random: 1 }, 1200],
  ["not less than the server asked for", { delayMs: 1000, retryAfterMs: 5000, random: 0.5 }, 5000],
  [
    "more than it asked for, where delays have grown",
    { delayMs: 8000, retryAfterMs: 1000, random: 0.5 },
    8000,
  ],
  [
    "a minute, however long the server would have it",
    { delayMs: 1000, retryAfterMs: 3_600_000, random: 0 },
    60_000,
  ],
])("the next attempt waits %s", (_name, attempt, expected) => {
  expect(retryDelayMs(attempt)).toBeCloseTo(expected, 6);
});
