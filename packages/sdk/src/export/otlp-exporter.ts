import { ExportError, type Signal } from "../errors.ts";
import type { Batch, SealedBatch } from "./batch.ts";
import type { HttpSender, SendResult } from "./http-sender.ts";
import { readRejected } from "./partial-success.ts";
import { retryDelayMs } from "./retry-delay.ts";

/** A batch is sealed at this size even when it holds few spans: servers limit the body. */
const maxBatchBytes = 4 * 1024 * 1024;
const maxQueueBytes = 64 * 1024 * 1024;
const retryable: ReadonlySet<number> = new Set([429, 502, 503, 504]);

export interface BatchLimits {
  /** Items that may wait, encoded, before new ones are dropped. */
  readonly maxQueueSize: number;
  readonly maxBatchSize: number;
  readonly scheduleDelayMs: number;
}

export interface RetryLimits {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
  readonly maxAttempts: number;
}

export interface OtlpExporterOptions<Item> {
  /** Name of the destination, for errors. */
  readonly destination: string;
  readonly signal: Signal;
  readonly sender: HttpSender;
  readonly url: string;
  readonly batch: Batch<Item>;
  readonly limits: BatchLimits;
  readonly retry: RetryLimits;
  readonly onError: (error: ExportError) => void;
  readonly random?: () => number;
}

/** What became of the items given to an exporter. */
export interface ExportCounts {
  readonly exported: number;
  /** Dropped because the queue was full or the exporter was shut down. */
  readonly dropped: number;
  /** Given up after an answer that forbids a retry, or after the last attempt; and what cannot be encoded. */
  readonly failed: number;
  /** Refused by the server in a partial success. */
  readonly rejected: number;
}

/** Batches what it is given and sends it over HTTP; full queues drop and count, nothing waits for ever. */
export class OtlpExporter<Item> {
  readonly #options: OtlpExporterOptions<Item>;
  readonly #waiting: SealedBatch[] = [];
  readonly #counts = { exported: 0, dropped: 0, failed: 0, rejected: 0 };
  #waitingItems = 0;
  #waitingBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #sending: Promise<void> | undefined;
  #wakeRetry: (() => void) | undefined;
  #closed = false;
  readonly #told = new Set<ExportError["code"]>();

  constructor(options: OtlpExporterOptions<Item>) {
    this.#options = options;
  }

