import { SpoolWriteError } from "./errors.ts";
import type { Log } from "./inserter.ts";

/** Whether the disk takes writes; told to the log when that changes. */
export class WriteWatch {
  /** True from a write that the disk refused until the next one that it takes. */
  isFailing = false;
  private readonly log: Log;

  constructor(log: Log) {
    this.log = log;
  }

  /** What came of a write; undefined where it succeeded. A full spool says nothing of the disk. */
  note(failure?: unknown): void {
    if (failure === undefined) {
      if (this.isFailing) this.log("info", "spool written again");
      this.isFailing = false;
    } else if (failure instanceof SpoolWriteError) {
      if (!this.isFailing) this.log("error", "spool not written", { error: failure.message });
      this.isFailing = true;
    }
  }
}
