import { createContextKey, type Context } from "@opentelemetry/api";
import type { CallRecord } from "../call-record.ts";

/** The step of a loop that is running: what is called inside belongs to it. */
export interface LoopPosition {
  readonly stepNumber: number;
  /** The model calls made in this step. */
  readonly calls: CallRecord[];
}

const key = createContextKey("spanlight.loop");

export function setLoopPosition(active: Context, position: LoopPosition): Context {
  return active.setValue(key, position);
}

export function readLoopPosition(active: Context): LoopPosition | undefined {
  return active.getValue(key) as LoopPosition | undefined;
}
