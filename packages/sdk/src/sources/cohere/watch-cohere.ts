import { context } from "@opentelemetry/api";
import { operations, type Operation } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { CallOwner } from "../call-owner.ts";
import { beginCall } from "../model-call.ts";
import { observeIterable } from "../observe-stream.ts";
import { fieldsOf, isObject, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { serverOf } from "../stainless/server-of.ts";
import { CohereStreamReader, readAnswer, readEmbeddings } from "./cohere-answers.ts";
import { CohereContent } from "./cohere-content.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Send = (this: unknown, request: unknown, ...rest: unknown[]) => Promise<unknown>;

/** How one method of Cohere's client is read; each makes one request. */
interface Method {
  readonly operation: Operation;
  readonly isStream?: boolean;
  readonly read: (record: CallRecord, answer: Fields) => void;
}

const methods: Readonly<Record<string, Method>> = {
  __chat: { operation: operations.chat, read: readAnswer },
  __chatStream: { operation: operations.chat, isStream: true, read: readAnswer },
  __generate: { operation: operations.textCompletion, read: readAnswer },
  __embed: { operation: operations.embeddings, read: readEmbeddings },
};

export function isCohereClient(value: unknown): value is Fields {
  if (!isObject(value)) return false;
  const client = value["clientV2"] ?? value;
  return (
    isObject(client) && typeof client["__chat"] === "function" && typeof client["__chatStream"] === "function"
  );
}

/** Watches the model calls of a client of either version, or of all clients when given the prototype of their class. */
export function watchCohere(client: Fields): void {
  // The client of version 2 keeps one of each version inside.
  const holders = [client["clientV2"], client["client"], client].filter(
    (holder) => isObject(holder) && typeof holder["__chat"] === "function",
  );
  for (const holder of holders) {
    for (const [name, method] of Object.entries(methods)) shadow(fieldsOf(holder), name, method);
  }
}

function shadow(client: Fields, name: string, method: Method): void {
  const original = client[name] as Send | undefined;
  if (typeof original !== "function" || marker in original) return;
  const watched: Send = function send(request, ...rest) {
    const runtime = currentRuntime();
    const owner = runtime === undefined ? undefined : begin(runtime, method, this, fieldsOf(request));
    const result = original.call(this, request, ...rest);
    if (owner === undefined) return result;
    return result.then(
      (value) => {
        owner.guard(() => observe(owner, method, fieldsOf(value)["data"]));
        return value;
      },
      (error: unknown) => {
        owner.guard(() => readStatus(owner.record, error));
        owner.fail(error);
        throw error;
      },
    );
  };
  Object.defineProperty(watched, marker, { value: true });
  Object.defineProperty(client, name, {
    value: watched,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

function observe(owner: CallOwner, method: Method, data: unknown): void {
  if (method.isStream === true && isObject(data) && Symbol.asyncIterator in data)
    return observeIterable(
      data as object as AsyncIterable<unknown>,
      owner,
      new CohereStreamReader(owner.record),
    );
  owner.guard(() => method.read(owner.record, fieldsOf(data)));
  owner.end();
}

/** Errors of Cohere's client carry the HTTP status under a name of their own. */
function readStatus(record: CallRecord, error: unknown): void {
  const status = numberOf(fieldsOf(error)["statusCode"]);
  if (!(error instanceof Error) || status === undefined) return;
  record.error = { type: String(status), message: error.message, code: undefined };
}

function begin(runtime: Runtime, method: Method, client: unknown, request: Fields): CallOwner | undefined {
  try {
    const options = fieldsOf(fieldsOf(client)["_options"]);
    const server = serverOf(
      textOf(options["baseUrl"]) ?? textOf(options["environment"]) ?? "https://api.cohere.com",
    );
    const record = beginCall(runtime, context.active(), {
      operation: method.operation,
      provider: "cohere",
      requestModel: textOf(request["model"]) ?? "",
      serverAddress: server.address,
      serverPort: server.port,
    });
    if (record === undefined) return undefined;
    record.stream = method.isStream === true;
    record.content = new CohereContent(request);
    record.toolCount = listOf(request["tools"]).length;
    record.settings = {
      maxTokens: numberOf(request["maxTokens"]),
      temperature: numberOf(request["temperature"]),
      topP: numberOf(request["p"]),
      topK: numberOf(request["k"]),
      frequencyPenalty: numberOf(request["frequencyPenalty"]),
      presencePenalty: numberOf(request["presencePenalty"]),
      seed: numberOf(request["seed"]),
      stopSequences: listOf(request["stopSequences"]).filter((item) => typeof item === "string"),
      dimensionCount: numberOf(request["outputDimension"]),
    };
    runtime.hooks.emit("onRequest", record);
    return new CallOwner(runtime, record, "cohere");
  } catch (error) {
    runtime.onFailure(error, "cohere");
    return undefined;
  }
}
