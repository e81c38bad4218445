import { projectNamePattern } from "@spanlight/contract";
import { z } from "zod";

export const scopes = ["ingest", "read", "admin"] as const;

/** What a key may do: send telemetry, read it, or change how the server behaves. */
export type Scope = (typeof scopes)[number];

/** The project of whoever comes without a key where none is needed. */
export const defaultProject = "default";

const limit = z.number().positive().nullable();

export const keySchema = z.strictObject({
  id: z.string(),
  /** SHA-256 of the key's text in hex. */
  hash: z.string(),
  name: z.string(),
  project: z.string().regex(projectNamePattern),
  scopes: z.array(z.enum(scopes)),
  /** ISO 8601. */
  createdAt: z.string(),
  /** ISO 8601; null = in force. A revoked key stays in the file, so that revoking the last one opens nothing. */
  revokedAt: z.string().nullable(),
  /** null = the server's own limit. */
  maxRequestsPerSecond: limit,
  maxBytesPerSecond: limit,
});

/** A key as it is kept: never its text. */
export type Key = z.infer<typeof keySchema>;

export const keyFileSchema = z.strictObject({ version: z.literal(1), keys: z.array(keySchema) });
