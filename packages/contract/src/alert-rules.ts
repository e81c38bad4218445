import { z } from "zod";
import { instantSchema } from "./scalar.ts";

/** A sample's value. JSON has no NaN and no infinity: those are the texts `NaN`, `+Inf`, `-Inf`. */
export const sampleValueSchema = z.union([z.number(), z.enum(["NaN", "+Inf", "-Inf"])]);

export const labelSetSchema = z.record(z.string(), z.string());

/** What an alert compares: `observed` (PromQL) `operator` `value`. */
export const thresholdSchema = z.object({
  observed: z.string(),
  operator: z.enum([">", ">=", "<", "<=", "==", "!="]),
  value: z.number(),
});

/** An alert that is pending or fires. */
export const activeAlertSchema = z.object({
  /** The same over restarts; made of the labels. */
  fingerprint: z.string(),
  ruleId: z.string(),
  rule: z.string(),
  state: z.enum(["pending", "firing"]),
  labels: labelSetSchema,
  annotations: labelSetSchema,
  /** When the condition became true. */
  activeAt: instantSchema,
  /** When it fired; null while pending. */
  firedAt: instantSchema.nullable(),
  value: sampleValueSchema,
  threshold: thresholdSchema.nullable(),
  /** Since when only `keep_firing_for` holds it; null otherwise. */
  keepFiringSince: instantSchema.nullable(),
  /** Ids of the silences in force for it. */
  silencedBy: z.array(z.string()),
});

/** A rule in operation with what its last evaluation found. */
export const ruleSchema = z.object({
  /** Stable while file, group, name and labels are. */
  id: z.string(),
  kind: z.enum(["alerting", "recording"]),
  name: z.string(),
  file: z.string(),
  /** Id of the file in `/api/alerts/files`; null for files that are no longer there. */
  fileId: z.string().nullable(),
  group: z.string(),
  query: z.string(),
  labels: labelSetSchema,
  annotations: labelSetSchema,
  forMs: z.number(),
  keepFiringForMs: z.number(),
  intervalMs: z.number(),
  threshold: thresholdSchema.nullable(),
  /** The state of its worst alert; recording rules are `inactive`. */
  state: z.enum(["inactive", "pending", "firing"]),
  health: z.enum(["unknown", "ok", "err"]),
  lastError: z.string().nullable(),
  lastEvaluation: instantSchema.nullable(),
  evaluationMs: z.number(),
  /** Whether what the rule looks at had a value the last time; null when that is not known. */
  hasData: z.boolean().nullable(),
  /** Evaluations left out because the one before took too long. */
  missedEvaluations: z.int(),
  alerts: z.array(activeAlertSchema),
});

/** One complaint about rules. Line and column count from 1; 0 where the place is not known. */
export const ruleProblemSchema = z.object({
  severity: z.enum(["error", "warning"]),
  /** `yaml`: not YAML; `structure`: fields and values; `expression`: PromQL; `template`: a label or annotation; `file`: it cannot be read. */
  kind: z.enum(["yaml", "structure", "expression", "template", "file"]),
  line: z.int(),
  column: z.int(),
  message: z.string(),
});

/** Whether the rule files in operation are the ones on disk. */
export const ruleLoadSchema = z.object({
  /** When the files were last looked at; null before the first time. */
  at: instantSchema.nullable(),
  /** False: the files are wrong, and the rules that were there before (if any) go on. */
  ok: z.boolean(),
  problems: z.array(ruleProblemSchema.extend({ file: z.string(), fileId: z.string().nullable() })),
});

/** Answer of `GET /api/alerts/rules`. */
export const ruleListSchema = z.object({
  items: z.array(ruleSchema),
  nextCursor: z.null(),
  load: ruleLoadSchema,
});

/** Answer of `GET /api/alerts`: firing first, then pending, the newest in front. */
export const activeAlertListSchema = z.object({
  items: z.array(activeAlertSchema),
  nextCursor: z.null(),
  load: ruleLoadSchema,
});

/** Query of `GET /api/alerts/rules/{ruleId}/history`; the last 24 hours when no range is given. */
export const ruleHistoryQuerySchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  /** Most evaluations answered, the newest ones. */
  limit: z.coerce.number().int().min(0).max(1000).default(200),
});

