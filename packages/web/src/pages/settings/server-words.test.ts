import type { Durations, Health, RetentionReport, Server } from "@spanlight/contract";
import { describe, expect, it } from "vitest";
import {
  assessServer,
  countFailed,
  describeCpu,
  describeDropped,
  describeOutcomes,
  describeKept,
} from "./server-words.ts";

const nothing: Durations = { count: 0, p50Ms: null, p95Ms: null, p99Ms: null, maxMs: null };
const some = (p95Ms: number): Durations => ({
  count: 9,
  p50Ms: p95Ms / 2,
  p95Ms,
  p99Ms: p95Ms,
  maxMs: p95Ms,
});
const GIB = 2 ** 30;

const idle: Server = {
  version: "0.1.0",
  startedAt: "2026-11-21T08:00:00Z",
  windowMs: 900_000,
  process: { residentMemoryBytes: 2 ** 28, cpuSeconds: 90, eventLoopDelay: nothing },
  lag: { recent: nothing, newestMs: null, waiting: { segments: 0, bytes: 0, oldestAgeMs: null } },
  disk: {
    totalBytes: 100 * GIB,
    freeBytes: 40 * GIB,
    reserveBytes: 4 * GIB,
    isBelowReserve: false,
    isStoreRemote: false,
    used: [],
  },
  queue: {
    readsRunning: 0,
    maxReadsRunning: 2,
    readsWaiting: 0,
    maxReadsWaiting: 128,
    oldestReadWaitMs: null,
    writesRunning: 0,
    writesWaiting: 0,
  },
  requests: [],
  operations: (["read", "insert", "command", "maintain"] as const).map((operation) => ({
    operation,
    failures: {},
    ...nothing,
  })),
};

const healthy: Health = {
  status: "ok",
  version: "0.1.0",
  checks: { store: { status: "ok", latency_ms: 3 } },
};

const kept: RetentionReport = {
  name: "content",
  days: 30,
  maxBytes: GIB,
  bytes: 2 * GIB,
  oldestDay: "2026-11-21",
  oldestAt: "2026-11-21T07:00:00Z",
  isOverLimit: true,
  droppedByAgeBytes: 0,
  droppedBySizeBytes: 0,
};

const assess = (
  server: Server,
  { health = healthy, retention = [] }: { health?: Health; retention?: RetentionReport[] } = {},
) => assessServer({ server, health, retention });

describe("the first line about the server", () => {
  it("is quiet where all is well, and names only what is known", () => {
    expect(assess(idle)).toEqual({ tone: "well", lines: ["All well: 40.0 GiB free on disk."] });
    const busy: Server = {
      ...idle,
      lag: { ...idle.lag, recent: some(620) },
      operations: idle.operations.map((times) =>
        times.operation === "read" ? { ...times, ...some(48) } : times,
      ),
    };
    expect(assess(busy).lines).toEqual([
      "All well: readable 620 ms after it is acknowledged, questions to the store take 48 ms (p95), 40.0 GiB free on disk.",
    ]);
  });

  it("says that the disk is nearly full, once, before what is only slow", () => {
    const server: Server = {
      ...idle,
      disk: { ...idle.disk, freeBytes: 3 * GIB, isBelowReserve: true },
      lag: { ...idle.lag, waiting: { segments: 14, bytes: 9, oldestAgeMs: 312_000 } },
    };
    const checks = { disk: { status: "degraded" as const, latency_ms: 0, message: "nearly full" } };
    expect(assess(server, { health: { ...healthy, checks } })).toEqual({
      tone: "bad",
      lines: [
        "The disk is nearly full: 3.00 GiB free, less than the 4.00 GiB in reserve. Make room, or keep less.",
        "What was acknowledged 5 min 12 s ago cannot be read yet: 14 segments in the spool.",
      ],
    });
  });

  it("passes on what a part of the server says of itself", () => {
    const checks = {
      store: { status: "down" as const, latency_ms: 0, message: "it does not answer" },
      rules: { status: "degraded" as const, latency_ms: 0 },
    };
    expect(assess(idle, { health: { ...healthy, checks } })).toEqual({
      tone: "bad",
      lines: ["Store down: it does not answer.", "Rules degraded."],
    });
  });

  it("tells reads that wait long from reads that are refused", () => {
    const queue = { ...idle.queue, readsWaiting: 3, oldestReadWaitMs: 4000 };
    expect(assess({ ...idle, queue }).tone).toBe("well");
    expect(assess({ ...idle, queue: { ...queue, oldestReadWaitMs: 6000 } })).toEqual({
      tone: "warn",
      lines: ["Questions to the store wait for a turn: 3, the oldest for 6.00 s."],
    });
    expect(assess({ ...idle, queue: { ...queue, readsWaiting: 128 } })).toEqual({
      tone: "bad",
      lines: ["As many questions to the store wait as may, 128: others are refused."],
    });
  });

  it("tells failed inserts, and what is kept beyond its limit", () => {
    const operations = idle.operations.map((times) =>
      times.operation === "insert" ? { ...times, failures: { disk_full: 4 } } : times,
    );
    expect(assess({ ...idle, operations }, { retention: [kept, { ...kept, isOverLimit: false }] })).toEqual({
      tone: "warn",
      lines: [
        "Inserts failed in the last 15 min and are tried again: 4 disk full.",
        "More prompts and answers are kept than may be: 2.00 GiB of 1.00 GiB.",
      ],
    });
  });
});

describe("words about the server", () => {
  it("say how long something is kept and what was dropped", () => {
    expect([30, 1, null].map((days) => describeKept({ days }))).toEqual(["30 days", "1 day", "for good"]);
    expect(describeDropped(kept)).toBeNull();
    expect(describeDropped({ ...kept, droppedByAgeBytes: 1024, droppedBySizeBytes: 2048 })).toBe(
      "dropped since the start: 1.00 KiB by age, 2.00 KiB by size",
    );
  });

  it("say what failed by its code; what whoever asked gave up has not failed", () => {
    const failures = { query_timeout: 2, store_busy: 0, disk_full: 1, query_cancelled: 3 };
    expect(countFailed(failures)).toBe(3);
    expect(describeOutcomes(failures)).toBe(
      "failed: 2 query timeout, 1 disk full · 3 given up by whoever asked",
    );
    expect(describeOutcomes({ query_cancelled: 1 })).toBe("1 given up by whoever asked");
    expect([countFailed({ query_cancelled: 1 }), describeOutcomes({ store_busy: 0 })]).toEqual([0, null]);
  });

  it("say what share of a core the server used since its start", () => {
    expect(describeCpu(idle, Date.parse("2026-11-21T08:15:00Z"))).toBe(
      "1 min 30 s, 10 % of a core on average",
    );
    expect(describeCpu(idle, Date.parse("2026-11-21T07:59:00Z"))).toBe("1 min 30 s");
  });
});
