import {
  baggageEntryMetadataFromString,
  createTraceState,
  propagation,
  trace,
  TraceFlags,
  type BaggageEntry,
  type Context,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  type TextMapSetter,
} from "@opentelemetry/api";

const traceparentHeader = "traceparent";
const tracestateHeader = "tracestate";
const baggageHeader = "baggage";
const maxBaggageBytes = 8192;
const maxBaggageEntries = 180;
const traceparentForm = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** W3C Trace Context: `traceparent` and `tracestate`. */
const traceContextPropagator: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const active = trace.getSpanContext(context);
    if (active === undefined || !trace.isSpanContextValid(active)) return;
    const flags = (active.traceFlags & 0xff).toString(16).padStart(2, "0");
    setter.set(carrier, traceparentHeader, `00-${active.traceId}-${active.spanId}-${flags}`);
    const state = active.traceState?.serialize();
    if (state !== undefined && state !== "") setter.set(carrier, tracestateHeader, state);
  },
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const remote = readTraceparent(first(getter.get(carrier, traceparentHeader)) ?? "");
    if (remote === undefined) return context;
    const state = getter.get(carrier, tracestateHeader);
    const joined = Array.isArray(state) ? state.join(",") : (state ?? "");
    if (joined === "") return trace.setSpanContext(context, remote);
    return trace.setSpanContext(context, { ...remote, traceState: createTraceState(joined) });
  },
  fields: () => [traceparentHeader, tracestateHeader],
};

/** W3C Baggage. */
const baggagePropagator: TextMapPropagator = {
  inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
    const entries = propagation.getBaggage(context)?.getAllEntries() ?? [];
    const parts: string[] = [];
    let sizeBytes = 0;
    for (const [key, entry] of entries.slice(0, maxBaggageEntries)) {
      const metadata = entry.metadata === undefined ? "" : `;${entry.metadata.toString()}`;
      const part = `${encodeURIComponent(key)}=${encodeURIComponent(entry.value)}${metadata}`;
      sizeBytes += part.length + 1;
      if (sizeBytes > maxBaggageBytes) break;
      parts.push(part);
    }
    if (parts.length > 0) setter.set(carrier, baggageHeader, parts.join(","));
  },
  extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
    const header = getter.get(carrier, baggageHeader);
    const text = Array.isArray(header) ? header.join(",") : header;
    if (text === undefined || text === "") return context;
    const entries: Record<string, BaggageEntry> = {};
    for (const part of text.split(",").slice(0, maxBaggageEntries)) {
      const read = readEntry(part);
      if (read !== undefined) entries[read[0]] = read[1];
    }
    if (Object.keys(entries).length === 0) return context;
    return propagation.setBaggage(context, propagation.createBaggage(entries));
  },
  fields: () => [baggageHeader],
};

/** The propagator that `OTEL_PROPAGATORS` names; names that are not known are left out. */
export function createPropagator(names: readonly string[]): TextMapPropagator {
  const known: Readonly<Record<string, TextMapPropagator>> = {
    tracecontext: traceContextPropagator,
    baggage: baggagePropagator,
  };
  const chosen = names.map((name) => known[name]).filter((propagator) => propagator !== undefined);
  return {
    inject(context: Context, carrier: unknown, setter: TextMapSetter): void {
      for (const propagator of chosen) propagator.inject(context, carrier, setter);
    },
    extract(context: Context, carrier: unknown, getter: TextMapGetter): Context {
      return chosen.reduce(
        (extracted, propagator) => propagator.extract(extracted, carrier, getter),
        context,
      );
    },
    fields: () => chosen.flatMap((propagator) => propagator.fields()),
  };
}

function readTraceparent(header: string): SpanContext | undefined {
  const found = traceparentForm.exec(header.trim());
  if (found === null) return undefined;
  const [, version, traceId = "", spanId = "", flags = "00", rest] = found;
  // Version ff is forbidden; version 00 has nothing after the flags, later ones may.
  if (version === "ff" || (version === "00" && rest !== undefined)) return undefined;
  const traceFlags = Number.parseInt(flags, 16) & TraceFlags.SAMPLED;
  const remote = { traceId, spanId, traceFlags, isRemote: true };
  return trace.isSpanContextValid(remote) ? remote : undefined;
}

function readEntry(part: string): readonly [string, BaggageEntry] | undefined {
  const [pair = "", ...metadata] = part.split(";");
  const split = pair.indexOf("=");
  if (split <= 0) return undefined;
  try {
    const value = decodeURIComponent(pair.slice(split + 1).trim());
    const entry: BaggageEntry =
      metadata.length === 0
        ? { value }
        : { value, metadata: baggageEntryMetadataFromString(metadata.join(";")) };
    return [decodeURIComponent(pair.slice(0, split).trim()), entry];
  } catch {
    return undefined;
  }
}

function first(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
