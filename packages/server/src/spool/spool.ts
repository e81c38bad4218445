import { setTimeout as delay } from "node:timers/promises";
import { addFrame, copyLedger, readCheckpoint, writeCheckpoint, type Ledger } from "./accounting.ts";
import { Accounts, projectsOf, type AccountsView } from "./accounts.ts";
import { findHighest, logDamage, sumDamage, type StartDamage } from "./damage.ts";
import { refuseUnreadable, SpoolFullError } from "./errors.ts";
import type { Frame } from "./frame.ts";
import type { InserterOptions, Log, SealedSegment } from "./inserter.ts";
import { writeOffLost, type PresentBlocks } from "./lost-data.ts";
import { recoverSpool, type FoundSegment } from "./recover.ts";
import { RequestWindow, skipAbsence } from "./request-window.ts";
import { dataFile, framesFile } from "./segment-files.ts";
import { removeIfThere, SegmentWriter, type Batch } from "./segment-writer.ts";
import { insertWatched, toStoredSegment, type AroundInsert, type StoredSegment } from "./watch-insert.ts";
import { WriteWatch } from "./write-watch.ts";
import type { Engine } from "../store/engine.ts";

export interface SpoolLimits {
  /** A segment is sealed at this many rows … (50,000 and 100,000 cost the engine the same: bench/ingest.ts). */
  readonly segmentRows: number;
  /** … or bytes (the engine cuts blocks of 256 MB and more in two) … */
  readonly segmentBytes: number;
  /** … or this long after its first row, when the store is idle. */
  readonly segmentAgeMs: number;
  /** Past this many bytes on disk nothing more is accepted. */
  readonly maxBytes: number;
  /** How long a request that is sent again is known; the time without a server does not count. */
  readonly duplicateWindowMs: number;
  readonly duplicateWindowRequests: number;
}

export interface SpoolOptions {
  readonly directory: string;
  readonly engine: Engine;
  /** Tables of the store that blocks go to, in the order they are inserted: what another table's rows lead to goes first. */
  readonly tables: readonly string[];
  readonly limits: SpoolLimits;
  /** False where the disk could not store the bytes that wait: nothing more is accepted until some of them are. */
  readonly hasRoom?: ((waitingBytes: number) => boolean) | undefined;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told after a segment is readable in the store. */
  readonly onStored: (segment: StoredSegment) => void;
  readonly aroundInsert?: AroundInsert | undefined;
}

/** One consistent look at the spool. */
export interface SpoolSnapshot extends AccountsView {
  readonly segments: number;
  readonly bytes: number;
  readonly oldestAgeMs: number | null;
  /** Found at the start: acknowledged frames that are gone or not what was written, … */
  readonly damagedFrames: number;
  /** … and bytes that no frame accounts for, of frames whose counts are not known. */
  readonly unaccountedBytes: number;
  /** Blocks that the store had at the start and the accounting knows nothing of. */
  readonly uncountedBlocks: number;
  /** True from a write that the disk refused until the next one that it takes. */
  readonly isWriteFailing: boolean;
}

/** The durable queue between acknowledging and storing. */
export interface Spool {
  /** Makes the batch durable. One call at a time. Throws SpoolFullError or SpoolWriteError with nothing accepted. */
  append(batch: Batch): Promise<void>;
  /** True when the request was accepted within the window. */
  knows(fingerprint: string): boolean;
  isFull(): boolean;
  /** Segments found at the start that the store does not have yet. */
  replaying(): number;
  /** Of everything, or of one project: then bytes are those of the segments it is in. */
  snapshot(project?: string): SpoolSnapshot;
  /**
   * Runs the work at a moment at which everything acknowledged lies in sealed segments or in the store. What arrives meanwhile waits:
   * the work has to be short.
   */
  freeze<Result>(work: () => Promise<Result>): Promise<Result>;
  /** Seals, gives the store up to `graceMs` to take what is waiting, and closes. What is left is replayed at the next start. */
  close(graceMs: number): Promise<void>;
}

interface Waiting extends SealedSegment {
  readonly frames: readonly Frame[];
  readonly bytes: number;
  readonly isFresh: boolean;
}

