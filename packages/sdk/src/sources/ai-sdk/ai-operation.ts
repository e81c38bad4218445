import {
  context,
  createContextKey,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from "@opentelemetry/api";
import { app, genAi, general, operations } from "@spanlight/conventions";
import type { CallRecord, TokenUsage } from "../../call-record.ts";
import { placeOf } from "../../context/place-of.ts";
import type { TerminationReason, ToolCall } from "../../hooks/hooks.ts";
import { currentRuntime, tracerOf, type Runtime } from "../../runtime.ts";
import { describeError } from "../describe-error.ts";
import { beginCall, endCall } from "../model-call.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { AiContent } from "./ai-content.ts";
import { aiProviderOf } from "./ai-provider.ts";

/** An operation of the AI SDK (`generateText`, `embed`…) on its way, from its start to its end. */
export interface Operation {
  readonly span: Span;
  /** Where the children of its span begin. */
  readonly inside: Context;
  readonly startMs: number;
  readonly calls: Map<string, CallRecord>;
  call: CallRecord | undefined;
  steps: number;
  /** Tokens of the model calls that have ended. */
  inputTokens: number;
  outputTokens: number;
  /** The tools of the running step. */
  toolCalls: ToolCall[];
  /** True once a hook has stopped the loop. */
  isStopped: boolean;
}

const operationKey = createContextKey("spanlight.ai_operation");

/** The operation around a context; undefined outside of one. */
export function readOperation(active: Context): Operation | undefined {
  return active.getValue(operationKey) as Operation | undefined;
}

/** Opens the span of an operation, in the context it was called in. */
export function beginOperation(runtime: Runtime, event: Fields): Operation {
  const operationId = textOf(event["operationId"]) ?? "ai";
  const name = textOf(event["functionId"]) ?? operationId.replace(/^ai\./, "");
  const active = placeOf(context.active());
  const attributes: Attributes = {
    [genAi.operationName]: operations.invokeAgent,
    [genAi.agentName]: name,
    [genAi.providerName]: aiProviderOf(textOf(event["provider"]) ?? ""),
  };
  const span = tracerOf().startSpan(`${operations.invokeAgent} ${name}`, { attributes }, active);
  const operation = {
    span,
    inside: trace.setSpan(active, span),
    startMs: runtime.clock.now(),
    calls: new Map<string, CallRecord>(),
    call: undefined,
    steps: 0,
    inputTokens: 0,
    outputTokens: 0,
    toolCalls: [],
    isStopped: false,
  };
  operation.inside = operation.inside.setValue(operationKey, operation);
  return operation;
}

/** Opens the record of a model call; undefined where the call is recorded already. */
export function beginModelCall(
  runtime: Runtime,
  operation: Operation,
  event: Fields,
): CallRecord | undefined {
  const call = beginCall(runtime, operation.inside, {
    operation: operations.chat,
    provider: aiProviderOf(textOf(event["provider"]) ?? ""),
    requestModel: textOf(event["modelId"]) ?? "",
    serverAddress: "",
    serverPort: undefined,
    recordsContent: event["recordInputs"] !== false && event["recordOutputs"] !== false,
  });
  if (call === undefined) return undefined;
  call.content = new AiContent(event);
  call.toolCount = listOf(event["tools"]).length;
  call.stepNumber = operation.steps + 1;
  call.settings = {
    maxTokens: numberOf(event["maxOutputTokens"]),
    temperature: numberOf(event["temperature"]),
    topP: numberOf(event["topP"]),
    topK: numberOf(event["topK"]),
    frequencyPenalty: numberOf(event["frequencyPenalty"]),
    presencePenalty: numberOf(event["presencePenalty"]),
    seed: numberOf(event["seed"]),
    stopSequences: listOf(event["stopSequences"]) as readonly string[],
  };
  runtime.hooks.emit("onRequest", call);
  return call;
}

/** Fills and closes the record of a model call, streamed or not. */
export function endModelCall(runtime: Runtime, call: CallRecord, event: Fields): void {
  const performance = fieldsOf(event["performance"]);
  const finishReason = textOf(event["finishReason"]) ?? "";
  call.responseId = textOf(event["responseId"]);
  call.responseModel = textOf(event["modelId"]);
  call.finishReasons = finishReason === "" ? [] : [finishReason];
  call.usage = readUsage(fieldsOf(event["usage"]));
  if (call.content instanceof AiContent) {
    call.content.output = listOf(event["content"]);
    call.content.finishReason = finishReason;
  }
  const toFirstMs = numberOf(performance["timeToFirstOutputMs"]);
  if (toFirstMs !== undefined) {
    call.stream = true;
    call.streamEnd = "completed";
    call.firstChunkMs = call.startMs + toFirstMs;
    call.maxGapMs = numberOf(fieldsOf(performance["timeBetweenOutputChunksMs"])["max"]) ?? 0;
  }
  endCall(runtime, call);
}

function readUsage(usage: Fields): TokenUsage | undefined {
  const inputTokens = numberOf(usage["inputTokens"]);
  const outputTokens = numberOf(usage["outputTokens"]);
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const input = fieldsOf(usage["inputTokenDetails"]);
  return {
    inputTokens: inputTokens ?? 0,
    outputTokens: outputTokens ?? 0,
    cacheReadTokens: numberOf(input["cacheReadTokens"]),
    cacheWriteTokens: numberOf(input["cacheWriteTokens"]),
    reasoningTokens: numberOf(fieldsOf(usage["outputTokenDetails"])["reasoningTokens"]),
  };
}

/** Opens the record of one request for embeddings. */
export function beginEmbedding(runtime: Runtime, operation: Operation, event: Fields): void {
  const call = beginCall(runtime, operation.inside, {
    operation: operations.embeddings,
    provider: aiProviderOf(textOf(event["provider"]) ?? ""),
    requestModel: textOf(event["modelId"]) ?? "",
    serverAddress: "",
    serverPort: undefined,
  });
  if (call !== undefined) operation.calls.set(textOf(event["embedCallId"]) ?? "", call);
}

/** Closes the record of one request for embeddings. */
export function endEmbedding(runtime: Runtime, operation: Operation, event: Fields): void {
  const call = operation.calls.get(textOf(event["embedCallId"]) ?? "");
  if (call === undefined) return;
  const tokens = numberOf(fieldsOf(event["usage"])["tokens"]);
  if (tokens !== undefined) call.usage = { ...noUsage, inputTokens: tokens };
  endCall(runtime, call);
}

const noUsage: TokenUsage = {
  inputTokens: 0,
  outputTokens: 0,
  cacheReadTokens: undefined,
  cacheWriteTokens: undefined,
  reasoningTokens: undefined,
};

/** Counts a step and tells the hooks. */
export function endStep(runtime: Runtime, operation: Operation, event: Fields): void {
  operation.steps++;
  const { toolCalls, call } = operation;
  operation.toolCalls = [];
  operation.inputTokens += call?.usage?.inputTokens ?? 0;
  operation.outputTokens += call?.usage?.outputTokens ?? 0;
  runtime.hooks.emit("onStepFinish", {
    stepNumber: operation.steps,
    call,
    toolCalls,
    finishReason: textOf(event["finishReason"]),
    latencyMs: numberOf(fieldsOf(event["performance"])["stepTimeMs"]) ?? 0,
  });
}

/** Ends the calls that never came to their own end. */
export function abandon(runtime: Runtime, operation: Operation, how: "abort" | "error"): void {
  const open = [operation.call, ...operation.calls.values()].filter((call) => call !== undefined);
  for (const call of open) {
    if (call.endMs !== 0) continue;
    call.stream = true;
    call.streamEnd = how;
    endCall(runtime, call);
  }
}

/** Marks the span of an operation as failed. */
export function failOperation(operation: Operation, error: unknown): void {
  const { type, message } = describeError(error);
  operation.span.setAttribute(general.errorType, type);
  operation.span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Tells the hooks, and the operation's span, that it is over. */
export function finishLoop(runtime: Runtime, operation: Operation, error: unknown): void {
  const { span, steps, inputTokens, outputTokens } = operation;
  const terminationReason = reasonOf(operation);
  if (steps > 0) {
    span.setAttribute(app.loopSteps, steps);
    span.setAttribute(app.loopTerminationReason, terminationReason);
  }
  const latencyMs = runtime.clock.now() - operation.startMs;
  runtime.hooks.emit("onFinish", { steps, terminationReason, inputTokens, outputTokens, latencyMs, error });
}

function reasonOf({ isStopped, call }: Operation): TerminationReason {
  if (isStopped) return "hook_stopped";
  return call?.finishReason === "tool-calls" ? "max_steps" : "natural";
}

/** Runs a tool of the loop where its span belongs; the tool itself, which is watched, makes it. */
export function executeTool(
  operation: Operation | undefined,
  options: Fields & { readonly execute: () => PromiseLike<unknown> },
): PromiseLike<unknown> {
  if (operation === undefined || currentRuntime() === undefined) return options.execute();
  return context.with(operation.inside, () => options.execute());
}
