/** Requests seen lately, by fingerprint: one that is sent again byte for byte is known for as long as the window is. */
export class RequestWindow {
  private readonly seen = new Map<string, number>();
  private readonly windowMs: number;
  private readonly maxRequests: number;

  constructor(options: { windowMs: number; maxRequests: number }) {
    this.windowMs = options.windowMs;
    this.maxRequests = options.maxRequests;
  }

  add(fingerprint: string, at: number): void {
    this.seen.delete(fingerprint);
    this.seen.set(fingerprint, at);
    this.forget(at);
  }

  has(fingerprint: string, now: number): boolean {
    const at = this.seen.get(fingerprint);
    return at !== undefined && now - at <= this.windowMs;
  }

  /** The map is in order of time: the oldest stand in front. */
  private forget(now: number): void {
    for (const [fingerprint, at] of this.seen) {
      if (this.seen.size <= this.maxRequests && now - at <= this.windowMs) return;
      this.seen.delete(fingerprint);
    }
  }
}

/**
 * When a frame of a block counts as received. A start passes over the time without a server, for senders try again once it is back: the
 * last frame of before was received just now then. A clock that was put back meanwhile makes no other younger than that.
 */
export function skipAbsence(
  segments: ReadonlyArray<{ readonly block: number; readonly frames: readonly { readonly at: number }[] }>,
  now: number,
): (block: number, at: number) => number {
  const lastBlock = segments.at(-1)?.block ?? 0;
  const newest = segments.flatMap(({ frames }) => frames.at(-1)?.at ?? []).at(-1) ?? now;
  return (block, at) => (block > lastBlock ? at : Math.min(at, newest) + now - newest);
}
