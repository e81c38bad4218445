import { z } from "zod";

/** RFC 9457 problem details; `code` is stable and made for programs, `detail` is a sentence made for people. */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  code: z.string(),
  detail: z.string(),
});

export type Problem = z.infer<typeof problemSchema>;
