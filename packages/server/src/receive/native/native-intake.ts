// The way of what other products' SDKs send by their own routes: parts of spans into a journal, whole spans and scores into the same
// ways to the spool as OTLP. A request is acknowledged once it is in the journal or the spool.
import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { isRecord } from "../../decode/json-fields.ts";
import { MalformedRequestError } from "../../decode/malformed-request-error.ts";
import type { Sender } from "../../ingest/group-commit.ts";
import { SpoolFullError } from "../../spool/errors.ts";
import { accountOf } from "../../spool/accounting.ts";
import type { Log } from "../../spool/inserter.ts";
import type { SignalIngests } from "../otlp-signals.ts";
import { GivenScores, type FindScore } from "./given-scores.ts";
import { Journal, type JournalReport } from "./journal.ts";
import { toSpanId, toTraceId } from "./ids.ts";
import { MediaTickets } from "./media-tickets.ts";
import { OpenSpans, sourceReaders, type OpenSpan, type OpenSpansLimits } from "./open-spans.ts";
import { encodeLogs, type OtlpLog } from "./otlp-log.ts";
import { encodeSpans } from "./otlp-span.ts";
import type { Part, Score, Source } from "./part.ts";
import { toScoreLog } from "./score-log.ts";

/** Finds the traces of spans that are stored; those not found are left out. */
export type FindTraceIds = (
  project: string,
  spanIds: readonly string[],
) => Promise<ReadonlyMap<string, string>>;

export interface NativeIntakeOptions {
  /** Directory of the journal. */
  readonly directory: string;
  readonly signals: Pick<SignalIngests, "traces" | "logs">;
  readonly findTraceIds: FindTraceIds;
  readonly findScore: FindScore;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly limits?: Partial<OpenSpansLimits>;
}

/** Merged parts on their way to the spool: the very bytes, so that they are known when they are handed over once more. */
interface Batch extends Sender {
  readonly id: string;
  readonly signal: "traces" | "logs";
  readonly keys: readonly string[];
  readonly bytes: Buffer;
}

const defaultLimits: OpenSpansLimits = {
  settleMs: 1000,
  traceSettleMs: 2000,
  maxOpenMs: 3_600_000,
  maxStartlessMs: 60_000,
  rememberMs: 600_000,
  maxOpenBytes: 64 * 1024 * 1024,
  maxRememberedBytes: 32 * 1024 * 1024,
};

/** The journal begins anew once it is this large and holds mostly what is stored already. */
const minRewriteBytes = 4 * 1024 * 1024;
const tickMs = 250;

export class NativeIntake {
  /** One secret for the doors of all projects: an upload does not say whose it is. */
  readonly tickets: MediaTickets = new MediaTickets();
  readonly scores: GivenScores;
  /** What the start found damaged in the journal. */
  journalDamage: JournalReport | undefined;
  private readonly options: NativeIntakeOptions;
  private readonly open: OpenSpans;
  private readonly limits: OpenSpansLimits;
  private readonly batches = new Map<string, Batch>();
  private journal: Journal | undefined;
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  private batchCount = 0;

  private constructor(options: NativeIntakeOptions) {
    this.options = options;
    this.limits = { ...defaultLimits, ...options.limits };
    this.open = new OpenSpans(this.limits);
    this.scores = new GivenScores(options.findScore);
  }

  /** Opens the journal and takes up what it holds. */
  static async open(options: NativeIntakeOptions): Promise<NativeIntake> {
    const intake = new NativeIntake(options);
    const path = join(options.directory, "open-spans.journal");
    const { journal, report } = await Journal.open(path, (entry) => intake.replay(entry));
    intake.journal = journal;
    if (report.damagedLines > 0 || report.isCut) {
      intake.journalDamage = report;
      await intake.setAside(path, report);
    }
    intake.timer = setInterval(() => void intake.flush(), tickMs).unref();
    return intake;
  }

  /** Spans and traces of which more is expected. */
  get openCount(): number {
    return this.open.count;
  }

