import type { Context } from "@opentelemetry/api";
import { operations } from "@spanlight/conventions";
import type { CallRecord, RequestSettings, TokenUsage } from "../../call-record.ts";
import type { Runtime } from "../../runtime.ts";
import { countCharacters, estimateUsage } from "../estimate-usage.ts";
import { beginCall } from "../model-call.ts";
import { fieldsOf, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { finishReasonOf, LangChainContent } from "./langchain-content.ts";

/** Conventions' names for `ls_provider`; others are their own. */
const providers: Readonly<Record<string, string>> = {
  google: "gcp.gemini",
  google_genai: "gcp.gemini",
  google_vertexai: "gcp.vertex_ai",
  amazon_bedrock: "aws.bedrock",
  bedrock: "aws.bedrock",
  azure: "azure.ai.openai",
  mistral: "mistral_ai",
  mistralai: "mistral_ai",
  xai: "x_ai",
  ibm: "ibm.watsonx.ai",
};

/** What LangChain tells of a model call that begins. */
export interface ModelStart {
  readonly operation: "chat" | "text_completion";
  readonly messages: readonly unknown[];
  readonly extra: Fields;
  readonly metadata: Fields;
  readonly serialized: Fields;
}

/** Opens the record of a model call; undefined where somebody above records it. */
export function beginModelCall(runtime: Runtime, parent: Context, start: ModelStart): CallRecord | undefined {
  const { extra, metadata, messages } = start;
  const params = fieldsOf(extra["invocation_params"]);
  const options = fieldsOf(extra["options"]);
  const record = beginCall(runtime, parent, {
    operation: operations[start.operation === "chat" ? "chat" : "textCompletion"],
    provider: providerOf(start),
    requestModel: firstText(metadata["ls_model_name"], params["model"], params["modelName"]) ?? "",
    serverAddress: "",
    serverPort: undefined,
  });
  if (record === undefined) return undefined;
  const tools = listOf(params["tools"] ?? options["tools"]);
  record.toolCount = tools.length;
  record.content = new LangChainContent([...messages], tools);
  record.settings = readSettings(params, metadata, options);
  runtime.hooks.emit("onRequest", record);
  return record;
}

function readSettings(params: Fields, metadata: Fields, options: Fields): RequestSettings {
  const stop = metadata["ls_stop"] ?? params["stop"] ?? options["stop"];
  const limits = [metadata["ls_max_tokens"], params["max_completion_tokens"], params["max_tokens"]];
  return {
    maxTokens: firstNumber(...limits, params["maxOutputTokens"]),
    temperature: firstNumber(metadata["ls_temperature"], params["temperature"]),
    topP: firstNumber(params["top_p"], params["topP"]),
    topK: firstNumber(params["top_k"], params["topK"]),
    frequencyPenalty: numberOf(params["frequency_penalty"]),
    presencePenalty: numberOf(params["presence_penalty"]),
    seed: numberOf(params["seed"]),
    stopSequences: listOf(stop).filter((item) => typeof item === "string"),
  };
}

function firstNumber(...values: readonly unknown[]): number | undefined {
  return values.map(numberOf).find((value) => value !== undefined);
}

function firstText(...values: readonly unknown[]): string | undefined {
  return values.map(textOf).find((value) => value !== undefined);
}

function providerOf({ metadata, serialized }: ModelStart): string {
  const name = textOf(metadata["ls_provider"])?.toLowerCase();
  if (name !== undefined && name !== "") return providers[name] ?? name;
  // Models of older versions tell only the folder of their class.
  const id = listOf(serialized["id"]);
  return textOf(id.at(-2)) ?? "langchain";
}

/** Fills the record from what LangChain gives when a call has ended. */
export function readModelEnd(record: CallRecord, result: Fields): void {
  const generations = listOf(result["generations"]).flatMap(listOf).map(fieldsOf);
  const [first] = generations;
  const message = fieldsOf(first?.["message"]);
  const metadata = fieldsOf(message["response_metadata"]);
  record.finishReasons = generations.flatMap((generation) => finishReasonOf(generation) ?? []);
  record.responseModel =
    textOf(metadata["model_name"]) ??
    textOf(metadata["model"]) ??
    textOf(fieldsOf(result["llmOutput"])["model"]);
  const id = textOf(metadata["id"]) ?? textOf(message["id"]);
  if (id !== undefined && !id.startsWith("run-")) record.responseId = id;
  record.usage = readUsage(message, fieldsOf(result["llmOutput"]));
  if (record.content instanceof LangChainContent) record.content.output = generations;
}

function readUsage(message: Fields, llmOutput: Fields): TokenUsage | undefined {
  const usage = fieldsOf(message["usage_metadata"]);
  const inputTokens = numberOf(usage["input_tokens"]);
  if (inputTokens === undefined) return readOldUsage(fieldsOf(llmOutput["tokenUsage"]));
  const input = fieldsOf(usage["input_token_details"]);
  const output = fieldsOf(usage["output_token_details"]);
  return {
    inputTokens,
    outputTokens: numberOf(usage["output_tokens"]) ?? 0,
    cacheReadTokens: numberOf(input["cache_read"]),
    cacheWriteTokens: numberOf(input["cache_creation"]),
    reasoningTokens: numberOf(output["reasoning"]),
    audioInputTokens: numberOf(input["audio"]),
    audioOutputTokens: numberOf(output["audio"]),
  };
}

function readOldUsage(usage: Fields): TokenUsage | undefined {
  const inputTokens = numberOf(usage["promptTokens"]);
  if (inputTokens === undefined) return undefined;
  return {
    inputTokens,
    outputTokens: numberOf(usage["completionTokens"]) ?? 0,
    cacheReadTokens: undefined,
    cacheWriteTokens: undefined,
    reasoningTokens: undefined,
  };
}

/** Estimates what a call that was streamed or cut short does not tell. */
export function estimateMissing(record: CallRecord, outputCharacters: number): void {
  if (record.usage === undefined) estimateUsage(record, countCharacters(record.messages), outputCharacters);
}
