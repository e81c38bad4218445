// Ended spans on their way out: bounded, and each of them counted until it is known what became of it.
import { ExportResultCode, type ExportResult } from "@opentelemetry/core";
import { BatchSpanProcessor, type ReadableSpan, type SpanProcessor } from "@opentelemetry/sdk-trace";
import type { Log } from "../../spool/inserter.ts";

/** Where spans go. */
export interface Destination {
  /** For people: a URL or `the own store`. */
  readonly name: string;
  /** Hands them over; answers how many of them were refused. Rejects where none was taken. */
  send(spans: ReadableSpan[]): Promise<number>;
  close(): Promise<void>;
}

/** Why a span did not arrive. */
export type DropReason = "queue_full" | "refused" | "closed";

/** ended = sent + Σ dropped + waiting. */
export interface OutboxReport {
  readonly ended: number;
  readonly sent: number;
  readonly dropped: Readonly<Record<DropReason, number>>;
  /** Those on their way among them. */
  readonly waiting: number;
  /** Why the last batch was not taken; null when it was. */
  readonly failure: string | null;
}

export interface OutboxOptions {
  readonly destination: Destination;
  readonly maxWaiting: number;
  readonly sendEveryMs: number;
  readonly log: Log;
  /** Runs what sends outside of every span. */
  readonly leave: <Result>(outside: () => Result) => Result;
}

/** A batch that is not taken within this is not waited for by the next one. */
const sendTimeoutMs = 30_000;
const batchSpans = 512;

/** A span processor that batches as OpenTelemetry's does, and knows what became of every span. */
export class SpanOutbox implements SpanProcessor {
  private readonly options: OutboxOptions;
  private readonly batches: BatchSpanProcessor;
  private ended = 0;
  private sent = 0;
  private waiting = 0;
  private readonly dropped: Record<DropReason, number> = { queue_full: 0, refused: 0, closed: 0 };
  private failure: string | null = null;
  private isClosed = false;

  constructor(options: OutboxOptions) {
    this.options = options;
    this.batches = new BatchSpanProcessor({
      exporter: {
        export: (spans, done) => this.send(spans, done),
        shutdown: () => options.destination.close(),
      },
      maxQueueSize: options.maxWaiting,
      maxExportBatchSize: Math.min(batchSpans, options.maxWaiting),
      scheduledDelayMillis: options.sendEveryMs,
      exportTimeoutMillis: sendTimeoutMs,
    });
  }

  report(): OutboxReport {
    const { ended, sent, dropped, waiting, failure } = this;
    return { ended, sent, dropped: { ...dropped }, waiting, failure };
  }

  onStart(): void {
    // nothing to do before it ends
  }

  onEnd(span: ReadableSpan): void {
    this.ended += 1;
    if (this.isClosed) this.dropped.closed += 1;
    else if (this.waiting >= this.options.maxWaiting) this.dropped.queue_full += 1;
    else {
      this.waiting += 1;
      this.options.leave(() => this.batches.onEnd(span));
    }
  }

  forceFlush(): Promise<void> {
    return this.batches.forceFlush();
  }

  /** Sends what waits, then closes the destination. */
  async shutdown(): Promise<void> {
    this.isClosed = true;
    await this.batches.shutdown();
  }

  /** What fails is counted here: it is no failure of who batches. */
  private send(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    void this.options
      .leave(() => this.options.destination.send(spans))
      .then(
        (refused) => this.account(spans.length, refused, null),
        (cause: unknown) => this.account(spans.length, spans.length, describe(cause)),
      )
      .then(() => done({ code: ExportResultCode.SUCCESS }));
  }

  private account(count: number, refused: number, failure: string | null): void {
    const { destination, log } = this.options;
    this.waiting -= count;
    this.sent += count - refused;
    this.dropped.refused += refused;
    if (failure !== null && this.failure === null)
      log("warn", "own spans not taken", { destination: destination.name, error: failure });
    if (failure === null && this.failure !== null)
      log("info", "own spans are taken again", {
        destination: destination.name,
        refused: this.dropped.refused,
      });
    this.failure = failure;
  }
}

function describe(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
