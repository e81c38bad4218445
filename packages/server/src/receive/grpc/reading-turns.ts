/**
 * Turns of those that read a message. The library holds a whole message, and what it decompresses to, before anything can count its
 * bytes: memory is bounded by how many may be read at one time. Who waits holds nothing but what flow control let through.
 */
export class ReadingTurns {
  private free: number;
  private readonly waiting = new Set<() => void>();

  constructor(count: number) {
    this.free = count;
  }

  /** Calls `start` when it is its turn, first come first served; answers how to give the turn, or the place in the queue, back. */
  take(start: () => void): () => void {
    let isMine = false;
    const begin = (): void => {
      isMine = true;
      this.free -= 1;
      start();
    };
    if (this.free > 0) begin();
    else this.waiting.add(begin);
    return () => {
      if (!isMine) {
        this.waiting.delete(begin);
        return;
      }
      isMine = false;
      this.free += 1;
      this.startNext();
    };
  }

  private startNext(): void {
    const next = this.waiting.values().next().value;
    if (next === undefined || this.free === 0) return;
    this.waiting.delete(next);
    next();
  }
}
