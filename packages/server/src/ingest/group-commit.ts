// Requests that arrive while the disk is busy are gathered and made durable by one write: the same for every signal.
import { NativeBlockWriter } from "../columns/native-block.ts";
import type { NamedColumn } from "../columns/named-columns.ts";
import { accountOf } from "../spool/accounting.ts";
import type { FrameCounts, Signal } from "../spool/frame.ts";
import type { TableRows } from "../spool/segment-writer.ts";
import type { Spool } from "../spool/spool.ts";

/** What became of a request's items. Durable when this is handed out. */
export interface Receipt {
  readonly received: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** True when the request had been accepted before and was not stored again. */
  readonly isDuplicate: boolean;
}

/** Whose request it is. */
export interface Sender {
  readonly project: string;
  /** Id of the key it came with; absent where it came without one. */
  readonly keyId?: string | undefined;
}

/** The way from the bytes of one signal's requests to the spool. */
export interface SignalIngest {
  /**
   * Takes an OTLP export request of the signal. Resolves when its items are durable. Throws MalformedRequestError (nothing stored),
   * SpoolFullError or SpoolWriteError (try again). The bytes may be reused once it has returned its promise.
   */
  accept(request: Sender & { readonly bytes: Buffer }): Promise<Receipt>;
  /** Resolves when everything accepted so far is durable. */
  settle(): Promise<void>;
}

/** What one request put into a block: received = accepted + Σ rejected. */
export interface AppendedItems {
  readonly received: number;
  readonly accepted: number;
  readonly rejected: ReadonlyMap<string, number>;
  /** Of the accepted ones those without a known price, and those that came long after they ended. */
  readonly unpriced?: number;
  readonly late?: number;
  /** Rows that are no items and have to be kept all the same: what a request says of metrics beside their samples. */
  readonly besides?: number;
}

export interface BlockTable {
  readonly table: string;
  readonly rows: number;
  readonly columns: readonly NamedColumn[];
}

/** Rows of one signal, gathered request by request. */
export interface RowBlock {
  readonly tables: readonly BlockTable[];
  /** Starts a request. */
  begin(project: string): void;
  /** Takes back everything since `begin`. */
  rollback(): void;
  /** Forgets all rows. */
  clear(): void;
}

/** A block whose rows build on what earlier rows left behind (running totals): what is not durable has to be taken back. */
export interface ChainedBlock extends RowBlock {
  /** Everything since `clear` is durable. */
  confirm(): void;
  /** Nothing since `clear` is durable. */
  discard(): void;
}

export interface GroupCommitOptions<Block extends RowBlock> {
  readonly spool: Spool;
  readonly signal: Signal;
  readonly createBlock: () => Block;
}

interface GroupedRequest<Block, Appended extends AppendedItems> extends Sender {
  readonly sizeBytes: number;
  /** Writes the request's rows; a throw takes all of them back. */
  readonly append: (block: Block) => Appended;
  /** What a request that is sent again is known by. */
  readonly fingerprint: (appended: Appended) => string;
}

/** Requests wait for the disk once this much is gathered: memory stays bounded however fast they come. */
const maxGatheredBytes = 64 * 1024 * 1024;

interface MutableCounts extends Sender {
  received: number;
  accepted: number;
  rejected: Record<string, number>;
  duplicates: number;
  unpriced: number;
  late: number;
}

/** Requests gathered to be made durable by one write. */
class Gathering<Block extends RowBlock> {
  readonly block: Block;
  /** By account. */
  readonly counts = new Map<string, MutableCounts>();
  readonly fingerprints = new Set<string>();
  bytes = 0;
  done: Promise<void> = Promise.resolve();
  private settleDone: { resolve: () => void; reject: (cause: unknown) => void } = {
    resolve: () => undefined,
    reject: () => undefined,
  };

