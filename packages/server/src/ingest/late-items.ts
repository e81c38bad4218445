/** An item that ended longer ago than this when it came in is late: rules have looked at its time already. */
const lateAfterMs = 3_600_000;

/** Counts the late items of one request. */
export class LateItems {
  count = 0;
  private beforeMs = 0;

  /** Starts a request that came in at `nowMs`. */
  begin(nowMs: number): void {
    this.count = 0;
    this.beforeMs = nowMs - lateAfterMs;
  }

  note(timeMs: number): void {
    if (timeMs < this.beforeMs) this.count += 1;
  }
}
