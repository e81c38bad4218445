import { z } from "zod";
import { instantSchema } from "./scalar.ts";

export const keyScopeSchema = z.enum(["ingest", "read", "admin"]);

/** Per second; null = what the server's settings say. */
const limitSchema = z.number().positive().max(1e15).nullable();
const nameSchema = z.string().max(200);

/** A key as it is told: never its text. */
export const apiKeySchema = z.object({
  id: z.string(),
  name: z.string(),
  project: z.string(),
  scopes: z.array(keyScopeSchema),
  /** Null for the key from SPANLIGHT_API_KEY, which is changed there alone. */
  createdAt: instantSchema.nullable(),
  /** Null while it is in force. */
  revokedAt: instantSchema.nullable(),
  maxRequestsPerSecond: limitSchema,
  maxBytesPerSecond: limitSchema,
});

/** Answer of `GET /api/keys`: the keys of the project, those in force first, newest first. */
export const apiKeyListSchema = z.object({ items: z.array(apiKeySchema), nextCursor: z.string().nullable() });

/** What `POST /api/keys` takes. */
export const newApiKeySchema = z.strictObject({
  name: nameSchema.default(""),
  scopes: z
    .array(keyScopeSchema)
    .min(1)
    .transform((scopes) => keyScopeSchema.options.filter((scope) => scopes.includes(scope))),
  maxRequestsPerSecond: limitSchema.default(null),
  maxBytesPerSecond: limitSchema.default(null),
});

/** Answer of `POST /api/keys`: the only one that ever has the key's text. */
export const createdApiKeySchema = apiKeySchema.extend({ key: z.string() });

/** What `PATCH /api/keys/{keyId}` takes: what is left out stays as it is. */
export const apiKeyChangeSchema = z.strictObject({
  name: nameSchema.optional(),
  maxRequestsPerSecond: limitSchema.optional(),
  maxBytesPerSecond: limitSchema.optional(),
});

export type KeyScope = z.infer<typeof keyScopeSchema>;
export type ApiKey = z.infer<typeof apiKeySchema>;
export type ApiKeyList = z.infer<typeof apiKeyListSchema>;
export type NewApiKey = z.infer<typeof newApiKeySchema>;
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;
export type ApiKeyChange = z.infer<typeof apiKeyChangeSchema>;
