import { createRandomBits } from "../ingest/random.ts";

/** A sample's middle, and the interval its middle lies in with 95 % confidence. */
export interface Estimate {
  readonly median: number;
  readonly interval: readonly [low: number, high: number];
}

const resamples = 4000;

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** Estimates a statistic of the rounds by drawing them again, with replacement (bootstrap, fixed seed). */
export function estimate(rounds: number, statistic: (rounds: readonly number[]) => number): Estimate {
  const all = Array.from({ length: rounds }, (_, round) => round);
  const randomBits = createRandomBits(1);
  const drawn = Array.from({ length: resamples }, () =>
    statistic(all.map(() => randomBits() % rounds)),
  ).toSorted((a, b) => a - b);
  const at = (share: number): number => round2(drawn[Math.floor(share * (resamples - 1))] ?? Number.NaN);
  return { median: round2(statistic(all)), interval: [at(0.025), at(0.975)] };
}

export function round2(value: number): number {
  return Math.round(value * 100) / 100;
}
