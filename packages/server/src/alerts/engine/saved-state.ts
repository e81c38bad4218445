import { z } from "zod";

const alertBody = {
  labels: z.array(z.string()),
  sourceLabels: z.array(z.string()),
  annotations: z.record(z.string(), z.string()),
  /** Text, because JSON knows no NaN and no infinity. */
  value: z.string(),
  activeAtMs: z.number(),
  lastSentMs: z.number().nullable(),
};

const savedAlert = z.discriminatedUnion("state", [
  z.object({ state: z.literal("pending"), ...alertBody }),
  z.object({
    state: z.literal("firing"),
    ...alertBody,
    firedAtMs: z.number(),
    keepFiringSinceMs: z.number().nullable(),
  }),
  z.object({
    state: z.literal("resolved"),
    ...alertBody,
    firedAtMs: z.number(),
    resolvedAtMs: z.number(),
    reason: z.enum(["recovered", "no_data"]),
  }),
]);

/** The alerts of all rules at one time, as JSON; what survives a restart. */
export const savedStateSchema = z.object({
  version: z.literal(1),
  rules: z.array(
    z.object({
      file: z.string(),
      group: z.string(),
      rule: z.string(),
      /** When the rule was last evaluated, ms since the epoch. */
      evaluatedAtMs: z.number(),
      alerts: z.array(savedAlert),
    }),
  ),
});

export type SavedState = z.infer<typeof savedStateSchema>;
export type SavedAlert = z.infer<typeof savedAlert>;
