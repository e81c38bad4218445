import { app, genAi, genAiLatest, general, openAi } from "@spanlight/conventions";
import type { CallRecord, TokenUsage } from "../call-record.ts";
import type { Config } from "../config.ts";
import { readContextAttributes } from "../context/call-context.ts";
import type { Privacy } from "../privacy/privacy.ts";
import { putAttributes, type AttributeTarget } from "../tracing/attribute-target.ts";

export interface AttributeOptions {
  readonly latestConventions: Config["latestConventions"];
  /** The cost of the call in US dollars; null when its model has no price. */
  readonly costUsd: number | null;
  readonly privacy: Privacy;
}

/** What a sampler sees when the span is made: who is served, operation, provider, model, server. */
export function putBeginning(target: AttributeTarget, record: CallRecord): void {
  putContext(target, record);
  target.put(genAi.operationName, record.operation);
  target.put(genAi.providerName, record.provider);
  if (record.requestModel !== "") target.put(genAi.requestModel, record.requestModel);
  if (record.serverAddress !== "") target.put(general.serverAddress, record.serverAddress);
  if (record.serverPort !== undefined) target.put(general.serverPort, record.serverPort);
}

/** What the application put around the call; a conversation that the request itself names goes before it. */
function putContext(target: AttributeTarget, record: CallRecord): void {
  const attributes = readContextAttributes(record.parentContext);
  for (const name in attributes) {
    const value = attributes[name];
    if (
      value === undefined ||
      (name === genAi.conversationId && record.settings.conversationId !== undefined)
    )
      continue;
    target.put(name, value);
  }
}

/** Everything a finished call tells, except what was said in it. */
export function putEnd(target: AttributeTarget, record: CallRecord, options: AttributeOptions): void {
  putSettings(target, record, options);
  putResponse(target, record);
  if (record.usage !== undefined) putUsage(target, record.usage, options);
  if (record.usageEstimated) target.put(app.usageEstimated, true);
  if (options.costUsd !== null) target.put(app.costUsd, options.costUsd);
  if (record.stepNumber > 0) target.put(app.stepNumber, record.stepNumber);
  if (record.stream) putStream(target, record);
  if (record.error !== undefined) {
    target.put(general.errorType, record.error.type);
    if (record.error.code !== undefined) target.put(app.errorCode, record.error.code);
  }
  putAttributes(target, record.attributes);
}

function putSettings(target: AttributeTarget, record: CallRecord, options: AttributeOptions): void {
  const { settings } = record;
  put(target, genAi.requestMaxTokens, settings.maxTokens);
  put(target, genAi.requestTemperature, settings.temperature);
  put(target, genAi.requestTopP, settings.topP);
  put(target, genAi.requestTopK, settings.topK);
  put(target, genAi.requestFrequencyPenalty, settings.frequencyPenalty);
  put(target, genAi.requestPresencePenalty, settings.presencePenalty);
  put(target, genAi.requestSeed, settings.seed);
  if (settings.choiceCount !== 1) put(target, genAi.requestChoiceCount, settings.choiceCount);
  putList(target, genAi.requestStopSequences, settings.stopSequences?.map(options.privacy.cleanText));
  putList(target, genAi.requestEncodingFormats, settings.encodingFormats);
  put(target, genAi.embeddingsDimensionCount, settings.dimensionCount);
  put(target, genAi.outputType, settings.outputType);
  put(target, openAi.requestServiceTier, settings.serviceTier);
  put(target, genAi.conversationId, settings.conversationId);
  if (options.latestConventions !== "off") {
    put(target, genAiLatest.requestReasoningLevel, settings.reasoningLevel);
    put(target, genAiLatest.requestPreviousResponseId, settings.previousResponseId);
  }
}

function putResponse(target: AttributeTarget, record: CallRecord): void {
  put(target, genAi.responseId, record.responseId);
  put(target, genAi.responseModel, record.responseModel);
  putList(target, genAi.responseFinishReasons, record.finishReasons);
}

function putUsage(target: AttributeTarget, usage: TokenUsage, options: AttributeOptions): void {
  target.put(genAi.usageInputTokens, usage.inputTokens);
  target.put(genAi.usageOutputTokens, usage.outputTokens);
  put(target, genAi.usageCacheReadInputTokens, usage.cacheReadTokens);
  if (options.latestConventions !== "only")
    put(target, genAi.usageCacheCreationInputTokens, usage.cacheWriteTokens);
  if (options.latestConventions !== "off")
    put(target, genAiLatest.usageCacheWriteInputTokens, usage.cacheWriteTokens);
  put(target, genAi.usageReasoningOutputTokens, usage.reasoningTokens);
  putPositive(target, genAiLatest.usageAudioInputTokens, usage.audioInputTokens);
  putPositive(target, genAiLatest.usageAudioOutputTokens, usage.audioOutputTokens);
}

/** Past this pause between two chunks a stream counts as stalled. */
const stallMs = 10_000;

function putStream(target: AttributeTarget, record: CallRecord): void {
  target.put(genAi.requestStream, true);
  const timeToFirstChunkMs = record.timeToFirstChunkMs;
  if (timeToFirstChunkMs !== undefined) target.put(genAi.responseTimeToFirstChunk, timeToFirstChunkMs / 1000);
  if (record.streamEnd === undefined) return;
  target.put(app.streamEnd, record.streamEnd);
  target.put(app.streamChunkCount, record.chunkCount);
  if (record.chunkCount > 1) target.put(app.streamMaxGap, record.maxGapMs / 1000);
  if (record.maxGapMs > stallMs) target.put(app.streamStalled, true);
  if (record.streamEnd !== "completed") target.put(app.streamIncomplete, true);
}

function put(target: AttributeTarget, name: string, value: string | number | undefined): void {
  if (value !== undefined) target.put(name, value);
}

function putPositive(target: AttributeTarget, name: string, value: number | undefined): void {
  if (value !== undefined && value > 0) target.put(name, value);
}

function putList(target: AttributeTarget, name: string, values: readonly string[] | undefined): void {
  if (values !== undefined && values.length > 0) target.put(name, [...values]);
}

/** The messages of a call as JSON text, as v1.41 wants them on spans. */
export function putContent(target: AttributeTarget, record: CallRecord, privacy: Privacy): void {
  const { content } = record;
  if (content === undefined) return;
  putJson(target, genAi.inputMessages, privacy, record.messages);
  putJson(target, genAi.systemInstructions, privacy, content.readSystem());
  putJson(target, genAi.outputMessages, privacy, record.outputMessages);
  putJson(target, genAi.toolDefinitions, privacy, content.readTools());
}

function putJson(target: AttributeTarget, name: string, privacy: Privacy, value: readonly unknown[]): void {
  if (value.length > 0) target.put(name, privacy.cleanJson(value));
}
