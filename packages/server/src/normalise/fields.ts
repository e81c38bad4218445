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
} as const;

export const fieldCount = 27;

export type Field = (typeof field)[keyof typeof field];