  constructor(block: Block) {
    this.block = block;
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

  count(sender: Sender, appended: AppendedItems, isDuplicate: boolean): void {
    const account = accountOf(sender);
    let counts = this.counts.get(account);
    if (counts === undefined) {
      const { project, keyId } = sender;
      const nothing = { received: 0, accepted: 0, rejected: {}, duplicates: 0, unpriced: 0, late: 0 };
      counts = { project, keyId, ...nothing };
      this.counts.set(account, counts);
    }
    counts.received += appended.received;
    if (isDuplicate) {
      counts.duplicates += appended.received;
      return;
    }
    counts.accepted += appended.accepted;
    counts.unpriced += appended.unpriced ?? 0;
    counts.late += appended.late ?? 0;
    for (const [reason, items] of appended.rejected)
      counts.rejected[reason] = (counts.rejected[reason] ?? 0) + items;
  }
}

export class GroupCommit<Block extends RowBlock> {
  private readonly spool: Spool;
  private readonly signal: Signal;
  private active: Gathering<Block>;
  private flushing: Gathering<Block>;
  private isFlushing = false;
  private isScheduled = false;
  private readonly writers = new Map<string, NativeBlockWriter>();

  constructor(options: GroupCommitOptions<Block>) {
    this.spool = options.spool;
    this.signal = options.signal;
    this.active = new Gathering(options.createBlock());
    this.flushing = new Gathering(options.createBlock());
    this.active.restart();
  }

  /** Resolves when the request is durable. Rejects with what `append` threw, or with the spool's failure. */
  async accept<Appended extends AppendedItems>(request: GroupedRequest<Block, Appended>): Promise<Receipt> {
    while (this.active.bytes > maxGatheredBytes) await this.active.done.catch(() => undefined);
    const { active } = this;
    const { block } = active;
    block.begin(request.project);
    let appended: Appended;
    try {
      appended = request.append(block);
    } catch (cause) {
      block.rollback();
      throw cause;
    }
    if (appended.received === 0 && (appended.besides ?? 0) === 0) {
      block.rollback();
      return { received: 0, rejected: {}, isDuplicate: false };
    }
    const fingerprint = `${request.project} ${request.fingerprint(appended)}`;
    const before = this.findBefore(fingerprint);
    if (before !== null) block.rollback();
    active.count(request, appended, before !== null);
    active.bytes += request.sizeBytes;
    // A repeated request adds nothing that it could be known by: should the first one fail, it has to be taken when it comes again.
    if (before === null) active.fingerprints.add(fingerprint);
    this.schedule();
    await before;
    await active.done;
    const { received, rejected } = appended;
    return { received, rejected: Object.fromEntries(rejected), isDuplicate: before !== null };
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
        tables: this.encode(gathered.block.tables),
        counts: [...gathered.counts.values()].map((count) => this.toFrameCounts(count)),
        requests: [...gathered.fingerprints],
      });
      if (isChained(gathered.block)) gathered.block.confirm();
      gathered.finish();
    } catch (cause) {
      this.fail(gathered, cause);
    }
    this.isFlushing = false;
    if (this.active.counts.size > 0) this.schedule();
  }

  /** Rows gathered meanwhile that build on the ones now lost are refused with them; their senders try again in order. */
  private fail(gathered: Gathering<Block>, cause: unknown): void {
    const { active } = this;
    if (isChained(active.block) && isChained(gathered.block)) {
      active.block.discard();
      gathered.block.discard();
      active.finish(cause);
      active.restart();
    }
    gathered.finish(cause);
  }

  private toFrameCounts(count: MutableCounts): FrameCounts {
    return { signal: this.signal, ...count };
  }

  private encode(tables: readonly BlockTable[]): TableRows[] {
    return tables
      .filter(({ rows }) => rows > 0)
      .map(({ table, rows, columns }) => ({
        table,
        rows,
        buffers: this.writerOf(table).encode(columns, rows),
      }));
  }

  private writerOf(table: string): NativeBlockWriter {
    let writer = this.writers.get(table);
    if (writer === undefined) {
      writer = new NativeBlockWriter();
      this.writers.set(table, writer);
    }
    return writer;
  }
}

function isChained(block: RowBlock): block is ChainedBlock {
  return "discard" in block;
}
