import type { CallRecord } from "../call-record.ts";
import type { Runtime } from "../runtime.ts";
import { describeError } from "./describe-error.ts";
import { endCall } from "./model-call.ts";
import type { StreamOwner } from "./observe-stream.ts";

/** A record with the ways it can end, for sources that hook a method and not a client's promise. */
export class CallOwner implements StreamOwner {
  readonly record: CallRecord;
  readonly runtime: Runtime;
  readonly source: string;
  readonly hidesUsageChunk = false;

  constructor(runtime: Runtime, record: CallRecord, source: string) {
    this.runtime = runtime;
    this.record = record;
    this.source = source;
  }

  end(): void {
    endCall(this.runtime, this.record);
  }

  fail(error: unknown): void {
    this.record.error ??= describeError(error);
    this.end();
  }

  /** Runs a step of the telemetry; what it throws is reported and goes no further. */
  guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.runtime.onFailure(error, this.source);
    }
  }
}
