import { z } from "zod";

/** Accounting of one signal in items (spans, points, records): received = stored + Σ rejected + duplicates + inSpool. */
export const signalAccountingSchema = z.object({
  received: z.int(),
  stored: z.int(),
  rejected: z.record(z.string(), z.int()),
  duplicates: z.int(),
  inSpool: z.int(),
  /** Of the accepted ones those without a known price (model calls), and those that ended more than an hour before they came in. */
  unpriced: z.int(),
  late: z.int(),
});

/** What came with one key, or without any, and what became of it. */
export const keyAccountingSchema = z.object({
  /** Null for what came without a key, and for what was counted before keys were told apart. */
  keyId: z.string().nullable(),
  /** Null where the key is not in the file of keys any more, or there was none. */
  name: z.string().nullable(),
  isRevoked: z.boolean(),
  traces: signalAccountingSchema,
  metrics: signalAccountingSchema,
  logs: signalAccountingSchema,
  /** Null where it is not known. */
  lastReceivedAt: z.string().nullable(),
  /** Since the start of the server: requests of every kind that were let in, their bytes over the wire, and those turned away by reason. */
  requests: z.int(),
  bytes: z.int(),
  refusedRequests: z.record(z.string(), z.int()),
});

/** What is kept of one kind of telemetry, as of the last look. */
export const retentionReportSchema = z.object({
  /** traces, content (where it is kept apart), logs, metrics */
  name: z.string(),
  /** Whole days of receipt beside today; null = for good. */
  days: z.int().nullable(),
  /** Most bytes on disk; null = as many as there are. */
  maxBytes: z.int().nullable(),
  bytes: z.int(),
  /** Oldest day of receipt that is stored, as 2026-11-21; null while there is none. */
  oldestDay: z.string().nullable(),
  /** When the oldest that is stored was received, to the second; null while there is none. */
  oldestAt: z.string().nullable(),
  /** True while what cannot be dropped, the newest piece of each table, takes more than may be kept. */
  isOverLimit: z.boolean(),
  /** Since the start of the server. */
  droppedByAgeBytes: z.int(),
  droppedBySizeBytes: z.int(),
});

/** Model calls that say what another one says, as two instrumentations of one call do: they are stored and not billed. */
export const repeatedCallsSchema = z.object({
  /** Since the start of the server: told when they came, beside those that came in one request with what they repeat. */
  onArrival: z.int(),
  /** So far: billed when they came, found in the store and taken off the bill. */
  later: z.int(),
  /** What those were billed for. */
  laterCostUsd: z.number(),
  lastLaterAt: z.string().nullable(),
});

/** Answer of `GET /api/ingest`: one consistent snapshot. */
export const ingestSchema = z.object({
  traces: signalAccountingSchema,
  metrics: signalAccountingSchema,
  logs: signalAccountingSchema,
  /** Time of the newest acknowledged request; null before the first. */
  lastReceivedAt: z.string().nullable(),
  spool: z.object({ segments: z.int(), bytes: z.int(), oldestAgeMs: z.number().nullable() }),
  /** Requests turned away as a whole since the start, by reason: forbidden, rate_limited, byte_limited. */
  refusedRequests: z.record(z.string(), z.int()).optional(),
  /** The same by key, in the order in which they first sent something: their sums are the figures above. */
  keys: z.array(keyAccountingSchema),
  repeatedCalls: repeatedCallsSchema.optional(),
  /** Told to the default project alone: it is about everybody's. */
  retention: z.array(retentionReportSchema).optional(),
});

export type SignalAccounting = z.infer<typeof signalAccountingSchema>;
export type KeyAccounting = z.infer<typeof keyAccountingSchema>;
export type RepeatedCalls = z.infer<typeof repeatedCallsSchema>;
export type RetentionReport = z.infer<typeof retentionReportSchema>;
export type Ingest = z.infer<typeof ingestSchema>;
