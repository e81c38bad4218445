import { z } from "zod";
import { instantSchema } from "./scalar.ts";

/** How long something took, as counted in buckets a quarter wide; the longest is exact. Null where nothing was counted. */
export const durationsSchema = z.object({
  count: z.int().nonnegative(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  maxMs: z.number().nullable(),
});

/** How long data wait between being acknowledged and being readable. */
export const ingestLagSchema = z.object({
  /** Of the segments stored within the window: the wait of the oldest request of each. */
  recent: durationsSchema,
  /** Of the segment stored last; null before the first since the start. */
  newestMs: z.number().nullable(),
  /** What is acknowledged and not readable yet; the age is null where nothing waits. */
  waiting: z.object({
    segments: z.int().nonnegative(),
    bytes: z.int().nonnegative(),
    oldestAgeMs: z.number().nullable(),
  }),
});

/**
 * What takes space in the data directory. Tables of the store: `spans`, `contents`, `logs`, `metrics`; `outdated`: parts that merges
 * have replaced and the store removes within minutes. Beside it: `spool` (what waits for the store, and what recognises repeated requests),
 * `native_journal` (spans that come in parts), `quarantine` (damaged frames put aside), `audit_log`, `kept_series` (counts for dashboards).
 */
export const diskUseKindSchema = z.enum([
  "spans",
  "contents",
  "logs",
  "metrics",
  "outdated",
  "spool",
  "native_journal",
  "quarantine",
  "audit_log",
  "kept_series",
]);

/** The file system of the data directory, and what the server has in it. */
export const serverDiskSchema = z.object({
  totalBytes: z.int().nonnegative(),
  /** What the server's user may still fill. */
  freeBytes: z.int().nonnegative(),
  /** With less than this free the health is `degraded`. */
  reserveBytes: z.int().nonnegative(),
  isBelowReserve: z.boolean(),
  /** True where the store is a ClickHouse server: its tables are not on this disk and not in `used`. */
  isStoreRemote: z.boolean(),
  used: z.array(z.object({ kind: diskUseKindSchema, bytes: z.int().nonnegative() })),
});

/** What the store works on now, and what waits for its turn. */
export const storeQueueSchema = z.object({
  readsRunning: z.int().nonnegative(),
  /** How many may run at once (`SPANLIGHT_STORE_READERS`). */
  maxReadsRunning: z.int().positive(),
  readsWaiting: z.int().nonnegative(),
  /** Past so many a read is refused: 503 `store_busy`. */
  maxReadsWaiting: z.int().nonnegative(),
  /** Null where none waits. */
  oldestReadWaitMs: z.number().nullable(),
  /** One write runs at a time. */
  writesRunning: z.int().nonnegative(),
  writesWaiting: z.int().nonnegative(),
});

/**
 * Requests of one route within the window. `kind` says what for: `ingest` telemetry that comes in, `read` questions, `change` what needs the
 * scope admin, `wait` answers that are held back until there is something new (their time is nobody's fault), `other` pages, health and the rest.
 */
export const requestTimesSchema = durationsSchema.extend({
  /** Of HTTP; `gRPC` for calls over that, whose route is the path of their method. */
  method: z.string(),
  /** The route's template, as `/api/traces/:traceId`; `pages` for what the pages are made of, `unknown` for paths there is nothing at. */
  route: z.string(),
  kind: z.enum(["ingest", "read", "change", "wait", "other"]),
  /** Answered with 5xx. */
  failed: z.int().nonnegative(),
  /** Answered with 4xx. */
  refused: z.int().nonnegative(),
  /** Whoever asked went away before the answer was out. */
  abandoned: z.int().nonnegative(),
});

/** Operations of the store within the window, from the call to its outcome: waiting for a turn is part of it. */
export const storeOperationTimesSchema = durationsSchema.extend({
  operation: z.enum(["read", "insert", "command", "maintain"]),
  /** Those that failed, by the code of the failure, as `query_timeout`. */
  failures: z.record(z.string(), z.int()),
});

/** Answer of `GET /api/server`: how the server itself is doing; for the project `default` alone. */
export const serverSchema = z.object({
  version: z.string(),
  startedAt: instantSchema,
  /** Whatever is told of recent times is of the last so many milliseconds. */
  windowMs: z.int().positive(),
  process: z.object({
    residentMemoryBytes: z.int().nonnegative(),
    /** Since the start, user and system. */
    cpuSeconds: z.number().nonnegative(),
    /** How much later than asked for a timer fires: while one thing holds the event loop, everything else waits. */
    eventLoopDelay: durationsSchema,
  }),
  lag: ingestLagSchema,
  disk: serverDiskSchema,
  queue: storeQueueSchema,
  /** Every route that was asked within the window, the slowest by `p95Ms` first; those that wait on purpose last. */
  requests: z.array(requestTimesSchema),
  /** All four, in the order read, insert, command, maintain. */
  operations: z.array(storeOperationTimesSchema),
});

export type Durations = z.infer<typeof durationsSchema>;
export type IngestLag = z.infer<typeof ingestLagSchema>;
export type DiskUseKind = z.infer<typeof diskUseKindSchema>;
export type ServerDisk = z.infer<typeof serverDiskSchema>;
export type StoreQueue = z.infer<typeof storeQueueSchema>;
export type RequestTimes = z.infer<typeof requestTimesSchema>;
export type StoreOperationTimes = z.infer<typeof storeOperationTimesSchema>;
export type Server = z.infer<typeof serverSchema>;
