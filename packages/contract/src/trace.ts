import { z } from "zod";
import { tokenClassSchema } from "./costs.ts";
import { documentSchema, messagePartSchema, messageSchema } from "./message.ts";
import { instantSchema, spanIdSchema, traceIdSchema } from "./scalar.ts";

const attributesSchema = z.record(z.string(), z.unknown());

export const spanEventSchema = z.object({
  time: instantSchema,
  name: z.string(),
  attributes: attributesSchema,
});

export const spanLinkSchema = z.object({
  traceId: traceIdSchema,
  spanId: spanIdSchema,
  attributes: attributesSchema,
});

/** What colours a span: what kind of work it did. */
export const spanTypeSchema = z.enum([
  "model",
  "embedding",
  "retrieval",
  "reranker",
  "tool",
  "agent",
  "chain",
  "guard",
  "evaluator",
  "other",
]);

/** One line of the bill: `tokens` × `usdPerMillion` / 1,000,000 = `costUsd`. */
export const costLineSchema = z.object({
  class: z.enum([...tokenClassSchema.options, "request"]),
  tokens: z.number(),
  usdPerMillion: z.number(),
  costUsd: z.number(),
});

/** Where the prices of a bill come from. */
const pricedBySchema = z.object({
  /** `reported`: no price is known, and the sum is what the sender says. */
  source: z.enum(["list", "custom", "reported"]),
  provider: z.string(),
  /** The model as the price names it. */
  model: z.string(),
  /** Empty = the standard tier. */
  serviceTier: z.string(),
  /** Of a custom price. */
  priceId: z.string().nullable(),
  /** False where the stored cost was worked out by prices that have changed since: the lines show what it would be now. */
  isCurrent: z.boolean(),
});

/** One span. Token counts include cached input and reasoning output; `costUsd` null = unpriced or not a model call. */
export const spanSchema = z.object({
  spanId: spanIdSchema,
  parentSpanId: spanIdSchema.nullable(),
  name: z.string(),
  kind: z.enum(["unspecified", "internal", "server", "client", "producer", "consumer"]),
  service: z.string(),
  startTime: instantSchema,
  durationMs: z.number(),
  status: z.enum(["unset", "ok", "error"]),
  statusMessage: z.string().nullable(),
  errorType: z.string().nullable(),
  spanType: spanTypeSchema,
  dialect: z.string().nullable(),
  operation: z.string().nullable(),
  provider: z.string().nullable(),
  requestModel: z.string().nullable(),
  responseModel: z.string().nullable(),
  inputTokens: z.int().nullable(),
  outputTokens: z.int().nullable(),
  cacheReadTokens: z.int().nullable(),
  cacheWriteTokens: z.int().nullable(),
  reasoningTokens: z.int().nullable(),
  usageEstimated: z.boolean(),
  /** True where tokens and cost count in sums; a parent that repeats its children's totals is not billed. */
  billed: z.boolean(),
  costUsd: z.number().nullable(),
  /** True for a model call with tokens and no known price. */
  unpriced: z.boolean(),
  costLines: z.array(costLineSchema),
  /** Whose prices the lines are made of; null without lines. */
  pricedBy: pricedBySchema.nullable(),
  /** True where content of this span is stored, included in the answer or not. */
  hasContent: z.boolean(),
  ttftMs: z.number().nullable(),
  finishReasons: z.array(z.string()),
  toolName: z.string().nullable(),
  agentName: z.string().nullable(),
  userId: z.string().nullable(),
  tenantId: z.string().nullable(),
  sessionId: z.string().nullable(),
  endpoint: z.string().nullable(),
  promptName: z.string().nullable(),
  promptVersion: z.string().nullable(),
  inputMessages: z.array(messageSchema),
  outputMessages: z.array(messageSchema),
  systemInstructions: z.array(messagePartSchema),
  toolDefinitions: z.array(z.unknown()),
  toolArguments: z.unknown().nullable(),
  toolResult: z.unknown().nullable(),
  documents: z.array(documentSchema),
  events: z.array(spanEventSchema),
  links: z.array(spanLinkSchema),
  attributes: attributesSchema,
  resource: attributesSchema,
  scope: z.object({ name: z.string(), version: z.string() }),
});

/** One trace with its spans in order of start; the earliest 100,000 where it has more. */
export const traceSchema = z.object({
  traceId: traceIdSchema,
  name: z.string(),
  service: z.string(),
  startTime: instantSchema,
  durationMs: z.number(),
  status: z.enum(["ok", "error"]),
  complete: z.boolean(),
  spanCount: z.int(),
  /** False where messages, documents, tool arguments and results are left out: ask for a span by itself. */
  contentIncluded: z.boolean(),
  /**
   * False for a trace of more than 5,000 spans, which comes in outline: attributes, resources, events, links and bills are
   * empty too, whatever a span has of them. Not there for any other trace.
   */
  detailIncluded: z.boolean().optional(),
  /** True where the trace has more spans than are shown. */
  truncated: z.boolean(),
  costUsd: z.number().nullable(),
  unpricedSpans: z.int(),
  inputTokens: z.int().nullable(),
  outputTokens: z.int().nullable(),
  userId: z.string().nullable(),
  sessionId: z.string().nullable(),
  promptName: z.string().nullable(),
  promptVersion: z.string().nullable(),
  spans: z.array(spanSchema),
});

export type Span = z.infer<typeof spanSchema>;
export type SpanType = z.infer<typeof spanTypeSchema>;
export type SpanEvent = z.infer<typeof spanEventSchema>;
export type CostLine = z.infer<typeof costLineSchema>;
export type Trace = z.infer<typeof traceSchema>;