  get counts(): ExportCounts {
    return { ...this.#counts };
  }

  onEnd(item: Item): void {
    const { batch, limits } = this.#options;
    if (this.#closed || this.#isFull()) return this.#drop();
    try {
      batch.add(item);
    } catch (error) {
      // A value that throws when it is read must not throw into the code that ended the span.
      this.#counts.failed++;
      const cause = error instanceof Error ? error : new Error(String(error));
      return this.#report("rejected", `one of the ${this.#noun} cannot be encoded: ${cause.message}`, cause);
    }
    if (batch.count >= limits.maxBatchSize || batch.sizeBytes >= maxBatchBytes) {
      this.#seal();
      this.#startSending();
      return;
    }
    this.#timer ??= setTimeout(() => this.#onTimer(), limits.scheduleDelayMs).unref();
  }

  async forceFlush(timeoutMs: number): Promise<void> {
    this.#seal();
    this.#startSending();
    this.#wakeRetry?.();
    if (this.#sending === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    // This timer holds the process open while a flush runs, and no longer.
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, timeoutMs);
    });
    await Promise.race([this.#sending, timeout]);
    clearTimeout(timer);
  }

  async shutdown(timeoutMs: number): Promise<void> {
    await this.forceFlush(timeoutMs);
    this.#closed = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    this.#options.sender.close();
    for (const batch of this.#waiting.splice(0)) this.#giveUp(batch, "shut down before delivery", undefined);
  }

  /** Counts every drop and tells the first for each reason. */
  #drop(): void {
    this.#counts.dropped++;
    const code = this.#closed ? "shut_down" : "queue_full";
    if (this.#told.has(code)) return;
    this.#told.add(code);
    const why = code === "shut_down" ? "what ends after shutdown() is dropped" : "the export queue is full";
    this.#report(code, why, undefined);
  }

  #isFull(): boolean {
    return (
      this.#waitingItems + this.#options.batch.count >= this.#options.limits.maxQueueSize ||
      this.#waitingBytes >= maxQueueBytes
    );
  }

  #onTimer(): void {
    this.#timer = undefined;
    this.#seal();
    this.#startSending();
  }

  #seal(): void {
    if (this.#options.batch.count === 0) return;
    const sealed = this.#options.batch.seal();
    this.#waiting.push(sealed);
    this.#waitingItems += sealed.count;
    this.#waitingBytes += sealed.body.length;
  }

  #startSending(): void {
    if (this.#sending !== undefined || this.#waiting.length === 0) return;
    this.#sending = this.#drain().finally(() => {
      this.#sending = undefined;
      this.#startSending();
    });
  }

  async #drain(): Promise<void> {
    for (let batch = this.#waiting[0]; batch !== undefined; batch = this.#waiting[0]) {
      await this.#deliver(batch);
      if (this.#waiting[0] !== batch) return;
      this.#waiting.shift();
      this.#waitingItems -= batch.count;
      this.#waitingBytes -= batch.body.length;
    }
  }

  async #deliver(batch: SealedBatch): Promise<void> {
    const { retry, sender } = this.#options;
    let delayMs = retry.initialDelayMs;
    for (let attempt = 1; ; attempt++) {
      const result = await sender.send(batch.body).catch(toUnreachable);
      // Given up and counted by a shutdown that did not wait for this answer.
      if (this.#waiting[0] !== batch) return;
      if (result.state === "answered" && result.status >= 200 && result.status < 300) {
        this.#countDelivered(batch, result.body);
        return;
      }
      const mayRetry = result.state === "unreachable" || retryable.has(result.status);
      if (!mayRetry || attempt >= retry.maxAttempts || this.#closed) {
        this.#giveUp(batch, describe(result), result.state === "unreachable" ? result.error : undefined);
        return;
      }
      await this.#wait(this.#nextDelay(result, delayMs));
      delayMs = Math.min(delayMs * 2, retry.maxDelayMs);
    }
  }

  #nextDelay(result: SendResult, delayMs: number): number {
    const random = (this.#options.random ?? Math.random)();
    const retryAfterMs = result.state === "answered" ? result.retryAfterMs : undefined;
    return retryDelayMs({ delayMs, retryAfterMs, random });
  }

  #wait(delayMs: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, delayMs).unref();
      const wake = done;
      function done(): void {
        clearTimeout(timer);
        resolve();
      }
      this.#wakeRetry = wake;
    });
  }

  #countDelivered(batch: SealedBatch, body: Buffer): void {
    const { rejected, message } = readRejected(body);
    this.#counts.exported += batch.count - rejected;
    this.#counts.rejected += rejected;
    if (rejected > 0)
      this.#report("rejected", `the server refused ${rejected} ${this.#noun}: ${message}`, undefined);
  }

  #giveUp(batch: SealedBatch, why: string, cause: Error | undefined): void {
    this.#counts.failed += batch.count;
    this.#report("delivery_failed", `${batch.count} ${this.#noun} were given up: ${why}`, cause);
  }

  get #noun(): string {
    const nouns = { traces: "spans", metrics: "metric requests", logs: "log records", scores: "scores" };
    return nouns[this.#options.signal];
  }

  #report(code: ExportError["code"], what: string, cause: Error | undefined): void {
    const { destination, signal, url } = this.#options;
    const error = new ExportError(`cannot export to ${url}: ${what}`, { code, cause, destination, signal });
    try {
      this.#options.onError(error);
    } catch {
      // A listener that throws must not stop the export, and there is nobody left to tell.
    }
  }
}

function toUnreachable(error: unknown): SendResult {
  return { state: "unreachable", error: error instanceof Error ? error : new Error(String(error)) };
}

function describe(result: SendResult): string {
  if (result.state === "unreachable") return `the server could not be reached (${result.error.message})`;
  const hints: Readonly<Record<number, string>> = {
    401: ", the key is missing or wrong",
    403: ", the key may not write here",
    404: ", there is no OTLP endpoint at this path",
    413: ", the batch is too large",
  };
  return `the server answered ${result.status}${hints[result.status] ?? ""}`;
}