interface Kept {
  readonly block: number;
  readonly frames: readonly Frame[];
  readonly lastAt: number;
}

/** Opens the spool: recovers the directory, asks the store what it has, and queues what it lacks. */
export async function openSpool(options: SpoolOptions): Promise<Spool> {
  const refuse = refuseUnreadable(options.directory);
  const segments = await recoverSpool(options.directory).catch(refuse);
  const { isDamaged, ...checkpoint } = await readCheckpoint(options.directory).catch(refuse);
  const spool = new DiskSpool(options, checkpoint);
  await spool.restore(segments, isDamaged);
  return spool;
}

/** A segment with more rows than this at its first age is worth waiting for: 20,000-row inserts cost twice those of 100,000. */
const quickRows = 4000;

class DiskSpool implements Spool {
  private readonly options: SpoolOptions;
  private readonly window: RequestWindow;
  private readonly accounts: Accounts;
  private base: { throughBlock: number; ledger: Ledger };
  private readonly waiting: Waiting[] = [];
  /** Segments whose data the store has; their sidecars stay for as long as the window of duplicates. */
  private kept: Kept[] = [];
  private writer: SegmentWriter | null = null;
  private nextBlock = 1;
  private toWindowTime: (block: number, at: number) => number = (_block, at) => at;
  private bytes = 0;
  private damage: StartDamage = { frames: 0, unaccountedBytes: 0, uncountedBlocks: 0 };
  private readonly writes: WriteWatch;
  private ageTimer: NodeJS.Timeout | undefined;
  private readonly stop = new AbortController();
  private inserting: Promise<void> | null = null;
  private appending: Promise<unknown> = Promise.resolve();

  constructor(options: SpoolOptions, checkpoint: { throughBlock: number; ledger: Ledger }) {
    this.options = options;
    this.writes = new WriteWatch(options.log);
    this.window = new RequestWindow({
      windowMs: options.limits.duplicateWindowMs,
      maxRequests: options.limits.duplicateWindowRequests,
    });
    this.base = { ...checkpoint, ledger: copyLedger(checkpoint.ledger) };
    this.accounts = new Accounts(checkpoint.ledger);
  }

  /** Takes over what a start found: counts it, remembers its requests, queues what the store lacks. */
  async restore(segments: readonly FoundSegment[], isCheckpointDamaged: boolean): Promise<void> {
    const { log } = this.options;
    const { throughBlock } = this.base;
    const present = await this.askStore();
    const newest = Math.max(throughBlock, segments.at(-1)?.block ?? 0);
    this.nextBlock = findHighest(present, newest) + 1;
    this.toWindowTime = skipAbsence(segments, this.options.now());
    this.damage = sumDamage({ segments, present, throughBlock, isCheckpointDamaged });
    for (const segment of segments) await this.takeOver(await this.tellLost(segment, present), present);
    logDamage(this.damage, this.options);
    const { waiting, nextBlock } = this;
    log("info", "spool recovered", { segments: segments.length, waiting: waiting.length, nextBlock });
    this.startInserting();
  }

  /** The blocks that each table has and the accounting does not have yet. */
  private async askStore(): Promise<PresentBlocks> {
    const present = new Map<string, Set<bigint>>();
    for (const table of this.options.tables)
      present.set(table, await this.options.engine.listBlocks(table, BigInt(this.base.throughBlock + 1)));
    return present;
  }

  /** A data file that is gone was stored; where the store lacks its block, it was lost, and that is told. */
  private async tellLost(segment: FoundSegment, present: PresentBlocks): Promise<FoundSegment> {
    if (segment.block <= this.base.throughBlock) return segment;
    const { found, lostFrames } = await writeOffLost(segment, { ...this.options, present });
    this.damage = { ...this.damage, frames: this.damage.frames + lostFrames };
    if (lostFrames > 0) this.options.log("error", "spool data missing", { block: segment.block, lostFrames });
    return found;
  }

