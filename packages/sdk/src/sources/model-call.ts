import type { Context } from "@opentelemetry/api";
import { CallRecord, type CallBeginning } from "../call-record.ts";
import { readLoopPosition } from "../context/loop-context.ts";
import { placeOf } from "../context/place-of.ts";
import { recordsContent, type Runtime } from "../runtime.ts";

const suppressTracingKey = Symbol.for("OpenTelemetry SDK Context Key SUPPRESS_TRACING");
const modelCallKey = Symbol.for("@spanlight/sdk.model_call");
/** Set on a context inside a model call whose record somebody above keeps. */
const nobody = {};

/** A model call of a framework that tells less of it than the client below, if that one is watched: the client's record counts. */
export class OpenCall {
  #isClaimed = false;

  /** True once a client below records the call. */
  get isClaimed(): boolean {
    return this.#isClaimed;
  }

  claim(): void {
    this.#isClaimed = true;
  }
}

/** Opens a record in the given context; undefined where a source above already records this call. */
export function beginCall(
  runtime: Runtime,
  context: Context,
  beginning: CallBeginning,
): CallRecord | undefined {
  const active = placeOf(context);
  if (active.getValue(suppressTracingKey) === true) return undefined;
  const above = active.getValue(modelCallKey);
  if (above instanceof CallRecord) addServer(above, beginning);
  if (above !== undefined && !(above instanceof OpenCall)) return undefined;
  const record = new CallRecord(beginning, {
    parentContext: active,
    startMs: runtime.clock.now(),
    captureContent: beginning.recordsContent !== false && recordsContent(runtime, active),
  });
  above?.claim();
  const position = readLoopPosition(active);
  if (position !== undefined) {
    record.stepNumber = position.stepNumber;
    position.calls.push(record);
  }
  return record;
}

/** The client below knows the address that the framework above does not tell. */
function addServer(record: CallRecord, { serverAddress, serverPort }: CallBeginning): void {
  if (record.serverAddress !== "") return;
  record.serverAddress = serverAddress;
  record.serverPort = serverPort;
}

/** The context below a call that is recorded already: what the client does in it makes no second record. */
export function markModelCall(active: Context, record?: CallRecord | OpenCall): Context {
  return active.setValue(modelCallKey, record ?? nobody);
}

/** Closes a record, once, and tells the observers soon. */
export function endCall(runtime: Runtime, record: CallRecord): void {
  if (record.endMs !== 0) return;
  record.endMs = runtime.clock.now();
  runtime.hooks.emit("onResponse", record);
}
