import type { Attributes } from "@opentelemetry/api";
import { genAi, operations } from "@spanlight/conventions";
import type { ExportError, Signal } from "../errors.ts";
import type { Batch } from "../export/batch.ts";
import { createHttpSender, type HttpTarget } from "../export/http-sender.ts";
import { LogBatch, type LogRecord } from "../export/log-batch.ts";
import { MetricBatch } from "../export/metric-batch.ts";
import {
  OtlpExporter,
  type BatchLimits,
  type ExportCounts,
  type RetryLimits,
} from "../export/otlp-exporter.ts";
import { ScoreBatch } from "../export/score-batch.ts";
import { SpanBatch } from "../export/span-batch.ts";
import type { Score } from "../manual/score.ts";
import type { MetricSnapshot, Temporality } from "../metrics/metric.ts";
import type { FinishedSpan, SpanSink } from "../tracing/finished-span.ts";
import { limitAttributes, type AttributeLimits } from "../tracing/limits.ts";
import type { Destination, ScoreTarget } from "./destination.ts";

export interface OpenOptions {
  readonly destinations: readonly Destination[];
  readonly resource: Attributes;
  readonly batch: BatchLimits;
  readonly retry: RetryLimits;
  readonly exportTraces: boolean;
  readonly logLimits: AttributeLimits;
  readonly onError: (error: ExportError) => void;
  readonly onFailure: (error: unknown, where: string) => void;
}

/** What became of one signal at one destination. */
export interface DestinationStatus {
  readonly name: string;
  readonly signal: Signal;
  readonly url: string;
  readonly counts: ExportCounts;
}

/** Every way out of the process. Each destination has its own queue per signal: one that fails holds up none of the others. */
export interface Outlets {
  readonly spanSinks: readonly SpanSink[];
  readonly temporalities: readonly Temporality[];
  addLog(record: LogRecord): void;
  addMetrics(snapshot: MetricSnapshot): void;
  addScore(score: Score): void;
  statuses(): readonly DestinationStatus[];
  /** What became of the spans, over all destinations. */
  spanCounts(): ExportCounts;
  /** Resolves when everything is delivered or given up, at the latest after `timeoutMs`. */
  forceFlush(timeoutMs: number): Promise<void>;
  shutdown(timeoutMs: number): Promise<void>;
}

interface Opened {
  readonly name: string;
  readonly signal: Signal;
  readonly url: string;
  readonly exporter: Pick<OtlpExporter<unknown>, "counts" | "forceFlush" | "shutdown">;
}

export function openDestinations(options: OpenOptions): Outlets {
  const opened: Opened[] = [];
  const open: Open = (parts) => {
    const exporter = createExporter(options, parts);
    opened.push({
      name: parts.destination.name,
      signal: parts.signal,
      url: parts.target.url,
      exporter,
    });
    return exporter;
  };
  const outlets = options.destinations.map((destination) => openOne(destination, options, open));
  return {
    spanSinks: outlets.flatMap(({ spans }) => spans ?? []),
    temporalities: [...new Set(outlets.flatMap(({ metrics, temporality }) => (metrics ? temporality : [])))],
    addLog(record) {
      const limited = { ...record, ...limitAttributes(record.attributes, options.logLimits) };
      for (const { logs } of outlets) logs?.onEnd(limited);
    },
    addMetrics: (snapshot) =>
      outlets.forEach(({ metrics, temporality }) => {
        if (temporality === snapshot.temporality) metrics?.onEnd(snapshot);
      }),
    addScore: (score) => outlets.forEach(({ scores }) => scores?.onEnd(score)),
    statuses: () =>
      opened.map(({ name, signal, url, exporter }) => ({ name, signal, url, counts: exporter.counts })),
    spanCounts: () =>
      addCounts(opened.flatMap(({ signal, exporter }) => (signal === "traces" ? exporter.counts : []))),
    forceFlush: async (timeoutMs) => {
      await Promise.all(opened.map(({ exporter }) => exporter.forceFlush(timeoutMs)));
    },
    shutdown: async (timeoutMs) => {
      await Promise.all(opened.map(({ exporter }) => exporter.shutdown(timeoutMs)));
    },
  };
}

