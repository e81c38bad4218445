import { z } from "zod";
import { createdApiKeySchema, newApiKeySchema } from "./keys.ts";
import { instantSchema } from "./scalar.ts";

/** Names of projects: part of addresses and of every row. */
export const projectNamePattern: RegExp = /^[a-z0-9][a-z0-9._-]{0,62}$/;

export const projectNameSchema = z
  .string()
  .regex(
    projectNamePattern,
    'a name of a project is lower-case letters, digits, ".", "_" and "-", 63 at most, and begins with a letter or a digit',
  );

/** A project: telemetry of its own, seen with its own keys alone. */
export const projectSchema = z.object({
  name: projectNameSchema,
  /** When its first key was made; null for the project `default`, which is there from the start. */
  createdAt: instantSchema.nullable(),
  /** 0 = nobody sends to it or reads it any more. */
  keysInForce: z.int().nonnegative(),
});

/** Answer of `GET /api/projects`: in the order in which they were made. */
export const projectListSchema = z.object({
  items: z.array(projectSchema),
  nextCursor: z.string().nullable(),
});

/** What `POST /api/projects` takes: a project is made with its first key. */
export const newProjectSchema = z.strictObject({
  name: projectNameSchema,
  /** What the key is for. */
  keyName: newApiKeySchema.shape.name,
  /** Of the key; every one unless told otherwise, so that whoever has it can make the others. */
  scopes: newApiKeySchema.shape.scopes.prefault(["ingest", "read", "admin"]),
});

/** Answer of `POST /api/projects`: the only one that ever has the key's text. */
export const createdProjectSchema = projectSchema.extend({ key: createdApiKeySchema });

export type Project = z.infer<typeof projectSchema>;
export type ProjectList = z.infer<typeof projectListSchema>;
export type NewProject = z.infer<typeof newProjectSchema>;
export type CreatedProject = z.infer<typeof createdProjectSchema>;
