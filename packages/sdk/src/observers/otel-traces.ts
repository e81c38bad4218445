import { SpanKind, SpanStatusCode, type HrTime, type SpanStatus } from "@opentelemetry/api";
import type { CallRecord } from "../call-record.ts";
import type { Config } from "../config.ts";
import type { Hooks } from "../hooks/hooks.ts";
import { tracerOf } from "../runtime.ts";
import type { Clock } from "../tracing/clock.ts";
import { sdkVersion } from "../tracing/resource.ts";
import type { SpanlightTracerProvider } from "../tracing/tracer-provider.ts";
import { addContent, addEndAttributes, startAttributes } from "./call-attributes.ts";
import type { CallPricer } from "./price-call.ts";

export interface TraceObserverOptions {
  readonly hooks: Hooks;
  readonly clock: Clock;
  readonly config: Config;
  readonly pricer: CallPricer;
  /** Our own provider; undefined where the application has one, which spans then go through. */
  readonly provider: SpanlightTracerProvider | undefined;
}

const scope = { name: "@spanlight/sdk", version: sdkVersion };
const unset: SpanStatus = { code: SpanStatusCode.UNSET };

/** Turns each finished model call into a span. Returns what stops it. */
export function observeTraces(options: TraceObserverOptions): () => void {
  const { hooks, clock, provider } = options;
  return hooks.on(
    "onResponse",
    (record) => {
      if (record.liveSpan !== undefined) return finishLive(options, record);
      const startNs = clock.toEpochNs(record.startMs);
      const endNs = startNs + BigInt(Math.round(record.latencyMs * 1e6));
      if (provider === undefined) return passOn(options, record, { startNs, endNs });
      provider.addCompleted({
        scope,
        name: nameOf(record),
        kind: SpanKind.CLIENT,
        parentContext: record.parentContext,
        startNs,
        endNs,
        attributes: attributesOf(options, record, startAttributes(record)),
        events: [],
        status: statusOf(record),
      });
    },
    { readsMessages: false },
  );
}

function attributesOf(
  { config, pricer }: TraceObserverOptions,
  record: CallRecord,
  attributes: ReturnType<typeof startAttributes>,
): ReturnType<typeof startAttributes> {
  addEndAttributes(attributes, record, {
    latestConventions: config.latestConventions,
    costUsd: pricer.costUsd(record),
  });
  if (record.captureContent) addContent(attributes, record);
  return attributes;
}

/** Through the application's own provider: its sampler, its processors, its exporters. */
function passOn(
  options: TraceObserverOptions,
  record: CallRecord,
  times: { readonly startNs: bigint; readonly endNs: bigint },
): void {
  const span = tracerOf().startSpan(
    nameOf(record),
    { kind: SpanKind.CLIENT, startTime: toHrTime(times.startNs), attributes: startAttributes(record) },
    record.parentContext,
  );
  if (span.isRecording()) {
    span.setAttributes(attributesOf(options, record, {}));
    span.setStatus(statusOf(record));
  }
  span.end(toHrTime(times.endNs));
}

function finishLive(options: TraceObserverOptions, record: CallRecord): void {
  const span = record.liveSpan;
  if (span === undefined) return;
  span.updateName(nameOf(record));
  span.setAttributes(attributesOf(options, record, startAttributes(record)));
  span.setStatus(statusOf(record));
  const startNs = options.clock.toEpochNs(record.startMs);
  span.end(toHrTime(startNs + BigInt(Math.round(record.latencyMs * 1e6))));
}

function nameOf(record: CallRecord): string {
  return record.requestModel === "" ? record.operation : `${record.operation} ${record.requestModel}`;
}

function statusOf(record: CallRecord): SpanStatus {
  return record.error === undefined ? unset : { code: SpanStatusCode.ERROR, message: record.error.message };
}

function toHrTime(timeNs: bigint): HrTime {
  return [Number(timeNs / 1_000_000_000n), Number(timeNs % 1_000_000_000n)];
}
