import type { DiskUseKind, Health, RetentionReport, Server, StoreOperationTimes } from "@spanlight/contract";
import { formatBytes, formatCount, formatDuration, plural } from "../../lib/format.ts";

/** What takes space on the disk, as people call it, and what it is for. */
export const DISK_KINDS: Readonly<Record<DiskUseKind, { name: string; hint: string }>> = {
  spans: { name: "Spans", hint: "Spans without what was said in them" },
  contents: { name: "Prompts and answers", hint: "What was said: messages, documents, tool calls" },
  logs: { name: "Logs", hint: "Log records" },
  metrics: { name: "Metrics", hint: "Samples and labels of series" },
  outdated: {
    name: "Replaced parts",
    hint: "Merged into larger ones; the store removes them within minutes",
  },
  spool: { name: "Spool", hint: "What waits for the store, and what tells a repeated request" },
  native_journal: { name: "Unfinished spans", hint: "Spans that other SDKs send in parts" },
  quarantine: { name: "Quarantine", hint: "Damaged pieces of the spool, put aside" },
  audit_log: { name: "Audit log", hint: "Who changed what" },
  kept_series: { name: "Counts for dashboards", hint: "May be deleted: they are counted again" },
};

export const OPERATIONS: Readonly<Record<StoreOperationTimes["operation"], string>> = {
  read: "Reads",
  insert: "Inserts",
  command: "Commands",
  maintain: "Upkeep",
};

/** What is kept of telemetry, by the names of the settings. */
export function nameRetention(name: string): string {
  return name === "content" ? "prompts and answers" : name;
}

/** `30 days`, `1 day`, `for good`. */
export function describeKept({ days }: Pick<RetentionReport, "days">): string {
  return days === null ? "for good" : plural(days, "day");
}

