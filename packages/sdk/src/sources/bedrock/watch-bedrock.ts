import { context } from "@opentelemetry/api";
import { operations } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { CallOwner } from "../call-owner.ts";
import { beginCall } from "../model-call.ts";
import { observeIterable } from "../observe-stream.ts";
import { fieldsOf, isObject, numberOf, textOf, type Fields } from "../read-value.ts";
import type { StreamReader } from "../stream-reader.ts";
import { ConverseStreamReader, readConverseRequest, readConverseResponse } from "./converse.ts";
import { createInvokeReader, readBody, readInvokeRequest, readInvokeResponse } from "./invoke-model.ts";

type Next = (args: unknown) => Promise<unknown>;
type Middleware = (next: Next, details: Fields) => Next;

/** A client of the AWS SDK, version 3: its middleware stack is its documented way to be watched. */
interface AwsClient {
  readonly middlewareStack: {
    add(middleware: Middleware, options: { step: string; name: string; override: boolean }): void;
  };
}

/** How one command is read. */
interface Command {
  readRequest(record: CallRecord, input: Fields): void;
  readResponse(record: CallRecord, output: Fields, headers: Fields): void;
  /** Where the output keeps its stream; undefined for commands without one. */
  readonly stream?: { readonly field: string; readonly createReader: (record: CallRecord) => StreamReader };
}

const commands: Readonly<Record<string, Command>> = {
  ConverseCommand: { readRequest: readConverseRequest, readResponse: readConverseResponse },
  ConverseStreamCommand: {
    readRequest: readConverseRequest,
    readResponse: () => undefined,
    stream: { field: "stream", createReader: (record) => new ConverseStreamReader(record) },
  },
  InvokeModelCommand: {
    readRequest: (record, input) => readInvokeRequest(record, readBody(input["body"])),
    readResponse: (record, output, headers) => readInvokeResponse(record, readBody(output["body"]), headers),
  },
  InvokeModelWithResponseStreamCommand: {
    readRequest: (record, input) => readInvokeRequest(record, readBody(input["body"])),
    readResponse: () => undefined,
    stream: { field: "body", createReader: createInvokeReader },
  },
};

export function isBedrockClient(value: unknown): value is AwsClient {
  if (!isObject(value) || typeof fieldsOf(value["middlewareStack"])["add"] !== "function") return false;
  const { name } = value.constructor;
  return name.startsWith("BedrockRuntime");
}

const ownerKey = Symbol("spanlight.owner");

/** Watches the model calls of a Bedrock runtime client, once. */
export function watchBedrock(client: AwsClient): void {
  client.middlewareStack.add(watchCommand, { step: "initialize", name: "spanlight", override: true });
  client.middlewareStack.add(watchRequest, {
    step: "finalizeRequest",
    name: "spanlightAddress",
    override: true,
  });
}

const watchCommand: Middleware = (next, details) => async (args) => {
  const runtime = currentRuntime();
  const command = commands[textOf(details["commandName"]) ?? ""];
  if (runtime === undefined || command === undefined) return next(args);
  const owner = begin(runtime, command, fieldsOf(fieldsOf(args)["input"]));
  if (owner === undefined) return next(args);
  Reflect.set(details, ownerKey, owner);
  try {
    const result = await next(args);
    owner.guard(() => observeResult(owner, command, fieldsOf(result)));
    return result;
  } catch (error) {
    owner.guard(() => readStatus(owner.record, error));
    owner.fail(error);
    throw error;
  }
};

/** The address the request really goes to is known only when it is made. */
const watchRequest: Middleware = (next, details) => (args) => {
  const owner: unknown = Reflect.get(details, ownerKey);
  const { hostname, port, protocol } = fieldsOf(fieldsOf(args)["request"]);
  if (owner instanceof CallOwner && typeof hostname === "string") {
    owner.record.serverAddress = hostname;
    owner.record.serverPort = numberOf(port) ?? (protocol === "http:" ? 80 : 443);
  }
  return next(args);
};

function begin(runtime: Runtime, command: Command, input: Fields): CallOwner | undefined {
  try {
    const record = beginCall(runtime, context.active(), {
      operation: operations.chat,
      provider: "aws.bedrock",
      requestModel: textOf(input["modelId"]) ?? "",
      serverAddress: "",
      serverPort: undefined,
    });
    if (record === undefined) return undefined;
    command.readRequest(record, input);
    runtime.hooks.emit("onRequest", record);
    return new CallOwner(runtime, record, "bedrock");
  } catch (error) {
    runtime.onFailure(error, "bedrock");
    return undefined;
  }
}

function observeResult(owner: CallOwner, command: Command, result: Fields): void {
  const output = fieldsOf(result["output"]);
  const headers = fieldsOf(fieldsOf(result["response"])["headers"]);
  const requestId = textOf(fieldsOf(output["$metadata"])["requestId"]);
  if (requestId !== undefined) owner.record.attributes["aws.request_id"] = requestId;
  const stream = command.stream === undefined ? undefined : output[command.stream.field];
  if (command.stream !== undefined && isAsyncIterable(stream)) {
    owner.record.stream = true;
    observeIterable(stream, owner, command.stream.createReader(owner.record));
    return;
  }
  owner.guard(() => command.readResponse(owner.record, output, headers));
  owner.end();
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return isObject(value) && typeof Reflect.get(value, Symbol.asyncIterator) === "function";
}

/** Errors of the AWS SDK carry their HTTP status beside them. */
function readStatus(record: CallRecord, error: unknown): void {
  const status = numberOf(fieldsOf(fieldsOf(error)["$metadata"])["httpStatusCode"]);
  if (!(error instanceof Error) || status === undefined) return;
  record.error = { type: String(status), message: error.message, code: error.name };
}

type Send = (this: unknown, ...args: unknown[]) => unknown;
const marker = Symbol.for("@spanlight/sdk.watched");

/** Watches every client of a class, each with its first command. */
export function watchBedrockClass(prototype: unknown): void {
  if (!isObject(prototype) || typeof prototype["send"] !== "function" || marker in prototype["send"]) return;
  const original = prototype["send"] as Send;
  const watched: Send = function send(...args) {
    if (isBedrockClient(this)) watchBedrock(this);
    return original.apply(this, args);
  };
  Object.defineProperty(watched, marker, { value: true });
  Object.defineProperty(prototype, "send", { value: watched, configurable: true, writable: true });
}
