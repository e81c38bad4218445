import { z } from "zod";
import { instantSchema, traceIdSchema } from "./scalar.ts";

/** Query of `GET /api/traces`. Times are ISO 8601 or Unix milliseconds; the default range is the last 24 hours. */
export const traceListQuerySchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(50),
  cursor: z.string().optional(),
  service: z.string().optional(),
  environment: z.string().optional(),
  endpoint: z.string().optional(),
  model: z.string().optional(),
  provider: z.string().optional(),
  operation: z.string().optional(),
  errorType: z.string().optional(),
  status: z.enum(["ok", "error"]).optional(),
  minDurationMs: z.coerce.number().min(0).optional(),
  maxDurationMs: z.coerce.number().min(0).optional(),
  minCostUsd: z.coerce.number().min(0).optional(),
  user: z.string().optional(),
  session: z.string().optional(),
  prompt: z.string().optional(),
  q: z.string().max(500).optional(),
});

/** One trace in a list. `status` is its root's; `costUsd` is the sum of its priced spans, null when none is priced. */
export const traceSummarySchema = z.object({
  traceId: traceIdSchema,
  name: z.string(),
  service: z.string(),
  endpoint: z.string().nullable(),
  startTime: instantSchema,
  durationMs: z.number(),
  status: z.enum(["ok", "error"]),
  /** Type of the first error found in the trace, root first; null when there is none. */
  errorType: z.string().nullable(),
  /** False while no root span has arrived: the trace may still be running. */
  complete: z.boolean(),
  spanCount: z.int(),
  inputTokens: z.int().nullable(),
  outputTokens: z.int().nullable(),
  costUsd: z.number().nullable(),
  unpricedSpans: z.int(),
  /** Milliseconds from the start of the trace to the first token of its first streamed model call. */
  ttftMs: z.number().nullable(),
  models: z.array(z.string()),
  /** Milliseconds spent by kind of work, for the mini split bar. */
  timeByType: z.object({ model: z.number(), retrieval: z.number(), tool: z.number(), other: z.number() }),
  userId: z.string().nullable(),
  sessionId: z.string().nullable(),
});

export const traceListSchema = z.object({
  items: z.array(traceSummarySchema),
  nextCursor: z.string().nullable(),
});

export type TraceListQuery = z.infer<typeof traceListQuerySchema>;
export type TraceSummary = z.infer<typeof traceSummarySchema>;
export type TraceList = z.infer<typeof traceListSchema>;