function addCounts(all: readonly ExportCounts[]): ExportCounts {
  const sum = { exported: 0, dropped: 0, failed: 0, rejected: 0 };
  for (const counts of all) {
    sum.exported += counts.exported;
    sum.dropped += counts.dropped;
    sum.failed += counts.failed;
    sum.rejected += counts.rejected;
  }
  return sum;
}

type Open = <Item>(parts: ExporterParts<Item>) => OtlpExporter<Item>;

interface Outlet {
  readonly spans: SpanSink | undefined;
  readonly logs: OtlpExporter<LogRecord> | undefined;
  readonly metrics: OtlpExporter<MetricSnapshot> | undefined;
  readonly temporality: Temporality;
  readonly scores: OtlpExporter<Score> | undefined;
}

function openOne(destination: Destination, options: OpenOptions, open: Open): Outlet {
  const { traces, logs, metrics, scores, temporality = "cumulative" } = destination;
  const resource = { ...options.resource, ...destination.resource };
  const spans =
    traces === undefined || !options.exportTraces
      ? undefined
      : open({ destination, signal: "traces", target: traces, batch: new SpanBatch(resource) });
  return {
    spans: spans === undefined ? undefined : createSink(destination, spans, options.onFailure),
    logs:
      logs === undefined
        ? undefined
        : open({ destination, signal: "logs", target: logs, batch: new LogBatch(resource) }),
    metrics:
      metrics === undefined
        ? undefined
        : open({
            destination,
            signal: "metrics",
            target: metrics,
            batch: new MetricBatch(resource),
            batchSize: 1,
          }),
    temporality,
    scores: scores === undefined ? undefined : openScores(destination, scores, open),
  };
}

function openScores(
  destination: Destination,
  { target, toBody }: ScoreTarget,
  open: Open,
): OtlpExporter<Score> {
  const json = { ...target, headers: { "content-type": "application/json", ...target.headers } };
  return open({ destination, signal: "scores", target: json, batch: new ScoreBatch(toBody), batchSize: 1 });
}

interface ExporterParts<Item> {
  readonly destination: Destination;
  readonly signal: Signal;
  readonly target: HttpTarget;
  readonly batch: Batch<Item>;
  /** Items of one request, where they are not as many as the setting says. */
  readonly batchSize?: number;
}

function createExporter<Item>(options: OpenOptions, parts: ExporterParts<Item>): OtlpExporter<Item> {
  const { destination, signal, target, batch, batchSize } = parts;
  return new OtlpExporter<Item>({
    destination: destination.name,
    signal,
    sender: createHttpSender(target),
    url: target.url,
    batch,
    limits: { ...options.batch, ...(batchSize === undefined ? {} : { maxBatchSize: batchSize }) },
    retry: options.retry,
    onError(error) {
      try {
        destination.onError?.(error);
      } finally {
        options.onError(error);
      }
    },
  });
}

/** The exporter itself where the destination reads the conventions: then nothing stands between span and bytes. */
function createSink(
  { name, translate, eagerToolSpans }: Destination,
  exporter: OtlpExporter<FinishedSpan>,
  onFailure: OpenOptions["onFailure"],
): SpanSink {
  if (translate === undefined && eagerToolSpans !== true) return exporter;
  const send = (span: FinishedSpan): void => {
    try {
      exporter.onEnd(translate === undefined ? span : translate(toPlain(span)));
    } catch (error) {
      onFailure(error, `destination ${name}`);
    }
  };
  return {
    onEnd: send,
    ...(eagerToolSpans === true ? { onStart: createEagerSend(send) } : {}),
    forceFlush: (timeoutMs) => exporter.forceFlush(timeoutMs),
    shutdown: (timeoutMs) => exporter.shutdown(timeoutMs),
  };
}

/** A plain object, so that a dialect may copy a span and change some of it. */
function toPlain(span: FinishedSpan): FinishedSpan {
  const { attributes } = span;
  return { ...span, attributes };
}

/** A span that has begun goes out with the time it began as its end; the complete one, with the same ids, replaces it. */
function createEagerSend(send: (span: FinishedSpan) => void): (span: FinishedSpan) => void {
  return (span) => {
    if (span.attributes[genAi.operationName] === operations.executeTool) send(span);
  };
}