  private async takeOver(segment: FoundSegment, present: PresentBlocks): Promise<void> {
    const isCounted = segment.block <= this.base.throughBlock;
    for (const frame of segment.frames) {
      if (!isCounted) this.accounts.receive(frame);
      for (const request of frame.requests)
        this.window.add(request, this.toWindowTime(segment.block, frame.at));
    }
    const missing = this.inOrder(segment.tables).filter(
      (table) => present.get(table)?.has(BigInt(segment.block)) !== true,
    );
    if (missing.length === 0) await this.keep(segment.block, segment.frames);
    else this.enqueue({ ...segment, tables: missing, receivedAtMs: this.options.now(), isFresh: false });
  }

  knows(fingerprint: string): boolean {
    return this.window.has(fingerprint, this.options.now());
  }

  isFull(): boolean {
    return this.bytes >= this.options.limits.maxBytes || this.options.hasRoom?.(this.bytes) === false;
  }

  replaying(): number {
    return this.waiting.filter((segment) => !segment.isFresh).length;
  }

  append(batch: Batch): Promise<void> {
    const done = this.appending.then(() => this.appendNow(batch));
    this.appending = done.then(
      () => this.writes.note(),
      (cause: unknown) => this.writes.note(cause), // told to the caller
    );
    return done;
  }

