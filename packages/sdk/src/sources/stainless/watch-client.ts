import { context, trace, type Context, type Span } from "@opentelemetry/api";
import { openAi } from "@spanlight/conventions";
import { currentRuntime, tracerOf, type Runtime } from "../../runtime.ts";
import { beginCall } from "../model-call.ts";
import { watchToolRunnerOf } from "../anthropic/watch-tool-runner.ts";
import { watchRunTools } from "../openai/watch-run-tools.ts";
import { fieldsOf, isObject, isThenable, textOf, type Fields } from "../read-value.ts";
import { CallObserver, isApiPromise } from "./call-observer.ts";
import { apis } from "./apis.ts";
import type { ClientApi } from "./client-api.ts";
import { serverOf } from "./server-of.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Post = (this: unknown, path: string, options?: unknown) => unknown;

/** True for a client, or the prototype of its class, whose requests go through `post`. */
export function isStainlessClient(value: unknown): value is Fields & { post: Post } {
  return (
    isObject(value) && typeof value["post"] === "function" && typeof value["methodRequest"] === "function"
  );
}

/**
 * Watches the model calls of a client, or of all clients when given the prototype of their class. The object is patched in
 * place, once; its methods, private fields and identity stay.
 */
export function watchStainlessClient(target: Fields & { post: Post }): void {
  const original = target.post;
  if (marker in original) return;
  const watched = function post(this: unknown, path: string, options?: unknown): unknown {
    const runtime = currentRuntime();
    const api = apis[path];
    if (runtime === undefined || api === undefined || runtime.config.disabled)
      return original.call(this, path, options);
    return observePost(
      { runtime, api, client: this, call: (sent) => original.call(this, path, sent) },
      options,
    );
  };
  Object.defineProperty(watched, marker, { value: true });
  shadow(target, "post", watched);
  if (Object.hasOwn(target, "baseURL")) watchCopies(target);
}

/** A client made from a watched one is watched too. */
function watchCopies(client: Fields): void {
  const original = client["withOptions"];
  if (typeof original !== "function") return;
  shadow(client, "withOptions", function withOptions(this: unknown, ...args: readonly unknown[]): unknown {
    const copy: unknown = Reflect.apply(original, this, args);
    if (isStainlessClient(copy)) {
      watchStainlessClient(copy);
      watchRunTools(copy);
      watchToolRunnerOf(copy);
    }
    return copy;
  });
}

function shadow(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}

interface PostCall {
  readonly runtime: Runtime;
  readonly api: ClientApi;
  readonly client: unknown;
  readonly call: (options: unknown) => unknown;
}

function observePost(post: PostCall, options: unknown): unknown {
  let observer: CallObserver | undefined;
  let sent = options;
  try {
    const active = context.active();
    observer = beginObserving(post, active, options);
    if (observer !== undefined) sent = prepareOptions(post, observer, options);
  } catch (error) {
    post.runtime.onFailure(error, post.api.source);
    observer = undefined;
    sent = options;
  }
  if (observer === undefined) return post.call(options);
  const result = send(post, observer, sent);
  if (!isApiPromise(result)) return result;
  try {
    return observer.watch(result);
  } catch (error) {
    post.runtime.onFailure(error, post.api.source);
    return result;
  }
}

function beginObserving(post: PostCall, active: Context, options: unknown): CallObserver | undefined {
  const server = serverOf(fieldsOf(post.client)["baseURL"]);
  const record = beginCall(post.runtime, active, {
    operation: post.api.operation,
    provider: server.provider.name === "" ? post.api.defaultProvider : server.provider.name,
    requestModel: isThenable(options) ? "" : modelOf(options),
    serverAddress: server.address,
    serverPort: server.port,
  });
  if (record === undefined) return undefined;
  if (post.api.apiType !== undefined) record.attributes[openAi.apiType] = post.api.apiType;
  return new CallObserver(post.runtime, post.api, record);
}

function modelOf(options: unknown): string {
  return textOf(fieldsOf(fieldsOf(options)["body"])["model"]) ?? "";
}

/** Reads the request out of the options, which newer clients give as a promise, and asks for usage where that is needed. */
function prepareOptions(post: PostCall, observer: CallObserver, options: unknown): unknown {
  if (!isThenable(options)) return readOptions(post, observer, options);
  return options.then((resolved) => {
    try {
      observer.record.requestModel = modelOf(resolved);
      return readOptions(post, observer, resolved);
    } catch (error) {
      post.runtime.onFailure(error, post.api.source);
      return resolved;
    }
  });
}

function readOptions(post: PostCall, observer: CallObserver, options: unknown): unknown {
  const fields = fieldsOf(options);
  const body = fieldsOf(fields["body"]);
  observer.readRequest(body);
  post.runtime.hooks.emit("onRequest", observer.record);
  const own = fieldsOf(fields["__span"])["span"];
  if (isSpan(own)) {
    // The client has begun a span of its own (Anthropic from 0.134 on): it becomes the one span of this call.
    observer.record.liveSpan = own;
    return { ...fields, __span: undefined };
  }
  if (!needsUsage(post, body)) return options;
  return askForUsage(observer, fields, body);
}

/**
 * The options with usage asked for, unless the application takes the raw response: nobody could hide the extra chunk there. That is
 * known when the client reads the body, a moment after the call.
 */
function askForUsage(observer: CallObserver, fields: Fields, body: Fields): Fields {
  const streamOptions = { ...fieldsOf(body["stream_options"]), include_usage: true };
  const asking = { ...body, stream_options: streamOptions };
  const get = (): Fields => {
    if (observer.isRaw) return body;
    observer.hidesUsageChunk = true;
    return asking;
  };
  return Object.defineProperty({ ...fields }, "body", { get, enumerable: true, configurable: true });
}

function isSpan(value: unknown): value is Span {
  return (
    isObject(value) && typeof value["setAttributes"] === "function" && typeof value["end"] === "function"
  );
}

function needsUsage({ runtime, api, client }: PostCall, body: Fields): boolean {
  if (body["stream"] !== true || !api.hasStreamOptions || !runtime.config.requestStreamUsage) return false;
  if (fieldsOf(body["stream_options"])["include_usage"] !== undefined) return false;
  return serverOf(fieldsOf(client)["baseURL"]).provider.asksForUsage;
}

function send(post: PostCall, observer: CallObserver, options: unknown): unknown {
  if (!post.runtime.config.activateLeaf) return post.call(options);
  const { record } = observer;
  if (record.liveSpan !== undefined) return post.call(options);
  const span = tracerOf().startSpan(
    `${record.operation} ${record.requestModel}`.trimEnd(),
    { kind: 2, attributes: {} },
    record.parentContext,
  );
  record.liveSpan = span;
  return context.with(trace.setSpan(record.parentContext, span), () => post.call(options));
}
