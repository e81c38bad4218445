import { z } from "zod";
import { ruleProblemSchema } from "./alert-rules.ts";

/** Body of `POST /api/alerts/check`: the text of a rule file, or one expression. */
export const ruleCheckRequestSchema = z
  .object({ rules: z.string().max(1_000_000).optional(), expr: z.string().max(20_000).optional() })
  .refine(({ rules, expr }) => (rules === undefined) !== (expr === undefined), {
    message: "give either rules or expr",
    path: ["rules"],
  });

/** A rule as the check read it. */
export const checkedRuleSchema = z.object({
  group: z.string(),
  name: z.string(),
  kind: z.enum(["alerting", "recording"]),
  /** The expression in PromQL's normal form. */
  query: z.string(),
  type: z.enum(["scalar", "string", "instant vector", "range vector"]),
  /** What a comparison turns on; null where there is none. */
  threshold: z.object({ observed: z.string(), operator: z.string(), value: z.number() }).nullable(),
});

/** Answer of `POST /api/alerts/check`. `rules` is empty where there are errors; of an expression there is one without a name. */
export const ruleCheckSchema = z.object({
  ok: z.boolean(),
  problems: z.array(ruleProblemSchema),
  rules: z.array(checkedRuleSchema),
});

/** A rule file. */
export const ruleFileSummarySchema = z.object({
  id: z.string(),
  /** Its file name; `path` tells files with one name apart. */
  name: z.string(),
  path: z.string(),
  /** `shipped`: comes with the product; `settings`: named by SPANLIGHT_RULES; `data`: written here, in the data directory. */
  origin: z.enum(["shipped", "settings", "data"]),
  isWritable: z.boolean(),
  isRemovable: z.boolean(),
  problems: z.array(ruleProblemSchema),
});

/** Answer of `GET /api/alerts/files`. */
export const ruleFileListSchema = z.object({
  items: z.array(ruleFileSummarySchema),
  nextCursor: z.null(),
  /** Where `POST /api/alerts/files` puts new files. */
  directory: z.string(),
});

/** A rule file with its text. `version` changes with the text; hand it back when writing, so that nobody's change is lost. */
export const ruleFileSchema = ruleFileSummarySchema.extend({ text: z.string(), version: z.string() });

/** Body of `POST /api/alerts/files`. */
export const newRuleFileSchema = z.object({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][\w.-]{0,99}\.ya?ml$/, "a name ends in .yaml or .yml and has letters, digits, . _ -"),
  text: z.string().max(1_000_000),
});

/** Body of `PUT /api/alerts/files/{fileId}`. */
export const ruleFileChangeSchema = z.object({
  text: z.string().max(1_000_000),
  /** The version the change was made to; without it the file is replaced whatever it holds. */
  version: z.string().optional(),
});

export type RuleCheckRequest = z.infer<typeof ruleCheckRequestSchema>;
export type RuleCheck = z.infer<typeof ruleCheckSchema>;
export type CheckedRule = z.infer<typeof checkedRuleSchema>;
export type RuleFileSummary = z.infer<typeof ruleFileSummarySchema>;
export type RuleFileList = z.infer<typeof ruleFileListSchema>;
export type RuleFile = z.infer<typeof ruleFileSchema>;
export type NewRuleFile = z.infer<typeof newRuleFileSchema>;
export type RuleFileChange = z.infer<typeof ruleFileChangeSchema>;
