/** Tells whether the clock may be believed about how old something is. */
export interface ClockWatch {
  /** False for an hour after the clock has jumped ahead by more than an hour; true again as soon as it is put back. */
  isBelieved(): boolean;
}

export interface Clocks {
  /** Unix milliseconds, which can be set. */
  readonly now: () => number;
  /** Milliseconds since any moment, which only go on. */
  readonly uptimeMs: () => number;
  /** Told of a jump ahead. */
  readonly onJump: (jumpMs: number) => void;
}

const hourMs = 3_600_000;

export function createClockWatch({ now, uptimeMs, onJump }: Clocks): ClockWatch {
  let offsetMs = now() - uptimeMs();
  let aheadMs = 0;
  let believedFromMs = -Infinity;
  return {
    isBelieved() {
      const jumpMs = now() - uptimeMs() - offsetMs;
      offsetMs += jumpMs;
      if (jumpMs > hourMs) {
        onJump(jumpMs);
        believedFromMs = uptimeMs() + hourMs;
      }
      aheadMs = uptimeMs() < believedFromMs ? Math.max(0, aheadMs + jumpMs) : 0;
      if (aheadMs < hourMs) believedFromMs = -Infinity;
      return uptimeMs() >= believedFromMs;
    },
  };
}
