/**
 * So much per second, and as much again at once as was saved up. What is taken may exceed what is there: the debt is waited
 * off, so that a request larger than a second's allowance is possible and still paid for.
 */
export class TokenBucket {
  private readonly perSecond: number;
  private readonly capacity: number;
  private tokens: number;
  private filledAtMs: number;

  /** `burstSeconds`: how many seconds' worth can be saved up. */
  constructor(perSecond: number, burstSeconds: number, nowMs: number) {
    this.perSecond = perSecond;
    this.capacity = Math.max(1, perSecond * burstSeconds);
    this.tokens = this.capacity;
    this.filledAtMs = nowMs;
  }

  /** Seconds until something may be taken again; 0 = now. */
  waitSeconds(nowMs: number): number {
    this.fill(nowMs);
    return this.tokens >= 1 ? 0 : (1 - this.tokens) / this.perSecond;
  }

  take(amount: number, nowMs: number): void {
    this.fill(nowMs);
    this.tokens -= amount;
  }

  private fill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.filledAtMs);
    this.filledAtMs = nowMs;
    this.tokens = Math.min(this.capacity, this.tokens + (elapsedMs / 1000) * this.perSecond);
  }
}
