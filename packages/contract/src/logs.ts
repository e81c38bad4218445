import { z } from "zod";
import { facetValueSchema } from "./facets.ts";
import { instantSchema, spanIdSchema, traceIdSchema } from "./scalar.ts";

export const logLevelSchema = z.enum(["trace", "debug", "info", "warn", "error", "fatal"]);

/**
 * Query of `GET /api/logs`. Times are ISO 8601 or Unix milliseconds; the default range is the last 24 hours, of a trace all of its
 * logs. `level` is the lowest to show. `where` compares attributes: `tokens_used > 2000 and model = "gpt-4o"`.
 */
export const logListQuerySchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
  level: logLevelSchema.optional(),
  service: z.string().optional(),
  environment: z.string().optional(),
  endpoint: z.string().optional(),
  event: z.string().optional(),
  user: z.string().optional(),
  tenant: z.string().optional(),
  session: z.string().optional(),
  traceId: traceIdSchema.optional(),
  spanId: spanIdSchema.optional(),
  q: z.string().max(500).optional(),
  where: z.string().max(2000).optional(),
});

/** One log record. `message` is its body as text, or the name of its event where it has none; `body` a structured body. */
export const logRecordSchema = z.object({
  time: instantSchema,
  level: logLevelSchema.nullable(),
  severityText: z.string().nullable(),
  message: z.string(),
  body: z.unknown().nullable(),
  event: z.string().nullable(),
  service: z.string(),
  environment: z.string(),
  traceId: traceIdSchema.nullable(),
  spanId: spanIdSchema.nullable(),
  endpoint: z.string().nullable(),
  userId: z.string().nullable(),
  tenantId: z.string().nullable(),
  sessionId: z.string().nullable(),
  /** True where what the event said is shown with its span. */
  contentInSpan: z.boolean(),
  attributes: z.record(z.string(), z.unknown()),
  resource: z.record(z.string(), z.unknown()),
  scope: z.object({ name: z.string(), version: z.string() }),
});

export const logListSchema = z.object({
  items: z.array(logRecordSchema),
  nextCursor: z.string().nullable(),
});

/** Answer of `GET /api/logs/facets`, which takes the same filters as the list. */
export const logFacetsSchema = z.object({
  facets: z.array(
    z.object({
      name: z.enum(["level", "service", "environment", "event"]),
      values: z.array(facetValueSchema),
    }),
  ),
  /** Records per step, for the histogram above the list; `errors` are those of level error or fatal. */
  histogram: z.object({
    stepSeconds: z.number(),
    points: z.array(z.object({ time: instantSchema, records: z.int(), errors: z.int() })),
  }),
  totals: z.object({ records: z.int(), errors: z.int() }),
});

export type LogFacets = z.infer<typeof logFacetsSchema>;
export type LogLevel = z.infer<typeof logLevelSchema>;
export type LogListQuery = z.infer<typeof logListQuerySchema>;
export type LogRecord = z.infer<typeof logRecordSchema>;
export type LogList = z.infer<typeof logListSchema>;
