import type { IngestLag } from "@spanlight/contract";
import type { Spool } from "../spool/spool.ts";
import { Durations, summarise } from "./durations.ts";

/** How long data wait between being acknowledged and being readable, by segment: the wait of what came into it first. */
export class LagWatch {
  readonly durations: Durations = new Durations();
  private newestMs: number | null = null;

  /** A segment can be read now; its first request was acknowledged at `oldestAtMs`, Unix milliseconds. */
  noteStored(oldestAtMs: number, nowMs: number): void {
    this.newestMs = Math.max(0, nowMs - oldestAtMs);
    this.durations.record(this.newestMs, performance.now());
  }

  report(spool: Pick<Spool, "snapshot">): IngestLag {
    const { segments, bytes, oldestAgeMs } = spool.snapshot();
    return {
      recent: summarise([this.durations], performance.now()),
      newestMs: this.newestMs,
      waiting: { segments, bytes, oldestAgeMs },
    };
  }
}
