import {
  SpanKind,
  SpanStatusCode,
  type Attributes,
  type HrTime,
  type Span,
  type SpanStatus,
} from "@opentelemetry/api";
import type { CallRecord } from "../call-record.ts";
import type { Config } from "../config.ts";
import type { Hooks } from "../hooks/hooks.ts";
import { tracerOf, type Runtime } from "../runtime.ts";
import { collectAttributes, type Describe } from "../tracing/attribute-target.ts";
import type { Clock } from "../tracing/clock.ts";
import type { Privacy } from "../privacy/privacy.ts";
import type { FinishedEvent } from "../tracing/finished-span.ts";
import { sdkVersion } from "../tracing/resource.ts";
import { putBeginning, putContent, putEnd } from "./call-attributes.ts";
import type { LatePricer } from "./late-pricer.ts";

export interface TraceObserverOptions {
  readonly hooks: Hooks;
  readonly clock: Clock;
  readonly config: Config;
  readonly pricer: LatePricer;
  readonly privacy: Privacy;
  /** Has our own provider where spans are its; else they go through the application's. */
  readonly standing: Runtime["standing"];
}

const scope = { name: "@spanlight/sdk", version: sdkVersion };
const noEvents: readonly FinishedEvent[] = [];
const unset: SpanStatus = { code: SpanStatusCode.UNSET };

/** Turns each finished model call into a span. Returns what stops it. */
export function observeTraces(options: TraceObserverOptions): () => void {
  const { hooks, pricer } = options;
  return hooks.on(
    "onResponse",
    (record) => pricer.price(record, (priced, costUsd) => writeSpan(options, priced, costUsd)),
    { readsMessages: false },
  );
}

function writeSpan(options: TraceObserverOptions, record: CallRecord, costUsd: number | null): void {
  const { clock, config, privacy } = options;
  const { provider } = options.standing;
  if (record.toldBy !== undefined) {
    record.spanContext = record.toldBy;
    return;
  }
  const describeEnd: Describe = (target) => {
    putEnd(target, record, { latestConventions: config.latestConventions, costUsd, privacy });
    if (record.captureContent && config.contentPlace !== "event") putContent(target, record, privacy);
  };
  const status = statusOf(record, privacy);
  const startNs = clock.toEpochNs(record.startMs);
  const endNs = startNs + BigInt(Math.round(record.latencyMs * 1e6));
  if (record.liveSpan !== undefined)
    return finishLive(record.liveSpan, { record, describeEnd, status, endNs });
  if (provider === undefined) return passOn({ record, describeEnd, status, endNs }, startNs);
  record.spanContext = provider.addCompleted({
    scope,
    name: nameOf(record),
    kind: SpanKind.CLIENT,
    parentContext: record.parentContext,
    startNs,
    endNs,
    describe(target) {
      putBeginning(target, record);
      describeEnd(target);
    },
    events: noEvents,
    status,
  });
}

interface Ending {
  readonly record: CallRecord;
  /** Everything the call tells beside what was known at its beginning. */
  readonly describeEnd: Describe;
  readonly status: SpanStatus;
  readonly endNs: bigint;
}

/** Through the application's own provider: its sampler, its processors, its exporters. */
function passOn({ record, describeEnd, status, endNs }: Ending, startNs: bigint): void {
  const span = tracerOf().startSpan(
    nameOf(record),
    { kind: SpanKind.CLIENT, startTime: toHrTime(startNs), attributes: beginningOf(record) },
    record.parentContext,
  );
  if (span.isRecording()) {
    span.setAttributes(collectAttributes(describeEnd));
    span.setStatus(status);
  }
  record.spanContext = span.spanContext();
  span.end(toHrTime(endNs));
}

function finishLive(span: Span, { record, describeEnd, status, endNs }: Ending): void {
  record.spanContext = span.spanContext();
  span.updateName(nameOf(record));
  span.setAttributes({ ...beginningOf(record), ...collectAttributes(describeEnd) });
  span.setStatus(status);
  span.end(toHrTime(endNs));
}

function beginningOf(record: CallRecord): Attributes {
  return collectAttributes((target) => putBeginning(target, record));
}

function nameOf(record: CallRecord): string {
  return record.requestModel === "" ? record.operation : `${record.operation} ${record.requestModel}`;
}

function statusOf(record: CallRecord, privacy: Privacy): SpanStatus {
  return record.error === undefined
    ? unset
    : { code: SpanStatusCode.ERROR, message: privacy.cleanText(record.error.message) };
}

function toHrTime(timeNs: bigint): HrTime {
  return [Number(timeNs / 1_000_000_000n), Number(timeNs % 1_000_000_000n)];
}
