import { z } from "zod";

const sentRecord = z.object({
  firing: z.array(z.string()),
  resolved: z.array(z.string()),
  sentAtMs: z.number(),
  isUnsure: z.boolean().optional(),
});

/** What a notifier keeps over a restart: what was told to whom and how often, and the silences. */
export const notifierStateSchema = z.object({
  version: z.literal(1),
  sent: z.record(z.string(), sentRecord),
  /**
   * Messages that were on their way when this was saved, and had been for less than a second: whoever reads them after a
   * kill takes them for told, and repeats them soon.
   */
  underWay: z.record(z.string(), sentRecord).default({}),
  /** What was left of the receivers' rate limits, by receiver. */
  rateLimits: z.record(z.string(), z.object({ places: z.number(), filledAtMs: z.number() })).default({}),
  silences: z.array(
    z.object({
      id: z.string(),
      matchers: z.array(
        z.object({ name: z.string(), operator: z.enum(["=", "!=", "=~", "!~"]), value: z.string() }),
      ),
      startsAtMs: z.number(),
      endsAtMs: z.number(),
      createdBy: z.string(),
      comment: z.string(),
    }),
  ),
});

export type NotifierState = z.infer<typeof notifierStateSchema>;
