import type { Attributes } from "@opentelemetry/api";
import { app, genAi, genAiLatest, general, openAi } from "@spanlight/conventions";
import type { CallRecord, TokenUsage } from "../call-record.ts";
import type { Config } from "../config.ts";
import { readContextAttributes } from "../context/call-context.ts";
import type { Privacy } from "../privacy/privacy.ts";

export interface AttributeOptions {
  readonly latestConventions: Config["latestConventions"];
  /** The cost of the call in US dollars; null when its model has no price. */
  readonly costUsd: number | null;
}

/** What a sampler sees when the span is made: operation, provider, model, server. */
export function startAttributes(record: CallRecord): Attributes {
  const attributes: Attributes = { ...readContextAttributes(record.parentContext) };
  attributes[genAi.operationName] = record.operation;
  attributes[genAi.providerName] = record.provider;
  if (record.requestModel !== "") attributes[genAi.requestModel] = record.requestModel;
  if (record.serverAddress !== "") attributes[general.serverAddress] = record.serverAddress;
  if (record.serverPort !== undefined) attributes[general.serverPort] = record.serverPort;
  return attributes;
}

/** Everything a finished call tells, except what was said in it. Added to `attributes`. */
export function addEndAttributes(
  attributes: Attributes,
  record: CallRecord,
  options: AttributeOptions,
): Attributes {
  addSettings(attributes, record, options);
  addResponse(attributes, record);
  if (record.usage !== undefined) addUsage(attributes, record.usage, options);
  if (record.usageEstimated) attributes[app.usageEstimated] = true;
  if (options.costUsd !== null) attributes[app.costUsd] = options.costUsd;
  if (record.stepNumber > 0) attributes[app.stepNumber] = record.stepNumber;
  if (record.stream) addStream(attributes, record);
  if (record.error !== undefined) {
    attributes[general.errorType] = record.error.type;
    if (record.error.code !== undefined) attributes[app.errorCode] = record.error.code;
  }
  return Object.assign(attributes, record.attributes);
}

function addSettings(attributes: Attributes, record: CallRecord, options: AttributeOptions): void {
  const { settings } = record;
  put(attributes, genAi.requestMaxTokens, settings.maxTokens);
  put(attributes, genAi.requestTemperature, settings.temperature);
  put(attributes, genAi.requestTopP, settings.topP);
  put(attributes, genAi.requestTopK, settings.topK);
  put(attributes, genAi.requestFrequencyPenalty, settings.frequencyPenalty);
  put(attributes, genAi.requestPresencePenalty, settings.presencePenalty);
  put(attributes, genAi.requestSeed, settings.seed);
  if (settings.choiceCount !== 1) put(attributes, genAi.requestChoiceCount, settings.choiceCount);
  putList(attributes, genAi.requestStopSequences, settings.stopSequences);
  putList(attributes, genAi.requestEncodingFormats, settings.encodingFormats);
  put(attributes, genAi.embeddingsDimensionCount, settings.dimensionCount);
  put(attributes, genAi.outputType, settings.outputType);
  put(attributes, openAi.requestServiceTier, settings.serviceTier);
  put(attributes, genAi.conversationId, settings.conversationId);
  if (options.latestConventions !== "off") {
    put(attributes, genAiLatest.requestReasoningLevel, settings.reasoningLevel);
    put(attributes, genAiLatest.requestPreviousResponseId, settings.previousResponseId);
  }
}

function addResponse(attributes: Attributes, record: CallRecord): void {
  put(attributes, genAi.responseId, record.responseId);
  put(attributes, genAi.responseModel, record.responseModel);
  putList(attributes, genAi.responseFinishReasons, record.finishReasons);
}

function addUsage(attributes: Attributes, usage: TokenUsage, options: AttributeOptions): void {
  attributes[genAi.usageInputTokens] = usage.inputTokens;
  attributes[genAi.usageOutputTokens] = usage.outputTokens;
  put(attributes, genAi.usageCacheReadInputTokens, usage.cacheReadTokens);
  if (options.latestConventions !== "only")
    put(attributes, genAi.usageCacheCreationInputTokens, usage.cacheWriteTokens);
  if (options.latestConventions !== "off")
    put(attributes, genAiLatest.usageCacheWriteInputTokens, usage.cacheWriteTokens);
  put(attributes, genAi.usageReasoningOutputTokens, usage.reasoningTokens);
  putPositive(attributes, genAiLatest.usageAudioInputTokens, usage.audioInputTokens);
  putPositive(attributes, genAiLatest.usageAudioOutputTokens, usage.audioOutputTokens);
}

/** Past this pause between two chunks a stream counts as stalled. */
const stallMs = 10_000;

function addStream(attributes: Attributes, record: CallRecord): void {
  attributes[genAi.requestStream] = true;
  const timeToFirstChunkMs = record.timeToFirstChunkMs;
  if (timeToFirstChunkMs !== undefined)
    attributes[genAi.responseTimeToFirstChunk] = timeToFirstChunkMs / 1000;
  if (record.streamEnd === undefined) return;
  attributes[app.streamEnd] = record.streamEnd;
  attributes[app.streamChunkCount] = record.chunkCount;
  if (record.chunkCount > 1) attributes[app.streamMaxGap] = record.maxGapMs / 1000;
  if (record.maxGapMs > stallMs) attributes[app.streamStalled] = true;
  if (record.streamEnd !== "completed") attributes[app.streamIncomplete] = true;
}

function put(attributes: Attributes, name: string, value: string | number | undefined): void {
  if (value !== undefined) attributes[name] = value;
}

function putPositive(attributes: Attributes, name: string, value: number | undefined): void {
  if (value !== undefined && value > 0) attributes[name] = value;
}

function putList(attributes: Attributes, name: string, values: readonly string[] | undefined): void {
  if (values !== undefined && values.length > 0) attributes[name] = [...values];
}

/** The messages of a call as JSON text, as v1.41 wants them on spans. Added to `attributes`. */
export function addContent(attributes: Attributes, record: CallRecord, privacy: Privacy): void {
  const { content } = record;
  if (content === undefined) return;
  const toJson = (value: readonly unknown[]): string | undefined =>
    value.length === 0 ? undefined : privacy.cleanJson(value);
  addJson(attributes, genAi.inputMessages, toJson(record.messages));
  addJson(attributes, genAi.systemInstructions, toJson(content.readSystem()));
  addJson(attributes, genAi.outputMessages, toJson(record.outputMessages));
  addJson(attributes, genAi.toolDefinitions, toJson(content.readTools()));
}

function addJson(attributes: Attributes, name: string, json: string | undefined): void {
  if (json !== undefined) attributes[name] = json;
}
