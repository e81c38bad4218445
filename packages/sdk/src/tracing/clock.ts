/** Past this gap between the two clocks (sleep, a corrected system time) the anchor is set anew. */
const maxDriftMs = 25;
const checkEveryMs = 30_000;

/** A clock that never runs backwards inside a measurement and still tells the time of day. */
export interface Clock {
  /** Milliseconds on a monotonic scale, for durations and as input to `toEpochNs`. */
  now(): number;
  /** The Unix time in nanoseconds of a moment that `now()` gave. */
  toEpochNs(monotonicMs: number): bigint;
}

/** Makes a clock from a monotonic and a wall clock, both in milliseconds. */
export function createClock(
  monotonic: () => number = () => performance.now(),
  wall: () => number = Date.now,
): Clock {
  let offsetMs = wall() - monotonic();
  let checkedAtMs = monotonic();
  return {
    now: monotonic,
    toEpochNs(monotonicMs: number): bigint {
      if (monotonicMs - checkedAtMs > checkEveryMs) {
        checkedAtMs = monotonicMs;
        const measured = wall() - monotonic();
        if (Math.abs(measured - offsetMs) > maxDriftMs) offsetMs = measured;
      }
      return epochMsToNs(offsetMs + monotonicMs);
    },
  };
}

/** Fractional Unix milliseconds to nanoseconds, without the rounding of one large multiplication. */
export function epochMsToNs(epochMs: number): bigint {
  const whole = Math.floor(epochMs);
  return BigInt(whole) * 1_000_000n + BigInt(Math.round((epochMs - whole) * 1e6));
}
