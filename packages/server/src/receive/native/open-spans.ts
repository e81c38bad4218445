// Spans and traces of which more may come, in memory: merged part by part, taken out when they are whole.
import type { JsonObject } from "../../decode/json-fields.ts";
import type { Sender } from "../../ingest/group-commit.ts";
import { toRootSpanId, toSpanId, toTraceId } from "./ids.ts";
import { toNanoseconds } from "./json.ts";
import { langfuseReader } from "./langfuse-span.ts";
import { langsmithReader } from "./langsmith-span.ts";
import { mergeFields } from "./merge-fields.ts";
import { opikReader } from "./opik-span.ts";
import type { OtlpSpan } from "./otlp-span.ts";
import type { Part, Source, SourceReader } from "./part.ts";

export const sourceReaders: Readonly<Record<Source, SourceReader>> = {
  langfuse: langfuseReader,
  langsmith: langsmithReader,
  opik: opikReader,
};

export interface OpenSpansLimits {
  /** A span that has ended is whole once nothing more was said of it for this long. */
  readonly settleMs: number;
  /** The same for a trace without an end, once all its spans have ended. */
  readonly traceSettleMs: number;
  /** What never ends is taken as it is after this long. */
  readonly maxOpenMs: number;
  /** What has no start is no span: after this long it is told as an update of one. */
  readonly maxStartlessMs: number;
  /** How long a span that was taken is remembered. */
  readonly rememberMs: number;
  /** Bytes of JSON of everything open; beyond it the oldest are taken as they are. */
  readonly maxOpenBytes: number;
  /** Bytes of JSON of everything remembered; beyond it the oldest are forgotten. */
  readonly maxRememberedBytes: number;
}

/** Something of which more may come. */
export interface OpenSpan extends Sender {
  readonly key: string;
  /** Everything said so far, merged. */
  readonly part: Part;
  readonly bytes: number;
  readonly firstMs: number;
  readonly changedMs: number;
}

interface TraceState {
  openSpans: number;
  changedMs: number;
  lastEndNs: bigint;
}

/** What became of a part: it waits, it said nothing new of what was taken, or it came too late to change what is billed. */
export type Applied = "open" | "repeated" | "late";

export class OpenSpans {
  private readonly limits: OpenSpansLimits;
  private readonly open = new Map<string, OpenSpan>();
  private readonly taken = new Map<string, OpenSpan>();
  private readonly traces = new Map<string, TraceState>();
  private bytes = 0;
  private takenBytes = 0;

  constructor(limits: OpenSpansLimits) {
    this.limits = limits;
  }

  get count(): number {
    return this.open.size;
  }

  get openBytes(): number {
    return this.bytes;
  }

  /**
   * Adds what a part says. A span that was taken is opened again where that changes no figures. Whoever spoke of it last is its sender.
   */
  apply({ project, keyId }: Sender, part: Part, nowMs: number): Applied {
    const key = keyOf(project, part);
    const isOpen = this.open.has(key);
    const before = this.open.get(key) ?? this.taken.get(key);
    const merged = before === undefined ? part : mergeParts(before.part, part);
    if (before !== undefined && !isOpen) {
      if (sameFields(before.part.fields, merged.fields)) return "repeated";
      if (sourceReaders[part.source].isModelCall(before.part)) return "late";
    }
    const bytes = JSON.stringify(merged.fields).length;
    this.remove(key);
    this.forgetTaken(key);
    this.add({
      key,
      project,
      keyId,
      part: merged,
      bytes,
      firstMs: isOpen ? (before?.firstMs ?? nowMs) : nowMs,
      changedMs: nowMs,
    });
    return "open";
  }

  /** Takes out what is whole, and what has waited for too long; the earliest first. */
  takeDue(nowMs: number): OpenSpan[] {
    this.forget(nowMs);
    // A trace without an end is due only when none of its spans is open any more.
    const due = [...this.takeKind("span", nowMs), ...this.takeKind("trace", nowMs)];
    while (this.bytes > this.limits.maxOpenBytes) {
      const [oldest] = this.open.values();
      if (oldest === undefined) break;
      this.take(oldest.key, nowMs);
      due.push(oldest);
    }
    return due;
  }

  /** Takes out one: what is on its way to the store is remembered only. */
  take(key: string, nowMs: number): void {
    const span = this.open.get(key);
    if (span === undefined) return;
    this.remove(key);
    this.forgetTaken(key);
    this.taken.set(key, { ...span, changedMs: nowMs });
    this.takenBytes += span.bytes;
  }

  /** Everything open, for a journal that begins anew. */
  list(): OpenSpan[] {
    return [...this.open.values()];
  }

  /** The span that the parts amount to; undefined where nobody said when it began. */
  toSpan({ project, part }: OpenSpan): OtlpSpan | undefined {
    const reader = sourceReaders[part.source];
    const startNs = reader.startNs(part);
    if (startNs === undefined) return undefined;
    const trace = part.kind === "trace" ? part : this.findTrace(project, part);
    const { parentId, ...described } = reader.describe(part, trace?.fields ?? {});
    const endNs = reader.endNs(part) ?? this.lastEndNs(project, part);
    return {
      ...described,
      scope: part.sdk,
      traceId: toTraceId(part.traceId),
      spanId: part.kind === "trace" ? toRootSpanId(part.id) : toSpanId(part.id),
      parentSpanId: toParentSpanId(part, parentId, trace),
      startNs,
      endNs: endNs > startNs ? endNs : startNs,
    };
  }

