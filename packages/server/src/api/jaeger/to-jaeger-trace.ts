import type { Span } from "@spanlight/contract";
import type { BareSpan } from "../../query/span-row.ts";
import { parseInstant } from "../../query/time.ts";

/** A pair of Jaeger's JSON. */
export interface JaegerTag {
  readonly key: string;
  readonly type: "string" | "bool" | "int64" | "float64";
  readonly value: string | boolean | number;
}

interface JaegerProcess {
  readonly serviceName: string;
  readonly tags: readonly JaegerTag[];
}

interface JaegerReference {
  readonly refType: "CHILD_OF" | "FOLLOWS_FROM";
  readonly traceID: string;
  readonly spanID: string;
}

/** A span of Jaeger's JSON; times in microseconds. */
export interface JaegerSpan {
  readonly traceID: string;
  readonly spanID: string;
  readonly operationName: string;
  readonly processID: string;
  readonly startTime: number;
  readonly duration: number;
  readonly references: readonly JaegerReference[];
  readonly tags: readonly JaegerTag[];
  readonly logs: readonly { readonly timestamp: number; readonly fields: readonly JaegerTag[] }[];
  readonly warnings: null;
  readonly flags: number;
}

/** Source: Jaeger's query service, JSON of `/api/traces`. */
export interface JaegerTrace {
  readonly traceID: string;
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, JaegerProcess>>;
  readonly warnings: null;
}

/** A span as it is read for Jaeger; with what was said where that is few enough. */
export type JaegerSource = BareSpan &
  Partial<Pick<Span, "inputMessages" | "outputMessages" | "systemInstructions">>;

/** What a trace in Jaeger's form is made of, span by span. */
export interface JaegerTraceMaker {
  toSpan(span: JaegerSource): JaegerSpan;
  /** The processes of the spans so far. */
  readonly processes: Readonly<Record<string, JaegerProcess>>;
}

export function createJaegerTraceMaker(traceId: string): JaegerTraceMaker {
  const ids = new Map<string, string>();
  const processes: Record<string, JaegerProcess> = {};
  const findProcess = ({ service, resource }: JaegerSource): string => {
    const key = JSON.stringify([service, resource]);
    const known = ids.get(key);
    if (known !== undefined) return known;
    const id = `p${ids.size + 1}`;
    ids.set(key, id);
    const { "service.name": _name, ...rest } = resource;
    processes[id] = { serviceName: service, tags: toTags(rest) };
    return id;
  };
  return { processes, toSpan: (span) => toJaegerSpan(traceId, span, findProcess(span)) };
}

function toMicroseconds(instant: string): number {
  return Number(parseInstant(instant) / 1000n);
}

function toJaegerSpan(traceID: string, span: JaegerSource, processID: string): JaegerSpan {
  const parent: JaegerReference[] =
    span.parentSpanId === null ? [] : [{ refType: "CHILD_OF", traceID, spanID: span.parentSpanId }];
  const links = span.links.map(({ traceId, spanId }): JaegerReference => ({
    refType: "FOLLOWS_FROM",
    traceID: traceId,
    spanID: spanId,
  }));
  return {
    traceID,
    spanID: span.spanId,
    operationName: span.name,
    processID,
    startTime: toMicroseconds(span.startTime),
    duration: Math.round(span.durationMs * 1000),
    references: [...parent, ...links],
    tags: [...toTags(span.attributes), ...toTags(describe(span))],
    logs: span.events.map(({ time, name, attributes }) => ({
      timestamp: toMicroseconds(time),
      fields: toTags({ event: name, ...attributes }),
    })),
    warnings: null,
    flags: 1,
  };
}

/** What Jaeger keeps in tags and we in fields of their own; cost and content where there are any. */
function describe(span: JaegerSource): Record<string, unknown> {
  const { kind, status, statusMessage, scope, costUsd, inputMessages, outputMessages, systemInstructions } =
    span;
  const said = {
    "gen_ai.system_instructions": systemInstructions,
    "gen_ai.input.messages": inputMessages,
    "gen_ai.output.messages": outputMessages,
  };
  return {
    ...(kind === "unspecified" ? {} : { "span.kind": kind }),
    ...(status === "unset" ? {} : { "otel.status_code": status.toUpperCase() }),
    ...(status === "error" ? { error: true } : {}),
    ...(statusMessage === null ? {} : { "otel.status_description": statusMessage }),
    ...(scope.name === "" ? {} : { "otel.scope.name": scope.name }),
    ...(scope.version === "" ? {} : { "otel.scope.version": scope.version }),
    ...(costUsd === null ? {} : { "spanlight.cost_usd": costUsd }),
    ...Object.fromEntries(Object.entries(said).filter(([, parts = []]) => parts.length > 0)),
  };
}

function toTags(attributes: Readonly<Record<string, unknown>>): JaegerTag[] {
  return Object.entries(attributes).map(([key, value]) => toTag(key, value));
}

function toTag(key: string, value: unknown): JaegerTag {
  if (typeof value === "boolean") return { key, type: "bool", value };
  if (typeof value === "number")
    return { key, type: Number.isSafeInteger(value) ? "int64" : "float64", value };
  return { key, type: "string", value: typeof value === "string" ? value : JSON.stringify(value) };
}
