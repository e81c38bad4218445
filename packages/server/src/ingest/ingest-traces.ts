import { crc32 } from "node:zlib";
import { NativeBlockWriter } from "../columns/native-block.ts";
import { walkTraces } from "../decode/walk-traces.ts";
import type { Pricer } from "../price/price-call.ts";
import type { FrameCounts } from "../spool/frame.ts";
import type { TableRows } from "../spool/segment-writer.ts";
import type { Spool } from "../spool/spool.ts";
import { SpanBlock, type AppendedSpans } from "./span-block.ts";

/** What became of a request's spans. Durable when this is handed out. */
export interface TraceReceipt {
  readonly received: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** True when the request had been accepted before and was not stored again. */
  readonly isDuplicate: boolean;
}

export interface TraceIngest {
  /**
   * Takes an ExportTraceServiceRequest. Resolves when its spans are durable. Throws MalformedRequestError (nothing stored),
   * SpoolFullError or SpoolWriteError (try again). The bytes may be reused once it has returned its promise.
   */
  accept(request: { readonly project: string; readonly bytes: Buffer }): Promise<TraceReceipt>;
  /** Resolves when everything accepted so far is durable. */
  settle(): Promise<void>;
}

/** Requests wait for the disk once this much is gathered: memory stays bounded however fast they come. */
const maxGatheredBytes = 64 * 1024 * 1024;

/** Requests gathered to be made durable by one write. */
class Gathering {
  readonly block: SpanBlock;
  readonly counts = new Map<string, MutableCounts>();
  readonly fingerprints = new Set<string>();
  bytes = 0;
  done: Promise<void> = Promise.resolve();
  private settleDone: { resolve: () => void; reject: (cause: unknown) => void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };

  constructor(pricer: Pricer) {
    this.block = new SpanBlock(pricer);
  }

  restart(): void {
    this.block.clear();
    this.counts.clear();
    this.fingerprints.clear();
    this.bytes = 0;
    this.done = new Promise((resolve, reject) => {
      this.settleDone = { resolve, reject };
    });
    this.done.catch(() => undefined); // every waiting request hears of it
  }

  finish(failure?: unknown): void {
    if (failure === undefined) this.settleDone.resolve();
    else this.settleDone.reject(failure);
  }
}

interface MutableCounts {
  received: number;
  accepted: number;
  rejected: Record<string, number>;
  duplicates: number;
}

/** Creates the way from a request's bytes to the spool. */
export function createTraceIngest(options: { spool: Spool; pricer: Pricer }): TraceIngest {
  return new GroupedIngest(options.spool, options.pricer);
}

class GroupedIngest implements TraceIngest {
  private readonly spool: Spool;
  private active: Gathering;
  private flushing: Gathering;
  private isFlushing = false;
  private isScheduled = false;
  private readonly spanWriter = new NativeBlockWriter();
  private readonly contentWriter = new NativeBlockWriter();

  constructor(spool: Spool, pricer: Pricer) {
    this.spool = spool;
    this.active = new Gathering(pricer);
    this.flushing = new Gathering(pricer);
    this.active.restart();
  }

  async accept(request: { readonly project: string; readonly bytes: Buffer }): Promise<TraceReceipt> {
    while (this.active.bytes > maxGatheredBytes) await this.active.done.catch(() => undefined);
    const { active } = this;
    const { block } = active;
    block.begin(request.project);
    let appended: AppendedSpans;
    try {
      walkTraces(request.bytes, block);
      appended = block.end(request.bytes);
    } catch (cause) {
      block.rollback();
      throw cause;
    }
    if (appended.received === 0) return { received: 0, rejected: {}, isDuplicate: false };
    const fingerprint = `${request.project} ${toFingerprint(request.bytes, appended)}`;
    const before = this.findBefore(fingerprint);
    if (before !== null) block.rollback();
    this.count(request.project, appended, before !== null);
    active.bytes += request.bytes.length;
    active.fingerprints.add(fingerprint);
    this.schedule();
    await before;
    await active.done;
    return {
      received: appended.received,
      rejected: Object.fromEntries(appended.rejected),
      isDuplicate: before !== null,
    };
  }

  async settle(): Promise<void> {
    await this.flushing.done.catch(() => undefined);
    if (this.active.counts.size > 0) await this.active.done.catch(() => undefined);
  }

  /** The promise of the same request sent before: durable already, or on its way; null when it is new. */
  private findBefore(fingerprint: string): Promise<void> | null {
    if (this.active.fingerprints.has(fingerprint)) return this.active.done;
    if (this.isFlushing && this.flushing.fingerprints.has(fingerprint)) return this.flushing.done;
    return this.spool.knows(fingerprint) ? Promise.resolve() : null;
  }

  private count(project: string, appended: AppendedSpans, isDuplicate: boolean): void {
    let counts = this.active.counts.get(project);
    if (counts === undefined) {
      counts = { received: 0, accepted: 0, rejected: {}, duplicates: 0 };
      this.active.counts.set(project, counts);
    }
    counts.received += appended.received;
    if (isDuplicate) {
      counts.duplicates += appended.received;
      return;
    }
    counts.accepted += appended.accepted;
    for (const [reason, items] of appended.rejected)
      counts.rejected[reason] = (counts.rejected[reason] ?? 0) + items;
  }

  /** One write at a time; what arrives meanwhile is gathered for the next. */
  private schedule(): void {
    if (this.isFlushing || this.isScheduled) return;
    this.isScheduled = true;
    setImmediate(() => {
      this.isScheduled = false;
      void this.flush(); // every failure goes to the requests that wait for it
    });
  }

  private async flush(): Promise<void> {
    if (this.isFlushing) return;
    this.isFlushing = true;
    const gathered = this.active;
    this.active = this.flushing;
    this.active.restart();
    this.flushing = gathered;
    try {
      await this.spool.append({
        tables: this.encode(gathered.block),
        counts: toFrameCounts(gathered.counts),
        requests: [...gathered.fingerprints],
      });
      gathered.finish();
    } catch (cause) {
      gathered.finish(cause);
    }
    this.isFlushing = false;
    if (this.active.counts.size > 0) this.schedule();
  }

  private encode(block: SpanBlock): TableRows[] {
    const tables: TableRows[] = [];
    if (block.rows > 0) {
      tables.push({
        table: "spans",
        rows: block.rows,
        buffers: this.spanWriter.encode(block.spans.list, block.rows),
      });
    }
    if (block.contentRows > 0) {
      const buffers = this.contentWriter.encode(block.contents.list, block.contentRows);
      tables.push({ table: "contents", rows: block.contentRows, buffers });
    }
    return tables;
  }
}

function toFrameCounts(counts: ReadonlyMap<string, MutableCounts>): FrameCounts[] {
  return [...counts].map(([project, count]) => ({ signal: "traces", project, ...count }));
}

/** CRC-32 and length of the body and 64 bits mixed from its span ids: 128 bits and no second pass of a strong hash over every byte. */
function toFingerprint(bytes: Buffer, appended: AppendedSpans): string {
  const [low, high] = appended.idMix;
  return [crc32(bytes), bytes.length, low >>> 0, high >>> 0].map((part) => part.toString(36)).join(".");
}
