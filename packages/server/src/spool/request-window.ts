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
