import { z } from "zod";

/** Accounting of one signal in items (spans, points, records): received = stored + Σ rejected + duplicates + inSpool. */
export const signalAccountingSchema = z.object({
  received: z.int(),
  stored: z.int(),
  rejected: z.record(z.string(), z.int()),
  duplicates: z.int(),
  inSpool: z.int(),
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
});

export type SignalAccounting = z.infer<typeof signalAccountingSchema>;
export type Ingest = z.infer<typeof ingestSchema>;
