import type { Durations as DurationSummary } from "@spanlight/contract";
import { Durations, summarise } from "./durations.ts";

/** Ten times a second: enough to meet whatever holds the loop for longer, and nothing that a server at rest would feel. */
const everyMs = 100;

/** How much later than asked for a timer fires: for so long one thing held the event loop, and everything else waited. */
export class EventLoopWatch {
  readonly durations: Durations = new Durations();
  private readonly timer: NodeJS.Timeout;
  private lastAt = performance.now();

  constructor() {
    this.timer = setInterval(() => this.look(), everyMs);
    this.timer.unref();
  }

  /** Of the last minutes. */
  report(): DurationSummary {
    return summarise([this.durations], performance.now());
  }

  close(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    const now = performance.now();
    this.durations.record(now - this.lastAt - everyMs, now);
    this.lastAt = now;
  }
}
