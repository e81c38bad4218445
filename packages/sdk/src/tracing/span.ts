import {
  SpanStatusCode,
  type Attributes,
  type AttributeValue,
  type Exception,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  type TimeInput,
} from "@opentelemetry/api";
import { epochMsToNs, type Clock } from "./clock.ts";
import type { FinishedEvent, FinishedLink, FinishedSpan, Scope } from "./finished-span.ts";
import { limitAttributes, shorten, type SpanLimits } from "./limits.ts";

interface SpanStart {
  readonly scope: Scope;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly startTime: TimeInput | undefined;
}

interface SpanHost {
  readonly clock: Clock;
  readonly limits: SpanLimits;
  onEnd(span: FinishedSpan): void;
}

/** A span of our own provider. After `end()` every call is ignored. */
export class RecordingSpan implements Span {
  readonly #start: SpanStart;
  readonly #host: SpanHost;
  readonly #startMonotonicMs: number;
  readonly #startNs: bigint;
  readonly #attributes: Attributes = {};
  readonly #events: FinishedEvent[] = [];
  readonly #links: FinishedLink[] = [];
  #attributeCount = 0;
  #droppedAttributes = 0;
  #droppedEvents = 0;
  #droppedLinks = 0;
  #name: string;
  #status: SpanStatus = { code: SpanStatusCode.UNSET };
  #ended = false;

  constructor(start: SpanStart, host: SpanHost) {
    this.#start = start;
    this.#host = host;
    this.#name = start.name;
    this.#startMonotonicMs = host.clock.now();
    this.#startNs =
      start.startTime === undefined
        ? host.clock.toEpochNs(this.#startMonotonicMs)
        : timeInputToNs(start.startTime, host.clock);
    this.setAttributes(start.attributes);
    this.addLinks(start.links);
  }

  spanContext(): SpanContext {
    return this.#start.context;
  }

  setAttribute(key: string, value: AttributeValue): this {
    if (this.#ended || value === undefined || value === null || key === "") return this;
    if (!(key in this.#attributes)) {
      if (this.#attributeCount >= this.#host.limits.attributeCount) {
        this.#droppedAttributes++;
        return this;
      }
      this.#attributeCount++;
    }
    this.#attributes[key] = shorten(value, this.#host.limits.valueLength);
    return this;
  }

  setAttributes(attributes: Attributes): this {
    for (const key in attributes) {
      const value = attributes[key];
      if (value !== undefined) this.setAttribute(key, value);
    }
    return this;
  }

  /** Its name so far. */
  get name(): string {
    return this.#name;
  }

  addEvent(name: string, attributesOrTime?: Attributes | TimeInput, time?: TimeInput): this {
    if (this.#ended) return this;
    if (this.#events.length >= this.#host.limits.eventCount) {
      this.#droppedEvents++;
      return this;
    }
    const isTime = isTimeInput(attributesOrTime);
    const moment = isTime ? attributesOrTime : time;
    const { eventAttributeCount: attributeCount, valueLength } = this.#host.limits;
    this.#events.push({
      name,
      timeNs: moment === undefined ? this.#nowNs() : timeInputToNs(moment, this.#host.clock),
      ...limitAttributes(isTime ? {} : (attributesOrTime ?? {}), { attributeCount, valueLength }),
    });
    return this;
  }

  addLink(link: Link): this {
    if (this.#ended) return this;
    if (this.#links.length >= this.#host.limits.linkCount) {
      this.#droppedLinks++;
      return this;
    }
    const { linkAttributeCount: attributeCount, valueLength } = this.#host.limits;
    this.#links.push({
      traceId: link.context.traceId,
      spanId: link.context.spanId,
      traceState: link.context.traceState?.serialize() ?? "",
      traceFlags: link.context.traceFlags,
      ...limitAttributes(link.attributes ?? {}, { attributeCount, valueLength }),
    });
    return this;
  }

  addLinks(links: readonly Link[]): this {
    for (const link of links) this.addLink(link);
    return this;
  }

  setStatus(status: SpanStatus): this {
    // An application that said OK is not overruled by a later UNSET or ERROR.
    if (this.#ended || status.code === SpanStatusCode.UNSET || this.#status.code === SpanStatusCode.OK)
      return this;
    this.#status = { ...status };
    return this;
  }

  updateName(name: string): this {
    if (!this.#ended) this.#name = name;
    return this;
  }

  recordException(exception: Exception, time?: TimeInput): void {
    const details = describeException(exception);
    this.addEvent("exception", details, time);
  }

  isRecording(): boolean {
    return !this.#ended;
  }

  end(endTime?: TimeInput): void {
    if (this.#ended) return;
    this.#ended = true;
    const endNs = endTime === undefined ? this.#nowNs() : timeInputToNs(endTime, this.#host.clock);
    this.#host.onEnd(this.#describe(endNs));
  }

  /** The span as it stands, with its start as its end. */
  describeStart(): FinishedSpan {
    return { ...this.#describe(this.#startNs), attributes: { ...this.#attributes } };
  }

  #describe(endNs: bigint): FinishedSpan {
    const { context, parent, scope, kind } = this.#start;
    return {
      scope,
      traceId: context.traceId,
      spanId: context.spanId,
      parentSpanId: parent?.spanId ?? "",
      parentIsRemote: parent?.isRemote ?? false,
      traceState: context.traceState?.serialize() ?? "",
      traceFlags: context.traceFlags,
      name: this.#name,
      kind,
      startNs: this.#startNs,
      endNs: endNs < this.#startNs ? this.#startNs : endNs,
      attributes: this.#attributes,
      events: this.#events,
      links: this.#links,
      status: this.#status,
      droppedAttributes: this.#droppedAttributes,
      droppedEvents: this.#droppedEvents,
      droppedLinks: this.#droppedLinks,
    };
  }

  /** Monotonic from the span's start, so that a corrected system clock cannot bend a duration. */
  #nowNs(): bigint {
    const elapsedMs = this.#host.clock.now() - this.#startMonotonicMs;
    if (this.#start.startTime !== undefined) return this.#host.clock.toEpochNs(this.#host.clock.now());
    return this.#startNs + BigInt(Math.round(elapsedMs * 1e6));
  }
}

function describeException(exception: Exception): Attributes {
  if (typeof exception === "string") return { "exception.message": exception };
  const attributes: Attributes = {};
  const type = exception.code === undefined ? exception.name : String(exception.code);
  if (type !== undefined) attributes["exception.type"] = type;
  if (exception.message !== undefined) attributes["exception.message"] = exception.message;
  if (exception.stack !== undefined) attributes["exception.stacktrace"] = exception.stack;
  return attributes;
}

function isTimeInput(value: unknown): value is TimeInput {
  return typeof value === "number" || value instanceof Date || isHighResolutionTime(value);
}

function isHighResolutionTime(value: unknown): value is [number, number] {
  return Array.isArray(value) && value.length === 2 && typeof value[0] === "number";
}

/** Unix nanoseconds of what the API calls a time: a Date, Unix milliseconds, `performance.now()` or [seconds, ns]. */
function timeInputToNs(time: TimeInput, clock: Clock): bigint {
  if (isHighResolutionTime(time)) return BigInt(time[0]) * 1_000_000_000n + BigInt(time[1]);
  if (time instanceof Date) return epochMsToNs(time.getTime());
  // A number before 2001 cannot be a Unix time in milliseconds: it is a reading of the monotonic clock.
  return time < 1e12 ? clock.toEpochNs(time) : epochMsToNs(time);
}