  /** Resolves when the parts are durable. Throws SpoolFullError or SpoolWriteError (try again). */
  async accept(sender: Sender, parts: readonly Part[]): Promise<void> {
    if (this.open.openBytes > 2 * this.limits.maxOpenBytes)
      throw new SpoolFullError("too many spans are open: try again in a few seconds");
    const nowMs = this.options.now();
    const opened: Part[] = [];
    const late: OtlpLog[] = [];
    for (const part of parts) {
      const applied = this.open.apply(sender, part, nowMs);
      if (applied === "open") opened.push(part);
      if (applied === "late") late.push(this.toUpdateLog(part));
    }
    if (opened.length > 0) await this.requireJournal().append([{ kind: "parts", ...sender, parts: opened }]);
    if (late.length > 0) await this.options.signals.logs.accept({ ...sender, bytes: encodeLogs(late) });
  }

  /** Resolves when the scores are durable. Throws SpoolFullError or SpoolWriteError (try again). */
  async acceptScores(sender: Sender, scores: readonly Score[]): Promise<void> {
    if (scores.length === 0) return;
    const unknown = scores.filter((score) => score.traceId === "" && score.spanId !== "");
    const found =
      unknown.length === 0
        ? new Map<string, string>()
        : await this.findTraceIds(sender.project, [...new Set(unknown.map((score) => score.spanId))]);
    const records = scores.map((score) =>
      toScoreLog({ ...score, traceId: score.traceId || (found.get(score.spanId) ?? "") }),
    );
    await this.acceptLogs(sender, records);
    this.scores.remember(sender.project, scores);
  }

  /** Resolves when the events are durable. Throws SpoolFullError or SpoolWriteError (try again). */
  async acceptLogs(sender: Sender, records: readonly OtlpLog[]): Promise<void> {
    await this.options.signals.logs.accept({ ...sender, bytes: encodeLogs(records) });
  }

  /** The trace of a span that came by these routes, by the SDK's own id; empty where it is not known any more. */
  findTraceId(project: string, source: Source, id: string): string {
    return this.open.findTraceId(project, source, id);
  }

  /** Hands over what is due. Never throws: what the spool refuses is tried again at the next turn. */
  flush(): Promise<void> {
    this.flushing ??= this.flushOnce()
      .catch((error: unknown) =>
        this.options.log("warn", "open spans wait for the spool", {
          error: error instanceof Error ? error.message : String(error),
        }),
      )
      .finally(() => (this.flushing = undefined));
    return this.flushing;
  }

  /** What is open stays in the journal for the next start. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.flushing;
    await this.journal?.close();
  }

  private async flushOnce(): Promise<void> {
    // While the spool refuses what is on its way, nothing more is taken: spans stay open, and are refused once they are too many.
    for (const batch of this.batches.values()) await this.handOver(batch);
    const batches = this.toBatches(this.open.takeDue(this.options.now()));
    for (const batch of batches) this.batches.set(batch.id, batch);
    if (batches.length > 0) await this.requireJournal().append(batches.map(toEntry));
    for (const batch of batches) await this.handOver(batch);
    await this.rewriteIfWorth();
  }

  private async handOver(batch: Batch): Promise<void> {
    const { id, project, keyId, signal, bytes } = batch;
    try {
      await this.options.signals[signal].accept({ project, keyId, bytes });
    } catch (cause) {
      if (!(cause instanceof MalformedRequestError)) throw cause;
      this.options.log("error", "spans of another product's SDK were not understood", {
        error: cause.message,
      });
    }
    this.batches.delete(id);
    await this.requireJournal().append([{ kind: "done", id }]);
  }

  /** Keeps a damaged journal for whoever wants to look into it, and goes on with what could be read. */
  private async setAside(path: string, { damagedLines: lines, isCut }: JournalReport): Promise<void> {
    const kept = `${path}.damaged-${this.options.now()}`;
    this.options.log("error", "the journal of open spans is damaged", { path, lines, isCut, kept });
    await copyFile(path, kept);
    await this.rewrite();
  }

