import { z } from "zod";
import { instantSchema, spanIdSchema, traceIdSchema } from "./scalar.ts";

/** Query of `GET /api/scores`; the default range is the last 24 hours, of a trace all of its scores. */
export const scoreListQuerySchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z.string().optional(),
  name: z.string().optional(),
  traceId: traceIdSchema.optional(),
  spanId: spanIdSchema.optional(),
  session: z.string().optional(),
});

/** A verdict on a span, a trace or a session: a number, a label, or both. */
export const scoreSchema = z.object({
  id: z.string(),
  time: instantSchema,
  traceId: traceIdSchema.nullable(),
  spanId: spanIdSchema.nullable(),
  sessionId: z.string().nullable(),
  name: z.string(),
  value: z.number().nullable(),
  label: z.string().nullable(),
  comment: z.string().nullable(),
  source: z.string().nullable(),
});

/** Scores, newest first; of several under one id the newest. */
export const scoreListSchema = z.object({ items: z.array(scoreSchema), nextCursor: z.string().nullable() });

/** Body of `POST /api/scores`. A score that is sent again under its id takes the place of the one before. */
export const newScoreSchema = z
  .object({
    id: z.string().max(200).optional(),
    traceId: traceIdSchema.optional(),
    spanId: spanIdSchema.optional(),
    sessionId: z.string().max(500).optional(),
    name: z.string().min(1).max(200),
    value: z.number().optional(),
    label: z.string().max(1000).optional(),
    comment: z.string().max(10_000).optional(),
    source: z.string().max(200).optional(),
  })
  .refine((score) => score.value !== undefined || score.label !== undefined, "give a value, a label or both")
  .refine(
    (score) => score.traceId !== undefined || score.spanId !== undefined || score.sessionId !== undefined,
    "say what is scored: traceId, spanId or sessionId",
  );

export type Score = z.infer<typeof scoreSchema>;
export type ScoreList = z.infer<typeof scoreListSchema>;
export type NewScore = z.infer<typeof newScoreSchema>;
