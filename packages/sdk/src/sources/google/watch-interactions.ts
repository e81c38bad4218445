import { context } from "@opentelemetry/api";
import { operations } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { CallOwner } from "../call-owner.ts";
import { beginCall } from "../model-call.ts";
import { observeIterable } from "../observe-stream.ts";
import { fieldsOf, isObject, listOf, numberOf, textOf, type Fields } from "../read-value.ts";
import { serverOf } from "../stainless/server-of.ts";
import { InteractionContent, InteractionReader, readInteraction } from "./interactions-content.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Create = (this: unknown, params: unknown, ...rest: unknown[]) => Promise<unknown>;

/** `client.interactions`, or its prototype. */
type Interactions = Fields & { create: Create };

export function isInteractions(value: unknown): value is Interactions {
  return isObject(value) && typeof value["create"] === "function" && typeof value["cancel"] === "function";
}

/** Watches the interactions of one client when they are first asked for: versions that find them experimental say so on stderr then. */
export function watchInteractionsOf(client: Fields): void {
  const prototype = Object.getPrototypeOf(client) as object | null;
  if (prototype === null || !("interactions" in prototype) || Object.hasOwn(client, "interactions")) return;
  const get = (): unknown => {
    const interactions: unknown = Reflect.get(prototype, "interactions", client);
    if (isInteractions(interactions)) watchInteractions(interactions);
    return interactions;
  };
  Object.defineProperty(client, "interactions", { get, configurable: true, enumerable: false });
}

/** Watches the interactions of a client, or of all clients when given the prototype of their class, once. */
export function watchInteractions(interactions: Interactions): void {
  const original = interactions.create;
  if (marker in original) return;
  const watched: Create = function create(params, ...rest) {
    const runtime = currentRuntime();
    const owner = runtime === undefined ? undefined : begin(runtime, this, fieldsOf(params));
    const result = original.call(this, params, ...rest);
    if (owner === undefined) return result;
    return result.then(
      (value) => {
        owner.guard(() => observe(owner, value));
        return value;
      },
      (error: unknown) => {
        owner.fail(error);
        throw error;
      },
    );
  };
  Object.defineProperty(watched, marker, { value: true });
  Object.defineProperty(interactions, "create", {
    value: watched,
    configurable: true,
    writable: true,
    enumerable: false,
  });
}

function observe(owner: CallOwner, value: unknown): void {
  if (isObject(value) && typeof Reflect.get(value, Symbol.asyncIterator) === "function")
    return observeIterable(
      value as object as AsyncIterable<unknown>,
      owner,
      new InteractionReader(owner.record),
    );
  owner.guard(() => readInteraction(owner.record, fieldsOf(value)));
  owner.end();
}

function begin(runtime: Runtime, interactions: unknown, params: Fields): CallOwner | undefined {
  try {
    const client = fieldsOf(fieldsOf(interactions)["parentClient"]);
    const server = serverOf(fieldsOf(fieldsOf(client["clientOptions"])["httpOptions"])["baseUrl"]);
    const record = beginCall(runtime, context.active(), {
      operation: operations.generateContent,
      provider: "gcp.gemini",
      requestModel: textOf(params["model"]) ?? textOf(params["agent"]) ?? "",
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

function readRequest(record: CallRecord, params: Fields): void {
  const config = fieldsOf(params["generation_config"]);
  record.stream = params["stream"] === true;
  record.content = new InteractionContent(params);
  record.toolCount = listOf(params["tools"]).length;
  record.settings = {
    maxTokens: numberOf(config["max_output_tokens"]),
    temperature: numberOf(config["temperature"]),
    topP: numberOf(config["top_p"]),
    seed: numberOf(config["seed"]),
    stopSequences: listOf(config["stop_sequences"]).filter((item) => typeof item === "string"),
    outputType: params["response_format"] === undefined ? undefined : "json",
    reasoningLevel: textOf(config["thinking_level"]),
    previousResponseId: textOf(params["previous_interaction_id"]),
  };
}
