import { context } from "@opentelemetry/api";
import { operations, type Operation } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { CallOwner } from "../call-owner.ts";
import { beginCall } from "../model-call.ts";
import { observeIterator } from "../observe-stream.ts";
import { fieldsOf, isObject, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { serverOf } from "../stainless/server-of.ts";
import { GoogleContent } from "./google-content.ts";
import { GoogleStreamReader, readGenerated } from "./read-response.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Method = (this: unknown, params: unknown) => Promise<unknown>;

/** `client.models`, or its prototype: its three internal methods make one request each, whatever loop calls them. */
interface Models {
  generateContentInternal: Method;
  generateContentStreamInternal: Method;
  embedContentInternal: Method;
}

function isModels(value: unknown): value is Models {
  return (
    isObject(value) &&
    typeof value["generateContentInternal"] === "function" &&
    typeof value["generateContentStreamInternal"] === "function"
  );
}

/** The part of a `GoogleGenAI` client that makes model calls; undefined for everything else. */
export function googleModelsOf(value: unknown): Models | undefined {
  const models = fieldsOf(value)["models"];
  if (isModels(models)) return models;
  return isModels(value) ? value : undefined;
}

/** Watches the model calls of a client in place, once. */
export function watchGoogle(models: Models): void {
  if (marker in models.generateContentInternal) return;
  shadow(models, "generateContentInternal", operations.generateContent, (owner, response) => {
    owner.guard(() => readGenerated(owner.record, fieldsOf(response)));
    owner.end();
  });
  shadow(models, "generateContentStreamInternal", operations.generateContent, (owner, stream, params) => {
    owner.record.stream = true;
    if (!isIterator(stream)) return owner.end();
    const signal = fieldsOf(params["config"])["abortSignal"];
    const reader = new GoogleStreamReader(owner.record);
    observeIterator(stream, owner, reader, signal instanceof AbortSignal ? signal : undefined);
  });
  if (typeof models.embedContentInternal === "function")
    shadow(models, "embedContentInternal", operations.embeddings, (owner, response) => {
      owner.guard(() => readEmbeddings(owner.record, fieldsOf(response)));
      owner.end();
    });
}

function isIterator(value: unknown): value is AsyncIterator<unknown, unknown, unknown> {
  return isObject(value) && typeof value["next"] === "function";
}

function shadow(
  models: Models,
  name: keyof Models,
  operation: Operation,
  onResult: (owner: CallOwner, result: unknown, params: Fields) => void,
): void {
  const original = models[name];
  const watched = function (this: unknown, params: unknown): Promise<unknown> {
    const runtime = currentRuntime();
    const owner = runtime === undefined ? undefined : begin(runtime, operation, this, fieldsOf(params));
    const result = original.call(this, params);
    if (owner === undefined) return result;
    return result.then(
      (value) => {
        owner.guard(() => onResult(owner, value, fieldsOf(params)));
        return value;
      },
      (error: unknown) => {
        owner.fail(error);
        throw error;
      },
    );
  };
  Object.defineProperty(watched, marker, { value: true });
  Object.defineProperty(models, name, {
    value: watched,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

function begin(
  runtime: Runtime,
  operation: Operation,
  models: unknown,
  params: Fields,
): CallOwner | undefined {
  try {
    const apiClient = fieldsOf(fieldsOf(models)["apiClient"]);
    const server = serverOf(baseUrlOf(apiClient));
    const record = beginCall(runtime, context.active(), {
      operation,
      provider: isVertex(apiClient) ? "gcp.vertex_ai" : "gcp.gemini",
      requestModel: (textOf(params["model"]) ?? "").split("/").at(-1) ?? "",
      serverAddress: server.address,
      serverPort: server.port,
    });
    if (record === undefined) return undefined;
    readRequest(record, params);
    runtime.hooks.emit("onRequest", record);
    return new CallOwner(runtime, record, "google");
  } catch (error) {
    runtime.onFailure(error, "google");
    return undefined;
  }
}

function isVertex(apiClient: Fields): boolean {
  const ask = apiClient["isVertexAI"];
  return typeof ask === "function" && ask.call(apiClient) === true;
}

function baseUrlOf(apiClient: Fields): unknown {
  return fieldsOf(fieldsOf(apiClient["clientOptions"])["httpOptions"])["baseUrl"];
}

function readRequest(record: CallRecord, params: Fields): void {
  const config = fieldsOf(params["config"]);
  record.content = new GoogleContent(params["contents"], config);
  record.toolCount = listOf(config["tools"]).flatMap(
    (tool) => listOf(fieldsOf(tool)["functionDeclarations"]) as unknown[],
  ).length;
  record.settings = {
    maxTokens: numberOf(config["maxOutputTokens"]),
    temperature: numberOf(config["temperature"]),
    topP: numberOf(config["topP"]),
    topK: numberOf(config["topK"]),
    frequencyPenalty: numberOf(config["frequencyPenalty"]),
    presencePenalty: numberOf(config["presencePenalty"]),
    seed: numberOf(config["seed"]),
    choiceCount: numberOf(config["candidateCount"]),
    stopSequences: listOf(config["stopSequences"]) as readonly string[],
    outputType: outputTypeOf(config["responseMimeType"]),
    dimensionCount: numberOf(config["outputDimensionality"]),
    reasoningLevel: textOf(fieldsOf(config["thinkingConfig"])["thinkingLevel"]),
  };
}

function outputTypeOf(mimeType: unknown): string | undefined {
  if (typeof mimeType !== "string") return undefined;
  return mimeType.includes("json") ? "json" : "text";
}

function readEmbeddings(record: CallRecord, response: Fields): void {
  const statistics = listOf(response["embeddings"]).map((each) => fieldsOf(fieldsOf(each)["statistics"]));
  const counts = statistics.flatMap(({ tokenCount }) => numberOf(tokenCount) ?? []);
  if (counts.length === 0) return;
  record.usage = {
    inputTokens: counts.reduce((sum, count) => sum + count, 0),
    outputTokens: 0,
    cacheReadTokens: undefined,
    cacheWriteTokens: undefined,
    reasoningTokens: undefined,
  };
}
