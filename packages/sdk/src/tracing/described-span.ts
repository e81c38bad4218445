import type { Attributes, Context, SpanContext, SpanKind, SpanStatus } from "@opentelemetry/api";
import { collectAttributes, putAttributes, type AttributeTarget, type Describe } from "./attribute-target.ts";
import { LimitedTarget, type AttributeLimits } from "./limits.ts";
import type { FinishedEvent, FinishedLink, FinishedSpan, Scope } from "./finished-span.ts";

/** A span that is already over: measured without a live span, handed in whole. */
export interface CompletedSpan {
  readonly scope: Scope;
  readonly name: string;
  readonly kind: SpanKind;
  /** Where the parent stands, as read when the work began. */
  readonly parentContext: Context;
  readonly startNs: bigint;
  readonly endNs: bigint;
  /** Asked only when the span is kept. */
  readonly describe: Describe;
  readonly events: readonly FinishedEvent[];
  readonly status: SpanStatus;
}

/** Its ids, and how much may stand in it. */
interface SpanPlace {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly limits: AttributeLimits;
}

const noLinks: readonly FinishedLink[] = [];

/** A completed span under its ids. Its attributes are asked for when it is encoded, most often straight into a request. */
export class DescribedSpan implements FinishedSpan {
  readonly scope: Scope;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  readonly parentIsRemote: boolean;
  readonly traceState: string;
  readonly traceFlags: number;
  readonly name: string;
  readonly kind: SpanKind;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly events: readonly FinishedEvent[];
  readonly links: readonly FinishedLink[] = noLinks;
  readonly status: SpanStatus;
  droppedAttributes = 0;
  readonly droppedEvents = 0;
  readonly droppedLinks = 0;
  readonly #describe: Describe;
  readonly #limits: AttributeLimits;
  #attributes: Attributes | undefined;

  constructor(span: CompletedSpan, { context, parent, limits }: SpanPlace) {
    this.scope = span.scope;
    this.traceId = context.traceId;
    this.spanId = context.spanId;
    this.parentSpanId = parent?.spanId ?? "";
    this.parentIsRemote = parent?.isRemote ?? false;
    this.traceState = context.traceState?.serialize() ?? "";
    this.traceFlags = context.traceFlags;
    this.name = span.name;
    this.kind = span.kind;
    this.startNs = span.startNs;
    this.endNs = span.endNs;
    this.events = span.events;
    this.status = span.status;
    this.#describe = span.describe;
    this.#limits = limits;
  }

  get attributes(): Attributes {
    return this.collect();
  }

  /** Describes the span now and keeps the result, for several who want it. */
  collect(): Attributes {
    this.#attributes ??= collectAttributes((target) => this.#describeLimited(target));
    return this.#attributes;
  }

  writeAttributes(target: AttributeTarget): void {
    if (this.#attributes === undefined) this.#describeLimited(target);
    else putAttributes(target, this.#attributes);
  }

  #describeLimited(target: AttributeTarget): void {
    const limited = new LimitedTarget(target, this.#limits);
    this.#describe(limited);
    this.droppedAttributes = limited.dropped;
  }
}
