import type { Health } from "@spanlight/contract";
import type { DiskSpace } from "../self/disk-watch.ts";
import type { NativeIntake } from "../receive/native/native-intake.ts";
import type { SelfWatch } from "../self/self-watch.ts";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { QueryTimeoutError } from "../store/errors.ts";
import type { Alerting } from "./alerting.ts";
import type { ServerTraces } from "./server-traces.ts";
import { readVersion } from "./version.ts";

type Check = Health["checks"][string];

/**
 * Asks each part whether it works. A store that does not answer is `down`; one that others keep busy, a full spool, a disk with little left and rules that cannot
 * be read or evaluated are `degraded`: reading still works.
 */
export async function readHealth(rooms: {
  engine: Engine;
  spool: Spool;
  alerting: Pick<Alerting, "desk">;
  selfWatch: Pick<SelfWatch, "disk" | "store">;
  traces: Pick<ServerTraces, "own">;
  native: Pick<NativeIntake, "journalDamage">;
}): Promise<Health> {
  const checks = {
    store: await checkStore(rooms),
    spool: checkSpool(rooms.spool),
    disk: await checkDisk(rooms.selfWatch),
    rules: checkRules(rooms.alerting),
    ...checkTraces(rooms.traces),
    ...checkJournal(rooms.native),
  };
  const statuses = Object.values(checks).map((check) => check.status);
  const status = statuses.includes("down") ? "down" : statuses.includes("degraded") ? "degraded" : "ok";
  return { status, version: readVersion(), checks };
}

/** Only where the server has spans of its own. */
function checkTraces({ own }: Pick<ServerTraces, "own">): Record<string, Check> {
  if (own === undefined) return {};
  const { failure, dropped } = own.report();
  if (failure === null) return { self_traces: { status: "ok", latency_ms: 0 } };
  const message = `the last of the server's own spans were lost (${dropped.refused} so far): ${failure}`;
  return { self_traces: { status: "degraded", latency_ms: 0, message } };
}

/** Only where the start found it damaged. */
function checkJournal({ journalDamage }: Pick<NativeIntake, "journalDamage">): Record<string, Check> {
  if (journalDamage === undefined) return {};
  const { damagedLines, isCut } = journalDamage;
  const found = isCut ? "cut off at its end" : `damaged in ${countOf(damagedLines, "line")}`;
  const message = `the journal of spans that come in parts was ${found} when the server started: the log says where it is kept`;
  return { open_spans: { status: "degraded", latency_ms: 0, message } };
}

function checkRules({ desk }: Pick<Alerting, "desk">): Check {
  const { items, load } = desk.listRules();
  const [problem] = load.problems;
  if (problem !== undefined) {
    const files = new Set(load.problems.map(({ file }) => file)).size;
    // A file that cannot be read at all has no line to name.
    const place = problem.line === 0 ? problem.file : `${problem.file}:${problem.line}:${problem.column}`;
    const message = `${countOf(files, "rule file")} not taken: ${place}: ${problem.message}`;
    return { status: "degraded", latency_ms: 0, message };
  }
  const failing = items.filter(({ health }) => health === "err");
  if (failing.length === 0) return { status: "ok", latency_ms: 0 };
  const message = `${countOf(failing.length, "rule")} cannot be evaluated: ${failing[0]?.name}: ${failing[0]?.lastError}`;
  return { status: "degraded", latency_ms: 0, message };
}

function countOf(count: number, one: string): string {
  return `${count} ${one}${count === 1 ? "" : "s"}`;
}

/** Why the server is not ready to take telemetry, or undefined. */
export function findNotReadyReason(spool: Spool): string | undefined {
  const replaying = spool.replaying();
  if (replaying > 0) return `replaying ${replaying} segments that were acknowledged before this start`;
  return spool.isFull() ? "the spool is full: the store does not keep up" : undefined;
}

const storeTimeoutMs = 5000;
/** A read has a quarter of a minute unless told otherwise: of those that run and wait one is through by then. */
const busyForMs = 20_000;

async function checkStore({
  engine,
  selfWatch,
}: {
  engine: Engine;
  selfWatch: Pick<SelfWatch, "store">;
}): Promise<Check> {
  const startedAt = performance.now();
  const took = (): number => Math.round((performance.now() - startedAt) * 10) / 10;
  try {
    await engine.query({ sql: "SELECT 1", timeoutMs: storeTimeoutMs });
    return { status: "ok", latency_ms: took() };
  } catch (cause) {
    const isAnswering = performance.now() - selfWatch.store.lastReadAtMs < busyForMs;
    if (cause instanceof QueryTimeoutError && isAnswering)
      return { status: "degraded", latency_ms: took(), message: describeBusy(engine) };
    const message = cause instanceof Error ? cause.message : String(cause);
    return { status: "down", latency_ms: took(), message };
  }
}

function checkSpool(spool: Spool): Check {
  if (spool.isFull())
    return { status: "degraded", latency_ms: 0, message: "full: senders are told to try again" };
  const { damagedFrames, unaccountedBytes, uncountedBlocks, isWriteFailing } = spool.snapshot();
  if (isWriteFailing) {
    const message = "the disk refused the last write: senders are told to try again, the log says why";
    return { status: "degraded", latency_ms: 0, message };
  }
  if (damagedFrames > 0) {
    const bytes =
      unaccountedBytes === 0 ? "" : `, ${unaccountedBytes} bytes without any word of what they are`;
    const message = `${countOf(damagedFrames, "frame")} of the spool found damaged at the start${bytes}: see quarantine/ in it`;
    return { status: "degraded", latency_ms: 0, message };
  }
  if (uncountedBlocks > 0) {
    const message = `the accounting lacks ${uncountedBlocks} blocks that the store had at the start: its files are gone, or of an older copy`;
    return { status: "degraded", latency_ms: 0, message };
  }
  return { status: "ok", latency_ms: 0 };
}

function describeBusy(engine: Engine): string {
  const { readsRunning, readsWaiting, maxReadsRunning } = engine.load();
  const running = `${readsRunning} of at most ${maxReadsRunning} (SPANLIGHT_STORE_READERS) run`;
  return `busy: a read waited ${storeTimeoutMs / 1000} s for its turn in vain; ${running}, ${readsWaiting} wait`;
}

async function checkDisk({ disk }: Pick<SelfWatch, "disk">): Promise<Check> {
  const startedAt = performance.now();
  const took = (): number => Math.round((performance.now() - startedAt) * 10) / 10;
  try {
    const space = await disk.readSpace();
    if (!space.isBelowReserve) return { status: "ok", latency_ms: took() };
    return { status: "degraded", latency_ms: took(), message: describeLowDisk(space) };
  } catch (cause) {
    const message = `the data directory cannot be looked at: ${cause instanceof Error ? cause.message : String(cause)}`;
    return { status: "degraded", latency_ms: took(), message };
  }
}

function describeLowDisk({ freeBytes, totalBytes, reserveBytes }: DiskSpace): string {
  const free = `${toSize(freeBytes)} of ${toSize(totalBytes)} are free on the disk of the data directory`;
  return `${free}, less than the ${toSize(reserveBytes)} that shall be (SPANLIGHT_DISK_RESERVE_BYTES): make room or keep less, before senders are refused`;
}

/** As `1.5 GiB`. */
function toSize(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  return `${Math.round((bytes / 1024 ** power) * 10) / 10} ${units[power]}`;
}
