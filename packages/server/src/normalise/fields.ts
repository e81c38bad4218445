/** What an attribute can say about a span, whatever its dialect calls it. Numbers are places in `FieldSet`. */
export const field = {
  /** Message content, documents, tool arguments and results: kept in the content table under its own key. */
  content: 0,
  operation: 1,
  operationId: 2,
  spanKind: 3,
  provider: 4,
  requestModel: 5,
  responseModel: 6,
  inputTokens: 7,
  outputTokens: 8,
  cacheReadTokens: 9,
  cacheWriteTokens: 10,
  reasoningTokens: 11,
  ttftSeconds: 12,
  ttftMs: 13,
  finishReasons: 14,
  userId: 15,
  tenantId: 16,
  sessionId: 17,
  endpoint: 18,
  promptName: 19,
  promptVersion: 20,
  agentName: 21,
  toolName: 22,
  errorType: 23,
  usageEstimated: 24,
  reportedCostUsd: 25,
  /** A key that is known and says nothing for a column: it stays an attribute. Known keys are found without interning their bytes. */
  none: 26,
  /** Environment and release of one span, where they differ from those of its resource. */
  environment: 27,
  release: 28,
  /** From here on: what has to be worked out before it is a column's value (`DerivedFields`). JSON object of token counts that exclude one another. */
  usageExclusive: 29,
  /** JSON object of token counts of which the details are parts of the totals. */
  usageInclusive: 30,
  /** JSON object of parts of the output tokens. */
  outputTokenDetails: 31,
  /** Time of the first token: ISO 8601, also as a JSON string. */
  firstTokenTime: 32,
  /** Name of whatever the span is: an agent, a tool, a step. */
  entityName: 33,
  /** Level of the span; ERROR means that it failed. */
  level: 34,
  statusMessage: 35,
  /** Names without a prefix: Claude Code's, and believed on its spans only. Token counts exclude one another. */
  bareInputTokens: 36,
  bareOutputTokens: 37,
  bareCacheReadTokens: 38,
  bareCacheWriteTokens: 39,
  bareTtftMs: 40,
  bareFinishReason: 41,
  bareModel: 42,
  /** Says something for the bill beside the token counts (`billing-keys.ts`): read when the call is priced. */
  billingDetail: 43,
  /** With a model and without an operation: a call of a model, whatever agent it belongs to. */
  callMark: 44,
  /** `span.type`: Claude Code's kinds of spans; others give that name other meanings. */
  bareKind: 45,
  /** JSON object with the name and the version of a prompt. */
  promptReference: 46,
  /** The span carries a verdict on itself (`span-scores.ts`). */
  scoreMark: 47,
} as const;

/** The first of the fields that have to be worked out; all others of them follow it. */
export const firstDerivedField: number = field.usageExclusive;

export const fieldCount = 48;

export type Field = (typeof field)[keyof typeof field];
