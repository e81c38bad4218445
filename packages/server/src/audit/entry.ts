import { z } from "zod";

/** Who did it. */
export const actorSchema = z.strictObject({
  /**
   * `key`: whoever holds the key; `nobody`: somebody without a key, where none was needed; `owner`: the owner of the data directory, by
   * the command line; `server`: the server by itself, as its settings say.
   */
  kind: z.enum(["key", "nobody", "owner", "server"]),
  /** Name of the key, or of the user of the operating system; empty where there is none. */
  name: z.string(),
  keyId: z.string().nullable(),
  /** Where the request came from; null where there was none. */
  address: z.string().nullable(),
});

export const auditEntrySchema = z.strictObject({
  /** ISO 8601, UTC. */
  time: z.string(),
  project: z.string(),
  actor: actorSchema,
  /** What was done, as `key.create`. */
  action: z.string(),
  /** To what: an id, a name, a path. */
  target: z.string(),
  /** What it was changed to. */
  detail: z.record(z.string(), z.unknown()),
});

export type Actor = z.infer<typeof actorSchema>;
/** Who did what, when. */
export type AuditEntry = z.infer<typeof auditEntrySchema>;

/** The server itself. */
export const serverActor: Actor = { kind: "server", name: "", keyId: null, address: null };
