import { z } from "zod";

/** One part of a message, as the GenAI semantic conventions (v1.41) define it; unknown fields are kept. */
export const messagePartSchema = z.looseObject({ type: z.string() });

/** A message of a conversation: `{ role, parts: [...] }`. */
export const messageSchema = z.looseObject({ role: z.string(), parts: z.array(messagePartSchema) });

/** A document that a retrieval returned. */
export const documentSchema = z.looseObject({
  id: z.string().optional(),
  content: z.string().optional(),
  score: z.number().optional(),
});

export type MessagePart = z.infer<typeof messagePartSchema>;
export type Message = z.infer<typeof messageSchema>;
export type RetrievedDocument = z.infer<typeof documentSchema>;
