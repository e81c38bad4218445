export type { CallError, CallRecord, RequestSettings, StreamEnd, TokenUsage } from "./call-record.ts";
export type { InitOptions } from "./config.ts";
export { setCallContext, withContext, type CallContext } from "./context/call-context.ts";
export type { Destination, DestinationPreset } from "./destinations/destination.ts";
export type { DestinationStatus } from "./destinations/open-destinations.ts";
export { ConfigurationError, ExportError, type Signal } from "./errors.ts";
export type { ExportCounts } from "./export/otlp-exporter.ts";
export type {
  Finish,
  Hooks,
  Interceptors,
  ObserverEvents,
  StepDecision,
  StepFinish,
  StepStart,
  TerminationReason,
  ToolAmendment,
  ToolCall,
  ToolCallStart,
  ToolDecision,
} from "./hooks/hooks.ts";
export { forceFlush, init, shutdown, type Spanlight } from "./init.ts";
export type { InputMessage, MessagePart, OutputMessage } from "./message.ts";
export type { MetricLabel } from "./metrics/context-labels.ts";
export {
  agent,
  chain,
  embedding,
  guard,
  retrieval,
  type AgentOptions,
  type EmbeddingOptions,
  type RetrievalOptions,
} from "./manual/kinds.ts";
export { runLoop, type LoopOptions, type LoopResult, type LoopStep } from "./manual/run-loop.ts";
export { score, type Score, type ScoredTrace, type ScoreOptions } from "./manual/score.ts";
export { tool, type ToolOptions } from "./manual/tool.ts";
export { observe, startSpan, trace, type ObservedKind, type ObserveOptions } from "./manual/trace.ts";
export { logContext, type CallLogger } from "./observers/call-log.ts";
export { aiMiddleware } from "./sources/ai-sdk/ai-middleware.ts";
export { LangChainHandler } from "./sources/langchain/langchain-handler.ts";
export { langchainMiddleware } from "./sources/langchain/langchain-middleware.ts";
export { OpenAIAgentsProcessor } from "./sources/openai-agents/agents-processor.ts";
export { wrap } from "./wrap.ts";
