import { z } from "zod";
import { instantSchema } from "./scalar.ts";

/** Query of `GET /api/unmapped`; the default range is the last 24 hours. */
export const unmappedQuerySchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  service: z.string().optional(),
  /** Name of the instrumentation. */
  scope: z.string().optional(),
  limit: z.coerce.number().int().min(1).max(5000).default(500),
  cursor: z.string().optional(),
});

/** An attribute key that no dialect knows: it is kept and searched, and says nothing for tokens, costs or messages. */
export const unmappedAttributeSchema = z.object({
  scope: z.object({ name: z.string(), version: z.string() }),
  dialect: z.string().nullable(),
  key: z.string(),
  spans: z.int(),
  /** A value of it, cut to 200 characters. */
  example: z.string(),
  lastSeen: instantSchema,
});

/** The most frequent first. */
export const unmappedSchema = z.object({
  items: z.array(unmappedAttributeSchema),
  nextCursor: z.string().nullable(),
});

export type Unmapped = z.infer<typeof unmappedSchema>;