  private async rewriteIfWorth(): Promise<void> {
    const { sizeBytes } = this.requireJournal();
    if (sizeBytes >= Math.max(minRewriteBytes, 4 * this.open.openBytes)) await this.rewrite();
  }

  private async rewrite(): Promise<void> {
    const parts = this.open
      .list()
      .map(({ project, keyId, part }) => ({ kind: "parts", project, keyId, parts: [part] }));
    await this.requireJournal().rewrite([...parts, ...[...this.batches.values()].map(toEntry)]);
  }

  private toBatches(due: readonly OpenSpan[]): Batch[] {
    const senders = new Map(due.map((span) => [accountOf(span), span]));
    return [...senders].flatMap(([account, { project, keyId }]) => {
      const own = due.filter((span) => accountOf(span) === account);
      const sender = { project, keyId };
      const spans = own.flatMap((span) => this.open.toSpan(span) ?? []);
      const startless = own.filter(({ part }) => sourceReaders[part.source].startNs(part) === undefined);
      const logs = startless.map(({ part }) => this.toUpdateLog(part));
      const keys = own.map(({ key }) => key);
      return [
        ...(spans.length === 0
          ? []
          : [this.toBatch({ ...sender, signal: "traces", keys, bytes: encodeSpans(spans) })]),
        ...(logs.length === 0
          ? []
          : [this.toBatch({ ...sender, signal: "logs", keys, bytes: encodeLogs(logs) })]),
      ];
    });
  }

  private toBatch(batch: Omit<Batch, "id">): Batch {
    this.batchCount += 1;
    return { ...batch, id: `${this.options.now()}.${this.batchCount}` };
  }

  /** What was said of a span that is stored, or that nobody began: kept as a log event of it. */
  private toUpdateLog(part: Part): OtlpLog {
    const { service, attributes, error } = sourceReaders[part.source].describe(part, {});
    return {
      service,
      timeNs: BigInt(this.options.now()) * 1_000_000n,
      eventName: "spanlight.span.update",
      traceId: toTraceId(part.traceId),
      spanId: toSpanId(part.id),
      attributes: { ...attributes, "error.type": error?.type, "exception.message": error?.message },
    };
  }

  private async findTraceIds(
    project: string,
    spanIds: readonly string[],
  ): Promise<ReadonlyMap<string, string>> {
    try {
      return await this.options.findTraceIds(project, spanIds);
    } catch (error) {
      // The score is kept all the same: its span leads to its trace when it is read.
      this.options.log("warn", "the traces of scored spans were not found", {
        error: error instanceof Error ? error.message : String(error),
      });
      return new Map();
    }
  }

  private replay(entry: unknown): void {
    if (!isRecord(entry)) return;
    const nowMs = this.options.now();
    if (entry["kind"] === "parts") {
      const { parts, ...sender } = entry as unknown as Sender & { parts: Part[] }; // written by `accept`
      for (const part of parts) this.open.apply(sender, part, nowMs);
    } else if (entry["kind"] === "batch") {
      const batch = fromEntry(entry as unknown as BatchEntry); // written by `toEntry`
      for (const key of batch.keys) this.open.take(key, nowMs);
      this.batches.set(batch.id, batch);
    } else if (entry["kind"] === "done") this.batches.delete(String(entry["id"]));
  }

  private requireJournal(): Journal {
    if (this.journal === undefined) throw new Error("the native intake is used before it was opened");
    return this.journal;
  }
}

interface BatchEntry extends Omit<Batch, "bytes"> {
  readonly kind: "batch";
  readonly body: string;
}

function toEntry({ bytes, ...batch }: Batch): BatchEntry {
  return { kind: "batch", ...batch, body: bytes.toString("base64") };
}

function fromEntry({ kind: _kind, body, ...batch }: BatchEntry): Batch {
  return { ...batch, bytes: Buffer.from(body, "base64") };
}