  /** What is known of a trace, open or taken. */
  findTrace(project: string, part: Part): Part | undefined {
    const key = keyOf(project, { ...part, kind: "trace", id: part.traceId });
    return (this.open.get(key) ?? this.taken.get(key))?.part;
  }

  /** The trace of a span that the SDK names by the span's id alone; empty where it is not known. */
  findTraceId(project: string, source: Source, id: string): string {
    const key = keyOf(project, { source, kind: "span", id });
    return toTraceId((this.open.get(key) ?? this.taken.get(key))?.part.traceId ?? "");
  }

  private takeKind(kind: Part["kind"], nowMs: number): OpenSpan[] {
    const due = [...this.open.values()].filter((span) => span.part.kind === kind && this.isDue(span, nowMs));
    for (const span of due) this.take(span.key, nowMs);
    return due;
  }

  private isDue(span: OpenSpan, nowMs: number): boolean {
    const { part, changedMs, firstMs } = span;
    const reader = sourceReaders[part.source];
    if (reader.startNs(part) === undefined) return nowMs - firstMs >= this.limits.maxStartlessMs;
    if (nowMs - firstMs >= this.limits.maxOpenMs) return true;
    if (!reader.isComplete(part)) return false;
    if (part.kind === "span" || reader.endNs(part) !== undefined)
      return nowMs - changedMs >= this.limits.settleMs;
    const trace = this.traces.get(traceKeyOf(span.project, part));
    const quietMs = nowMs - Math.max(changedMs, trace?.changedMs ?? 0);
    return (trace?.openSpans ?? 0) === 0 && quietMs >= this.limits.traceSettleMs;
  }

  private add(span: OpenSpan): void {
    this.open.set(span.key, span);
    this.bytes += span.bytes;
    if (span.part.kind === "trace" || span.part.traceId === "") return;
    const key = traceKeyOf(span.project, span.part);
    const trace = this.traces.get(key) ?? { openSpans: 0, changedMs: 0, lastEndNs: 0n };
    const endNs = sourceReaders[span.part.source].endNs(span.part) ?? 0n;
    this.traces.set(key, {
      openSpans: trace.openSpans + 1,
      changedMs: span.changedMs,
      lastEndNs: endNs > trace.lastEndNs ? endNs : trace.lastEndNs,
    });
  }

  private remove(key: string): void {
    const span = this.open.get(key);
    if (span === undefined) return;
    this.open.delete(key);
    this.bytes -= span.bytes;
    const trace =
      span.part.kind === "trace" ? undefined : this.traces.get(traceKeyOf(span.project, span.part));
    if (trace !== undefined) trace.openSpans -= 1;
  }

  private forgetTaken(key: string): void {
    this.takenBytes -= this.taken.get(key)?.bytes ?? 0;
    this.taken.delete(key);
  }

  private lastEndNs(project: string, part: Part): bigint {
    return this.traces.get(traceKeyOf(project, part))?.lastEndNs ?? 0n;
  }

  private forget(nowMs: number): void {
    for (const [key, { changedMs }] of this.taken) {
      const isOld = nowMs - changedMs >= this.limits.rememberMs;
      if (!isOld && this.takenBytes <= this.limits.maxRememberedBytes) break;
      this.forgetTaken(key);
    }
    for (const [key, trace] of this.traces) {
      if (trace.openSpans === 0 && nowMs - trace.changedMs >= this.limits.rememberMs) this.traces.delete(key);
    }
  }
}

export function keyOf(project: string, { source, kind, id }: Pick<Part, "source" | "kind" | "id">): string {
  return `${project}\n${source}\n${kind}\n${id}`;
}

function traceKeyOf(project: string, { source, traceId }: Part): string {
  return `${project}\n${source}\n${traceId}`;
}

function mergeParts(before: Part, later: Part): Part {
  return {
    ...before,
    traceId: later.traceId === "" ? before.traceId : later.traceId,
    sdk: later.sdk.version === "" ? before.sdk : later.sdk,
    fields: wasSaidBefore(later.fields, before.fields)
      ? mergeFields(later.fields, before.fields)
      : mergeFields(before.fields, later.fields),
  };
}

/** Opik's SDK for Python sends by several threads: what it says last may come first, and is told by its time. */
function wasSaidBefore(fields: JsonObject, others: JsonObject): boolean {
  const [said, known] = [fields, others].map((of) => toNanoseconds(of["last_updated_at"]));
  return said !== undefined && known !== undefined && said < known;
}

function sameFields(before: JsonObject, later: JsonObject): boolean {
  return JSON.stringify(before) === JSON.stringify(later);
}

/** A span without a parent hangs below the span that stands for its trace, where the SDK tells of one. */
function toParentSpanId(part: Part, parentId: string, trace: Part | undefined): string {
  if (part.kind === "trace") return "";
  if (parentId !== "") return toSpanId(parentId);
  return trace === undefined ? "" : toRootSpanId(part.traceId);
}
