import { z } from "zod";
import { instantSchema } from "./scalar.ts";

/** Who did it: whoever holds a key, somebody without one where none was needed, the owner of the data directory, the server by itself. */
export const auditActorSchema = z.object({
  kind: z.enum(["key", "nobody", "owner", "server"]),
  /** Name of the key, or of the user of the operating system. */
  name: z.string(),
  keyId: z.string().nullable(),
  /** Where the request came from; null where there was none. */
  address: z.string().nullable(),
});

export const auditEntrySchema = z.object({
  time: instantSchema,
  actor: auditActorSchema,
  /** What was done, as `key.create`. */
  action: z.string(),
  /** To what: an id, a name, a path. */
  target: z.string(),
  /** What it was changed to. */
  detail: z.record(z.string(), z.unknown()),
});

/** Answer of `GET /api/audit`: the newest first. */
export const auditListSchema = z.object({
  items: z.array(auditEntrySchema),
  nextCursor: z.string().nullable(),
});

export const auditListQuerySchema = z.object({
  limit: z.coerce.number().int().min(1).max(1000).default(100),
  cursor: z
    .string()
    .regex(/^\d{1,9}-\d{1,15}$/, "give the nextCursor of the list before")
    .optional(),
});

export type AuditActor = z.infer<typeof auditActorSchema>;
export type AuditEntry = z.infer<typeof auditEntrySchema>;
export type AuditList = z.infer<typeof auditListSchema>;
export type AuditListQuery = z.infer<typeof auditListQuerySchema>;
