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
  /** The request the application was serving, by the id it gave it. */
  requestId: "app.request.id",
  tags: "app.tags",
  /** Name for the whole trace, where that of its root span will not do. */
  traceName: "app.trace.name",
  /** True when the token counts are an estimate because the provider gave none. */
  usageEstimated: "app.usage.estimated",
  /** Estimated cost of the call in US dollars, as the SDK priced it. */
  costUsd: "app.cost.usd",
  /** True for a call that ended before its stream did: early break, abort, dropped iterator. */
  streamIncomplete: "app.stream.incomplete",
  /** Longest pause between two chunks of a stream, in seconds. */
  streamMaxGap: "app.stream.max_gap",
  streamChunkCount: "app.stream.chunk_count",
  /** How the stream ended: `completed`, `break`, `abort`, `error` or `dropped` (nobody read it to its end). */
  streamEnd: "app.stream.end",
  /** True when the longest pause between two chunks passed the stall limit. */
  streamStalled: "app.stream.stalled",
  /** What a span of the application is: `chain`, `guard` or `step`; the conventions name the other kinds. */
  spanKind: "app.span.kind",
  /** Relevance of the documents a retrieval returned, and how many there were. */
  retrievalDocumentCount: "app.retrieval.document_count",
  /** The answer of a guard: `pass`, `fail`. */
  guardResult: "app.guard.result",
  /** True on a tool call that a hook skipped, gave another input, or whose output it changed. */
  toolSkipped: "app.tool.skipped",
  toolInputOverridden: "app.tool.input_overridden",
  toolOutputModified: "app.tool.output_modified",
  /** The interceptors that did not answer within their deadline, on the tool call or loop that went on without them. */
  hookDeadlineExceeded: "app.hook.deadline_exceeded",
  /** On an agent's loop: its steps, why it ended (`natural`, `max_steps`, `hook_stopped`), and where a hook stopped it. */
  loopSteps: "app.loop.steps",
  loopTerminationReason: "app.loop.termination_reason",
  loopStoppedAtStep: "app.loop.stopped_at_step",
  /** Number of a step, from 1, and how many messages a hook put in before it. */
  stepNumber: "app.step.number",
  stepInjectedMessages: "app.step.injected_messages",
  /** The error code the provider gave beside its status (`insufficient_quota`). */
  errorCode: "app.error.code",
  /** SHA-256 of the request's messages, first 16 hex digits: the same prompt has the same hash. */
  promptHash: "app.prompt.hash",
  /** Dimensions an application adds: `app.metadata.<key>`. */
  metadata: "app.metadata",
  release: "app.release",
  /** Number of the attempt, from 1, on the child spans of a retried call. */
  attempt: "app.attempt",
} as const;

/** Attributes of OpenAI and of the services that speak its API. */
export const openAi = {
  apiType: "openai.api.type",
  requestServiceTier: "openai.request.service_tier",
  responseServiceTier: "openai.response.service_tier",
  responseSystemFingerprint: "openai.response.system_fingerprint",
} as const;

/**
 * Names that changed after v1.41, in the conventions' own repository. Written with
 * `OTEL_SEMCONV_STABILITY_OPT_IN=gen_ai_latest_experimental`.
 */
export const genAiLatest = {
  usageCacheWriteInputTokens: "gen_ai.usage.cache_write.input_tokens",
  usageAudioInputTokens: "gen_ai.usage.audio.input_tokens",
  usageAudioOutputTokens: "gen_ai.usage.audio.output_tokens",
  requestReasoningLevel: "gen_ai.request.reasoning.level",
  requestPreviousResponseId: "gen_ai.request.previous_response.id",
} as const;

/** Name of the event that carries a score. Its trace and span are those of what was judged. */
export const evaluationResultEvent = "gen_ai.evaluation.result";

/** The conventions' event of a model call with its content, for those who keep content off their spans. */
export const operationDetailsEvent = "gen_ai.client.inference.operation.details";

/** Values of `gen_ai.operation.name`. */
export const operations = {
  chat: "chat",
  textCompletion: "text_completion",
  generateContent: "generate_content",
  embeddings: "embeddings",
  executeTool: "execute_tool",
  createAgent: "create_agent",
  invokeAgent: "invoke_agent",
  invokeWorkflow: "invoke_workflow",
  retrieval: "retrieval",
} as const;

/** A value of `gen_ai.operation.name`. */
export type Operation = (typeof operations)[keyof typeof operations];
