import type { Attributes, Context, Span, SpanContext } from "@opentelemetry/api";
import type { Operation } from "@spanlight/conventions";
import type { InputMessage, MessagePart, OutputMessage } from "./message.ts";

/** Tokens of one call. Input includes cached tokens, output includes reasoning tokens, as the conventions have it. */
export interface TokenUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly cacheReadTokens: number | undefined;
  readonly cacheWriteTokens: number | undefined;
  readonly reasoningTokens: number | undefined;
  readonly audioInputTokens?: number | undefined;
  readonly audioOutputTokens?: number | undefined;
}

/** The settings of a request that a span tells. */
export interface RequestSettings {
  readonly maxTokens?: number | undefined;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly topK?: number | undefined;
  readonly frequencyPenalty?: number | undefined;
  readonly presencePenalty?: number | undefined;
  readonly seed?: number | undefined;
  readonly choiceCount?: number | undefined;
  readonly stopSequences?: readonly string[] | undefined;
  readonly outputType?: string | undefined;
  readonly encodingFormats?: readonly string[] | undefined;
  readonly dimensionCount?: number | undefined;
  readonly serviceTier?: string | undefined;
  readonly reasoningLevel?: string | undefined;
  readonly conversationId?: string | undefined;
  readonly previousResponseId?: string | undefined;
}

/** Why a call failed. `type` is the HTTP status, `timeout`, or the error's class name. */
export interface CallError {
  readonly type: string;
  readonly message: string;
  readonly code: string | undefined;
}

/** How a stream ended. `dropped`: nobody read it to its end. */
export type StreamEnd = "completed" | "break" | "abort" | "error" | "dropped";

/** Turns what a client library sent and got into messages; called only when somebody wants them, and after the call. */
export interface ContentReader {
  readInput(): readonly InputMessage[];
  readSystem(): readonly MessagePart[];
  readOutput(): readonly OutputMessage[];
  readTools(): readonly unknown[];
}

/** What a source knows when a call begins. */
export interface CallBeginning {
  readonly operation: Operation;
  readonly provider: string;
  readonly requestModel: string;
  readonly serverAddress: string;
  readonly serverPort: number | undefined;
  /** False where the application said of this call that its content is not to be recorded. */
  readonly recordsContent?: boolean;
}

/** When and where a call began. */
export interface CallPlace {
  readonly parentContext: Context;
  readonly startMs: number;
  readonly captureContent: boolean;
}

/**
 * One call of a model, from its start to its end: plain fields that a source fills in and observers read.
 * Times are readings of the SDK's monotonic clock in milliseconds.
 */
export class CallRecord {
  readonly operation: Operation;
  provider: string;
  requestModel: string;
  serverAddress: string;
  serverPort: number | undefined;
  /** The context the call was made in: whose span is the parent, and what stands in it. */
  readonly parentContext: Context;
  readonly startMs: number;
  /** Whether messages may leave the process with this call. */
  readonly captureContent: boolean;
  endMs = 0;
  stream = false;
  settings: RequestSettings = {};
  /** How many tools the request offered. */
  toolCount = 0;
  /** Number of the step in its loop, from 1; 0 outside a loop. */
  stepNumber = 0;
  responseId: string | undefined = undefined;
  responseModel: string | undefined = undefined;
  finishReasons: readonly string[] = [];
  usage: TokenUsage | undefined = undefined;
  /** True when the token counts are an estimate because the provider gave none. */
  usageEstimated = false;
  error: CallError | undefined = undefined;
  firstChunkMs: number | undefined = undefined;
  maxGapMs = 0;
  chunkCount = 0;
  streamEnd: StreamEnd | undefined = undefined;
  content: ContentReader | undefined = undefined;
  /** Attributes only this source has (`openai.*`). */
  attributes: Attributes = {};
  /** The span that is active during the call, where `activateLeaf` asks for one. */
  liveSpan: Span | undefined = undefined;
  /** The span by which a framework tells this call itself: no other is made of the record. */
  toldBy: SpanContext | undefined = undefined;
  /** The ids of the span this call became; undefined until then, and where it was sampled out. */
  spanContext: SpanContext | undefined = undefined;
  private input: readonly InputMessage[] | undefined = undefined;
  private output: readonly OutputMessage[] | undefined = undefined;

  constructor(beginning: CallBeginning, place: CallPlace) {
    this.operation = beginning.operation;
    this.provider = beginning.provider;
    this.requestModel = beginning.requestModel;
    this.serverAddress = beginning.serverAddress;
    this.serverPort = beginning.serverPort;
    this.parentContext = place.parentContext;
    this.startMs = place.startMs;
    this.captureContent = place.captureContent;
  }

  /** The model that answered, or the one that was asked for. */
  get model(): string {
    return this.responseModel ?? this.requestModel;
  }

  /** What was sent, in the conventions' form. */
  get messages(): readonly InputMessage[] {
    this.input ??= this.content?.readInput() ?? [];
    return this.input;
  }

  /** What came back, in the conventions' form. */
  get outputMessages(): readonly OutputMessage[] {
    this.output ??= this.content?.readOutput() ?? [];
    return this.output;
  }

  /** From the call to its end, or to the end of its stream. */
  get latencyMs(): number {
    return this.endMs - this.startMs;
  }

  /** From the call to the first chunk that carried output; undefined when nothing was streamed. */
  get timeToFirstChunkMs(): number | undefined {
    return this.firstChunkMs === undefined ? undefined : this.firstChunkMs - this.startMs;
  }

  get finishReason(): string | undefined {
    return this.finishReasons[0];
  }
}
