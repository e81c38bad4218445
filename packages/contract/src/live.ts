import { z } from "zod";

/**
 * Query of `GET /api/live`: answers as soon as something was stored after `after`, or after `waitMs` with what is.
 * Without `after` it answers at once with the present cursor.
 */
export const liveQuerySchema = z.object({
  after: z.string().optional(),
  waitMs: z.coerce.number().int().min(0).max(60_000).default(25_000),
});

/** `cursor` is what to give as `after` next; `changed` is false where the wait ended without anything new. */
export const liveSchema = z.object({ cursor: z.string(), changed: z.boolean() });

export type LiveQuery = z.infer<typeof liveQuerySchema>;
export type Live = z.infer<typeof liveSchema>;
