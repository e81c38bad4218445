import { z } from "zod";
import { instantSchema } from "./scalar.ts";

/** Query of `GET /api/overview`. `step` is a duration in seconds or `30s`, `5m`, `1h`; chosen by the range when absent. */
export const overviewQuerySchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  step: z.string().optional(),
  service: z.string().optional(),
  environment: z.string().optional(),
  endpoint: z.string().optional(),
  model: z.string().optional(),
  provider: z.string().optional(),
  operation: z.string().optional(),
  groupBy: z
    .enum(["service", "environment", "endpoint", "provider", "model", "operation", "errorType"])
    .optional(),
});

/** Model calls of one period: counts, tokens, US dollars, milliseconds. Null = no such call in the period. */
export const overviewFiguresSchema = z.object({
  requests: z.int(),
  errors: z.int(),
  inputTokens: z.int(),
  outputTokens: z.int(),
  cacheReadTokens: z.int(),
  costUsd: z.number().nullable(),
  unpricedRequests: z.int(),
  p50Ms: z.number().nullable(),
  p95Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  ttftP95Ms: z.number().nullable(),
});

export const overviewPointSchema = overviewFiguresSchema.extend({ time: instantSchema });

export const overviewGroupSchema = z.object({
  group: z.string(),
  totals: overviewFiguresSchema,
  series: z.array(overviewPointSchema),
});

/** `series` has a point for every step of the range, empty ones included; `groups` is there when `groupBy` was asked for. */
export const overviewSchema = z.object({
  from: instantSchema,
  to: instantSchema,
  stepSeconds: z.number(),
  totals: overviewFiguresSchema,
  series: z.array(overviewPointSchema),
  groups: z.array(overviewGroupSchema).optional(),
});

export type OverviewQuery = z.infer<typeof overviewQuerySchema>;
export type OverviewFigures = z.infer<typeof overviewFiguresSchema>;
export type OverviewPoint = z.infer<typeof overviewPointSchema>;
export type OverviewGroup = z.infer<typeof overviewGroupSchema>;
export type Overview = z.infer<typeof overviewSchema>;
