import type { Attributes, SpanKind, SpanStatus } from "@opentelemetry/api";
import type { AttributeTarget } from "./attribute-target.ts";

/** The library that made a span. */
export interface Scope {
  readonly name: string;
  readonly version: string;
}

export interface FinishedEvent {
  readonly name: string;
  readonly timeNs: bigint;
  readonly attributes: Attributes;
  /** How many attributes were too many. */
  readonly dropped?: number;
}

export interface FinishedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  readonly traceFlags: number;
  readonly attributes: Attributes;
  /** How many attributes were too many. */
  readonly dropped?: number;
}

/** A span that has ended: what exporters take. Ids are lower-case hex, times Unix nanoseconds. */
export interface FinishedSpan {
  readonly scope: Scope;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty at a root. */
  readonly parentSpanId: string;
  readonly parentIsRemote: boolean;
  readonly traceState: string;
  readonly traceFlags: number;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly attributes: Attributes;
  readonly events: readonly FinishedEvent[];
  readonly links: readonly FinishedLink[];
  readonly status: SpanStatus;
  readonly droppedAttributes: number;
  readonly droppedEvents: number;
  readonly droppedLinks: number;
  /** The same attributes, one by one, where that is cheaper than `attributes`; `droppedAttributes` is known afterwards. */
  writeAttributes?(target: AttributeTarget): void;
}

/** Takes ended spans. `onStart` and `onEnd` must not throw and must not block. */
export interface SpanSink {
  onEnd(span: FinishedSpan): void;
  /** Told of live spans that begin, as they are then; they end where they began. */
  onStart?(span: FinishedSpan): void;
  /** Resolves when all that was given is delivered or given up, at the latest after `timeoutMs`. */
  forceFlush(timeoutMs: number): Promise<void>;
  shutdown(timeoutMs: number): Promise<void>;
}
