/**
 * Attribute names of the GenAI semantic conventions, v1.41 (the last release of the core repository that holds them).
 * Source: OpenTelemetry semantic conventions v1.41.1, docs/gen-ai.
 */
export const genAi = {
  operationName: "gen_ai.operation.name",
  providerName: "gen_ai.provider.name",
  requestModel: "gen_ai.request.model",
  requestStream: "gen_ai.request.stream",
  requestMaxTokens: "gen_ai.request.max_tokens",
  requestTemperature: "gen_ai.request.temperature",
  requestTopP: "gen_ai.request.top_p",
  requestTopK: "gen_ai.request.top_k",
  requestFrequencyPenalty: "gen_ai.request.frequency_penalty",
  requestPresencePenalty: "gen_ai.request.presence_penalty",
  requestStopSequences: "gen_ai.request.stop_sequences",
  requestSeed: "gen_ai.request.seed",
  requestChoiceCount: "gen_ai.request.choice.count",
  requestEncodingFormats: "gen_ai.request.encoding_formats",
  outputType: "gen_ai.output.type",
  responseId: "gen_ai.response.id",
  responseModel: "gen_ai.response.model",
  responseFinishReasons: "gen_ai.response.finish_reasons",
  responseTimeToFirstChunk: "gen_ai.response.time_to_first_chunk",
  usageInputTokens: "gen_ai.usage.input_tokens",
  usageOutputTokens: "gen_ai.usage.output_tokens",
  usageCacheReadInputTokens: "gen_ai.usage.cache_read.input_tokens",
  usageCacheCreationInputTokens: "gen_ai.usage.cache_creation.input_tokens",
  usageReasoningOutputTokens: "gen_ai.usage.reasoning.output_tokens",
  conversationId: "gen_ai.conversation.id",
  inputMessages: "gen_ai.input.messages",
  outputMessages: "gen_ai.output.messages",
  systemInstructions: "gen_ai.system_instructions",
  toolDefinitions: "gen_ai.tool.definitions",
  toolName: "gen_ai.tool.name",
  toolType: "gen_ai.tool.type",
  toolDescription: "gen_ai.tool.description",
  toolCallId: "gen_ai.tool.call.id",
  toolCallArguments: "gen_ai.tool.call.arguments",
  toolCallResult: "gen_ai.tool.call.result",
  agentId: "gen_ai.agent.id",
  agentName: "gen_ai.agent.name",
  agentDescription: "gen_ai.agent.description",
  agentVersion: "gen_ai.agent.version",
  workflowName: "gen_ai.workflow.name",
  dataSourceId: "gen_ai.data_source.id",
  retrievalQueryText: "gen_ai.retrieval.query.text",
  retrievalDocuments: "gen_ai.retrieval.documents",
  retrievalTopK: "gen_ai.retrieval.top_k",
  embeddingsDimensionCount: "gen_ai.embeddings.dimension.count",
  promptName: "gen_ai.prompt.name",
  promptVersion: "gen_ai.prompt.version",
  evaluationName: "gen_ai.evaluation.name",
  evaluationScoreValue: "gen_ai.evaluation.score.value",
  evaluationScoreLabel: "gen_ai.evaluation.score.label",
  evaluationExplanation: "gen_ai.evaluation.explanation",
  tokenType: "gen_ai.token.type",
} as const;

/** General OpenTelemetry attribute names that a span of an LLM service carries. */
export const general = {
  errorType: "error.type",
  serverAddress: "server.address",
  serverPort: "server.port",
  serviceName: "service.name",
  serviceVersion: "service.version",
  serviceInstanceId: "service.instance.id",
  deploymentEnvironmentName: "deployment.environment.name",
  httpRoute: "http.route",
  userId: "user.id",
  sessionId: "session.id",
} as const;

/**
 * Names no convention has yet. `app.*` is what an application says of itself, so any OpenTelemetry SDK may set them.
 */
export const app = {
  /** The endpoint, job or entry point that a span was made for; put once, seen on every span below. */
  endpoint: "app.endpoint",
  tenantId: "app.tenant.id",
  tags: "app.tags",
  /** True when the token counts are an estimate because the provider gave none. */
  usageEstimated: "app.usage.estimated",
  /** Estimated cost of the call in US dollars, as the SDK priced it. */
  costUsd: "app.cost.usd",
  /** True for a call that ended before its stream did: early break, abort, dropped iterator. */
  streamIncomplete: "app.stream.incomplete",
  /** Longest pause between two chunks of a stream, in seconds. */
  streamMaxGap: "app.stream.max_gap",
  streamChunkCount: "app.stream.chunk_count",
  /** Number of the attempt, from 1, on the child spans of a retried call. */
  attempt: "app.attempt",
} as const;
