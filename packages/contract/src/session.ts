import { z } from "zod";
import { keyScopeSchema } from "./keys.ts";
import { projectNameSchema } from "./projects.ts";

/** Answer of `GET /api/session`: with which key the browser that asks is signed in; null for whoever asks without a session. */
export const sessionSchema = z.object({
  session: z
    .object({
      keyId: z.string(),
      keyName: z.string(),
      project: projectNameSchema,
      scopes: z.array(keyScopeSchema),
    })
    .nullable(),
});

export type Session = z.infer<typeof sessionSchema>;
