/** How much of a limit is left, and when that was so; ms since the epoch. */
export interface RateLimitState {
  readonly places: number;
  readonly filledAtMs: number;
}

/** Lets so many messages through in an hour, evenly refilled. */
export interface RateLimit {
  /** Takes a place when there is one. */
  take(nowMs: number): boolean;
  /** When the next place is free, ms since the epoch. */
  freeAtMs(nowMs: number): number;
  /** What is worth keeping over a restart. */
  save(): RateLimitState;
  /** Goes on where a saved limit was. */
  restore(saved: RateLimitState): void;
}

const HOUR_MS = 3_600_000;

export function createRateLimit(maxPerHour: number): RateLimit {
  const refillMs = HOUR_MS / maxPerHour;
  let places = maxPerHour;
  let filledAtMs = 0;
  const refill = (nowMs: number): void => {
    places = filledAtMs === 0 ? maxPerHour : Math.min(maxPerHour, places + (nowMs - filledAtMs) / refillMs);
    filledAtMs = nowMs;
  };
  return {
    take(nowMs) {
      refill(nowMs);
      if (places < 1) return false;
      places--;
      return true;
    },
    freeAtMs(nowMs) {
      refill(nowMs);
      return places >= 1 ? nowMs : nowMs + Math.ceil((1 - places) * refillMs);
    },
    save: () => ({ places, filledAtMs }),
    restore(saved) {
      places = Math.min(maxPerHour, saved.places);
      filledAtMs = saved.filledAtMs;
    },
  };
}