  freeze<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.appending.then(async () => {
      await this.seal();
      return work();
    });
    this.appending = done.catch(() => undefined); // told to the caller
    return done;
  }

  snapshot(project?: string): SpoolSnapshot {
    const open = this.writer === null ? [] : [this.writer];
    const unstored = [...this.waiting, ...open].filter(({ frames }) =>
      project === undefined ? frames.length > 0 : projectsOf(frames).has(project),
    );
    const oldest = unstored[0]?.frames[0]?.at;
    return {
      ...this.accounts.view(project),
      segments: unstored.length,
      bytes: unstored.reduce((sum, segment) => sum + segment.bytes, 0),
      oldestAgeMs: oldest === undefined ? null : Math.max(0, this.options.now() - oldest),
      damagedFrames: this.damage.frames,
      unaccountedBytes: this.damage.unaccountedBytes,
      uncountedBlocks: this.damage.uncountedBlocks,
      isWriteFailing: this.writes.isFailing,
    };
  }

  async close(graceMs: number): Promise<void> {
    clearTimeout(this.ageTimer);
    await this.appending;
    await this.seal();
    const timer = setTimeout(() => this.stopInserting(), graceMs);
    await this.inserting;
    clearTimeout(timer);
    this.stopInserting();
    await this.inserting;
  }

  private stopInserting(): void {
    this.stop.abort();
  }

  private async appendNow(batch: Batch): Promise<void> {
    if (this.isFull()) {
      throw new SpoolFullError(`${this.bytes} bytes wait for the store, as many as may: try again later`);
    }
    const { directory, limits, now } = this.options;
    this.writer ??= await SegmentWriter.open(directory, this.nextBlock++);
    const writer = this.writer;
    const frame = await writer.append(batch, now());
    for (const part of Object.values(frame.parts)) this.bytes += part.length;
    this.accounts.receive(frame);
    for (const request of frame.requests) this.window.add(request, frame.at);
    this.accounts.enterSpool([frame]);
    if (writer.rows >= limits.segmentRows || writer.bytes >= limits.segmentBytes) await this.seal();
    else this.ageTimer ??= setTimeout(() => this.sealByAge(), limits.segmentAgeMs);
  }

  /**
   * The store takes one large segment sooner than many small ones: while it is busy the seal waits, and a segment that
   * fills quickly waits twice as long.
   */
  private sealByAge(): void {
    this.ageTimer = undefined;
    const { segmentAgeMs } = this.options.limits;
    const ageMs = this.options.now() - (this.writer?.frames[0]?.at ?? 0);
    const isYoung = ageMs >= 0 && ageMs < segmentAgeMs * 2; // below 0 the clock was put back
    const fillsQuickly = (this.writer?.rows ?? 0) > quickRows && isYoung;
    if (this.waiting.length > 0 || fillsQuickly) {
      this.ageTimer = setTimeout(() => this.sealByAge(), segmentAgeMs / 4);
      return;
    }
    this.appending = this.appending
      .then(() => this.seal())
      .catch((cause: unknown) => this.options.log("error", "segment not sealed", { error: String(cause) }));
  }

  private async seal(): Promise<void> {
    clearTimeout(this.ageTimer);
    this.ageTimer = undefined;
    const { writer } = this;
    if (writer === null || writer.frames.length === 0) return;
    const { block, frames, bytes } = writer;
    // Without a pause before it waits, so that every snapshot has the segment; all of it is on disk already.
    this.writer = null;
    if (writer.rows === 0) {
      this.accounts.leaveSpool(frames);
      await writer.seal();
      return this.keep(block, frames);
    }
    const tables = this.inOrder(writer.tables);
    this.waiting.push({ block, tables, receivedAtMs: this.options.now(), frames, bytes, isFresh: true });
    this.startInserting();
    await writer.seal();
  }

  private inOrder(tables: readonly string[]): string[] {
    const known = this.options.tables.filter((table) => tables.includes(table));
    return [...known, ...tables.filter((table) => !known.includes(table))];
  }

  private enqueue(segment: FoundSegment & SealedSegment & { isFresh: boolean }): void {
    this.waiting.push(segment);
    this.bytes += segment.bytes;
    this.accounts.enterSpool(segment.frames);
  }

  private startInserting(): void {
    if (this.inserting !== null) return;
    this.inserting = this.insertAll().finally(() => {
      this.inserting = null;
      if (this.waiting.length > 0 && !this.stop.signal.aborted) this.startInserting();
    });
  }

  private async insertAll(): Promise<void> {
    const { directory, engine, log, onStored } = this.options;
    const { signal } = this.stop;
    const wait = (delayMs: number): Promise<void> =>
      delay(delayMs, undefined, { signal }).catch(() => undefined); // told to stop
    const inserter: InserterOptions = { directory, engine, log, signal, wait };
    for (let segment = this.waiting[0]; segment !== undefined; segment = this.waiting[0]) {
      if (this.stop.signal.aborted || !(await insertWatched(segment, inserter, this.options))) return;
      // From here on the store has it: one step without a pause, so that every snapshot adds up.
      this.waiting.shift();
      this.bytes -= segment.bytes;
      this.accounts.leaveSpool(segment.frames);
      onStored(toStoredSegment(segment));
      await this.keep(segment.block, segment.frames).catch((cause: unknown) =>
        log("error", "spool files not removed", { block: segment?.block, error: String(cause) }),
      );
    }
  }

  /** Removes the data of a stored segment, of every table, and keeps its sidecar for the window of duplicates. */
  private async keep(block: number, frames: readonly Frame[]): Promise<void> {
    for (const table of this.options.tables)
      await removeIfThere(dataFile(this.options.directory, block, table));
    this.kept.push({ block, frames, lastAt: this.toWindowTime(block, frames.at(-1)?.at ?? 0) });
    this.kept.sort((a, b) => a.block - b.block);
    await this.foldOldSidecars();
  }

  /** Sidecars that have left the window go into the checkpoint, in order of block, up to the first that is still waiting. */
  private async foldOldSidecars(): Promise<void> {
    const { directory, limits, now } = this.options;
    const horizon = now() - limits.duplicateWindowMs;
    const firstWaiting = this.waiting[0]?.block ?? Number.MAX_SAFE_INTEGER;
    const firstNeeded = this.kept.findIndex(
      (segment) => segment.lastAt > horizon || segment.block > firstWaiting,
    );
    const old = firstNeeded === -1 ? this.kept : this.kept.slice(0, firstNeeded);
    const last = old.at(-1);
    if (last === undefined) return;
    const ledger = copyLedger(this.base.ledger);
    for (const segment of old.filter(({ block }) => block > this.base.throughBlock)) {
      for (const frame of segment.frames) addFrame(ledger, frame);
    }
    this.base = { throughBlock: Math.max(this.base.throughBlock, last.block), ledger };
    await writeCheckpoint(directory, this.base);
    this.kept = this.kept.slice(old.length);
    for (const segment of old) await removeIfThere(framesFile(directory, segment.block));
  }
}
