import type { Context } from "@opentelemetry/api";
import { CallRecord, type CallBeginning } from "../call-record.ts";
import { readLoopPosition } from "../context/loop-context.ts";
import { capturesContent, type Runtime } from "../runtime.ts";

const suppressTracingKey = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const modelCallKey = Symbol.for("@spanlight/sdk.model_call");

/** Opens a record in the given context; undefined where a source above already records this call. */
export function beginCall(
  runtime: Runtime,
  active: Context,
  beginning: CallBeginning,
): CallRecord | undefined {
  if (active.getValue(suppressTracingKey) === true || active.getValue(modelCallKey) === true)
    return undefined;
  const record = new CallRecord(beginning, {
    parentContext: active,
    startMs: runtime.clock.now(),
    captureContent: beginning.recordsContent !== false && capturesContent(runtime, active),
  });
  const position = readLoopPosition(active);
  if (position !== undefined) {
    record.stepNumber = position.stepNumber;
    position.calls.push(record);
  }
  return record;
}

/** The context below a call that is recorded already: what the client does in it makes no second record. */
export function markModelCall(active: Context): Context {
  return active.setValue(modelCallKey, true);
}

/** Closes a record, once, and tells the observers soon. */
export function endCall(runtime: Runtime, record: CallRecord): void {
  if (record.endMs !== 0) return;
  record.endMs = runtime.clock.now();
  runtime.hooks.emit("onResponse", record);
}