/** What was dropped since the start; null where nothing was. */
export function describeDropped(report: RetentionReport): string | null {
  const { droppedByAgeBytes: byAge, droppedBySizeBytes: bySize } = report;
  const parts = [
    byAge === 0 ? null : `${formatBytes(byAge)} by age`,
    bySize === 0 ? null : `${formatBytes(bySize)} by size`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : `dropped since the start: ${parts.join(", ")}`;
}

/** Whoever asked went away: nothing has failed. */
const GIVEN_UP = "query_cancelled";

/** How many operations failed. */
export function countFailed(failures: Readonly<Record<string, number>>): number {
  return Object.entries(failures).reduce((sum, [code, count]) => (code === GIVEN_UP ? sum : sum + count), 0);
}

/** `failed: 2 query timeout, 1 store busy`, and how many were given up by whoever asked; null where there is neither. */
export function describeOutcomes(failures: Readonly<Record<string, number>>): string | null {
  const reasons = describeFailures(failures);
  const givenUp = failures[GIVEN_UP] ?? 0;
  const parts = [
    reasons === null ? null : `failed: ${reasons}`,
    givenUp === 0 ? null : `${formatCount(givenUp)} given up by whoever asked`,
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(" · ");
}

/** `2 query timeout, 1 store busy`; null where nothing failed. */
function describeFailures(failures: Readonly<Record<string, number>>): string | null {
  const parts = Object.entries(failures).filter(([code, count]) => count > 0 && code !== GIVEN_UP);
  if (parts.length === 0) return null;
  return parts.map(([code, count]) => `${formatCount(count)} ${code.replaceAll("_", " ")}`).join(", ");
}

/** Before, a share says nothing; nor where the clocks here and there differ by more than the server is up. */
const tellingUpMs = 10_000;

/** What the server used of one core since its start. */
export function describeCpu({ startedAt, process }: Server, nowMs: number): string {
  const used = formatDuration(process.cpuSeconds * 1000);
  const upMs = nowMs - Date.parse(startedAt);
  if (upMs < tellingUpMs) return used;
  return `${used}, ${Math.round((process.cpuSeconds * 100_000) / upMs)} % of a core on average`;
}

export interface ServerVerdict {
  tone: "well" | "warn" | "bad";
  /** The worst first. */
  lines: string[];
}

interface Finding {
  tone: "warn" | "bad";
  line: string;
}

/** Acknowledged data that cannot be read after so long are worth a word. */
const LONG_LAG_MS = 60_000;
const LONG_READ_WAIT_MS = 5_000;

/** What is wrong with the server, or that all is well, in words. */
export function assessServer(told: {
  server: Server;
  health: Health | null;
  retention: readonly RetentionReport[];
}): ServerVerdict {
  const found = [
    ...findInHealth(told),
    ...findOnDisk(told.server),
    ...findInQueue(told.server),
    ...findInLag(told.server),
    ...findInOperations(told.server),
    ...told.retention.filter(({ isOverLimit }) => isOverLimit).map(findOverLimit),
  ];
  if (found.length === 0) return { tone: "well", lines: [`All well: ${describeWell(told.server)}.`] };
  const bad = found.filter(({ tone }) => tone === "bad");
  const warn = found.filter(({ tone }) => tone === "warn");
  return { tone: bad.length > 0 ? "bad" : "warn", lines: [...bad, ...warn].map(({ line }) => line) };
}

function describeWell({ lag, operations, disk }: Server): string {
  const reads = operations.find(({ operation }) => operation === "read");
  const facts = [
    lag.recent.p95Ms === null
      ? null
      : `readable ${formatDuration(lag.recent.p95Ms)} after it is acknowledged`,
    reads === undefined || reads.p95Ms === null
      ? null
      : `questions to the store take ${formatDuration(reads.p95Ms)}`,
  ].filter((fact) => fact !== null);
  const free = `${formatBytes(disk.freeBytes)} free on disk`;
  return facts.length === 0 ? free : `${facts.join(", ")} (p95), ${free}`;
}

function findInHealth({ health, server }: { health: Health | null; server: Server }): Finding[] {
  return Object.entries(health?.checks ?? {}).flatMap(([name, { status, message }]) =>
    // Of the disk its figures say more.
    status === "ok" || (name === "disk" && server.disk.isBelowReserve)
      ? []
      : [
          {
            tone: status === "down" ? ("bad" as const) : ("warn" as const),
            line: `${capitalise(name)} ${status}${message === undefined ? "" : `: ${message}`}.`,
          },
        ],
  );
}

function capitalise(word: string): string {
  return `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`;
}

function findOnDisk({ disk }: Server): Finding[] {
  if (!disk.isBelowReserve) return [];
  const { freeBytes, reserveBytes } = disk;
  return [
    {
      tone: "bad",
      line: `The disk is nearly full: ${formatBytes(freeBytes)} free, less than the ${formatBytes(reserveBytes)} in reserve. Make room, or keep less.`,
    },
  ];
}

function findInQueue({ queue }: Server): Finding[] {
  const { readsWaiting, maxReadsWaiting, oldestReadWaitMs } = queue;
  if (readsWaiting > 0 && readsWaiting >= maxReadsWaiting) {
    const line = `As many questions to the store wait as may, ${formatCount(readsWaiting)}: others are refused.`;
    return [{ tone: "bad", line }];
  }
  if (oldestReadWaitMs === null || oldestReadWaitMs < LONG_READ_WAIT_MS) return [];
  const line = `Questions to the store wait for a turn: ${formatCount(readsWaiting)}, the oldest for ${formatDuration(oldestReadWaitMs)}.`;
  return [{ tone: "warn", line }];
}

function findInLag({ lag }: Server): Finding[] {
  const { segments, oldestAgeMs } = lag.waiting;
  if (oldestAgeMs === null || oldestAgeMs < LONG_LAG_MS) return [];
  const line = `What was acknowledged ${formatDuration(oldestAgeMs)} ago cannot be read yet: ${plural(segments, "segment")} in the spool.`;
  return [{ tone: "warn", line }];
}

function findInOperations({ operations, windowMs }: Server): Finding[] {
  const inserts = operations.find(({ operation }) => operation === "insert");
  const failures = describeFailures(inserts?.failures ?? {});
  if (failures === null) return [];
  const line = `Inserts failed in the last ${formatDuration(windowMs)} and are tried again: ${failures}.`;
  return [{ tone: "warn", line }];
}

function findOverLimit({ name, bytes, maxBytes }: RetentionReport): Finding {
  const kind = nameRetention(name);
  const line = `More ${kind} are kept than may be: ${formatBytes(bytes)} of ${formatBytes(maxBytes ?? 0)}.`;
  return { tone: "warn", line };
}
