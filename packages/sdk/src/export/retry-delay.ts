const longestMs = 60_000;

interface FailedAttempt {
  /** What the delays have grown to. */
  readonly delayMs: number;
  /** What the server asked for. */
  readonly retryAfterMs: number | undefined;
  /** 0 up to 1. */
  readonly random: number;
}

/**
 * How long to wait before the next attempt: a fifth less or more than the delay, so that many processes do not come back at once;
 * not less than the server asked for, nor more than a minute.
 */
export function retryDelayMs({ delayMs, retryAfterMs = 0, random }: FailedAttempt): number {
  return Math.min(Math.max(retryAfterMs, delayMs * (0.8 + 0.4 * random)), longestMs);
}