/** A stretch of time an alert was in one state. */
export const stateIntervalSchema = z.object({
  fingerprint: z.string(),
  labels: labelSetSchema,
  state: z.enum(["pending", "firing"]),
  from: instantSchema,
  /** null: it still is. */
  to: instantSchema.nullable(),
});

/** One evaluation with the samples it looked at (the largest, at most 20). */
export const ruleEvaluationSchema = z.object({
  time: instantSchema,
  durationMs: z.number(),
  state: z.enum(["inactive", "pending", "firing"]),
  error: z.string().nullable(),
  sampleCount: z.int(),
  samples: z.array(z.object({ labels: labelSetSchema, value: sampleValueSchema })),
});

/** Answer of `GET /api/alerts/rules/{ruleId}/history`. `intervals` is kept as long as metrics are, `evaluations` for the last 500. */
export const ruleHistorySchema = z.object({
  ruleId: z.string(),
  from: instantSchema,
  to: instantSchema,
  intervals: z.array(stateIntervalSchema),
  /** Oldest first. */
  evaluations: z.array(ruleEvaluationSchema),
});

/**
 * Body of `POST /api/alerts/backtest`: the text of a rule file, or one expression with what an alert would have beside it.
 * Durations are PromQL's (`90s`, `5m`). The last 7 days when no range is given.
 */
export const backtestRequestSchema = z
  .object({
    rules: z.string().max(1_000_000).optional(),
    expr: z.string().max(20_000).optional(),
    for: z.string().optional(),
    keepFiringFor: z.string().optional(),
    from: z.string().optional(),
    to: z.string().optional(),
    /** How often a group that names no interval is evaluated; the server's own interval when absent. */
    interval: z.string().optional(),
  })
  .refine(({ rules, expr }) => (rules === undefined) !== (expr === undefined), {
    message: "give either rules or expr",
    path: ["rules"],
  });

/** An alert that would have fired. */
export const backtestFiringSchema = z.object({
  labels: labelSetSchema,
  activeAt: instantSchema,
  firedAt: instantSchema,
  /** null: it would still fire at the end of the range. */
  resolvedAt: instantSchema.nullable(),
  /** How long it would have fired within the range. */
  durationMs: z.number(),
  firstValue: sampleValueSchema,
  lastValue: sampleValueSchema,
});

export const backtestedRuleSchema = z.object({
  group: z.string(),
  rule: z.string(),
  query: z.string(),
  threshold: thresholdSchema.nullable(),
  intervalMs: z.number(),
  /** How often it would have fired, and for how long in all. */
  firedCount: z.int(),
  firedMs: z.number(),
  /** How often it was pending and ended before it fired. */
  pendingOnly: z.int(),
  error: z.string().nullable(),
  /** In order of their start. */
  firings: z.array(backtestFiringSchema),
});

/** Answer of `POST /api/alerts/backtest`. */
export const backtestSchema = z.object({
  from: instantSchema,
  to: instantSchema,
  tookMs: z.number(),
  rules: z.array(backtestedRuleSchema),
});

export type SampleValue = z.infer<typeof sampleValueSchema>;
export type AlertThreshold = z.infer<typeof thresholdSchema>;
export type ActiveAlert = z.infer<typeof activeAlertSchema>;
export type ActiveAlertList = z.infer<typeof activeAlertListSchema>;
export type AlertRule = z.infer<typeof ruleSchema>;
export type AlertRuleList = z.infer<typeof ruleListSchema>;
export type RuleLoad = z.infer<typeof ruleLoadSchema>;
export type RuleProblem = z.infer<typeof ruleProblemSchema>;
export type RuleHistoryQuery = z.infer<typeof ruleHistoryQuerySchema>;
export type RuleHistory = z.infer<typeof ruleHistorySchema>;
export type StateInterval = z.infer<typeof stateIntervalSchema>;
export type RuleEvaluation = z.infer<typeof ruleEvaluationSchema>;
export type BacktestRequest = z.infer<typeof backtestRequestSchema>;
export type Backtest = z.infer<typeof backtestSchema>;
export type BacktestedRule = z.infer<typeof backtestedRuleSchema>;
export type BacktestFiring = z.infer<typeof backtestFiringSchema>;
