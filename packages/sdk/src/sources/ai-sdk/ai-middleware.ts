import { context, trace, type Context } from "@opentelemetry/api";
import { app } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import { placeOf } from "../../context/place-of.ts";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { CallOwner } from "../call-owner.ts";
import { markModelCall } from "../model-call.ts";
import { observeIterator } from "../observe-stream.ts";
import { fieldsOf, isObject, listOf, type Fields } from "../read-value.ts";
import { AiContent } from "./ai-content.ts";
import { AiStreamReader, beginWrappedCall, readAnswer } from "./ai-model-call.ts";
import { readOperation } from "./ai-operation.ts";
import { stoppedResult } from "./stopped-result.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Call = (this: unknown, params: unknown) => PromiseLike<unknown>;

/** A language model of the AI SDK, of any version of its interface. */
type AiModel = Fields & { doGenerate: Call; doStream: Call };

export function isAiModel(value: unknown): value is AiModel {
  return (
    isObject(value) &&
    typeof value["doGenerate"] === "function" &&
    typeof value["doStream"] === "function" &&
    typeof value["modelId"] === "string"
  );
}

/**
 * A middleware for the AI SDK's `wrapLanguageModel`: its model calls become records, and `beforeStep` is asked before each.
 * The type is what the caller's version of the AI SDK wants, which all have the same shape.
 */
export function aiMiddleware<Middleware>(): Middleware {
  const middleware = {
    specificationVersion: "v3",
    wrapGenerate: ({ model, params, doGenerate }: Wrapped): PromiseLike<unknown> =>
      callModel({ model, params, stream: false }, (sent) =>
        sent === params ? doGenerate() : model.doGenerate(sent),
      ),
    wrapStream: ({ model, params, doStream }: Wrapped): PromiseLike<unknown> =>
      callModel({ model, params, stream: true }, (sent) =>
        sent === params ? doStream() : model.doStream(sent),
      ),
  };
  return middleware as Middleware;
}

interface Wrapped {
  readonly model: AiModel;
  readonly params: unknown;
  readonly doGenerate: () => PromiseLike<unknown>;
  readonly doStream: () => PromiseLike<unknown>;
}

/** Watches the calls of a model in place, once. */
export function watchAiModel(model: AiModel): void {
  const { doGenerate, doStream } = model;
  if (marker in doGenerate) return;
  const watch = (original: Call, stream: boolean): Call => {
    const watched: Call = function call(params) {
      return callModel({ model, params, stream }, (sent) => original.call(this, sent));
    };
    return Object.defineProperty(watched, marker, { value: true });
  };
  shadow(model, "doGenerate", watch(doGenerate, false));
  shadow(model, "doStream", watch(doStream, true));
}

function shadow(model: object, name: string, value: unknown): void {
  Object.defineProperty(model, name, { value, configurable: true, writable: true, enumerable: false });
}

interface ModelCall {
  readonly model: AiModel;
  readonly params: unknown;
  readonly stream: boolean;
}

type Send = (params: unknown) => PromiseLike<unknown>;

async function callModel(call: ModelCall, send: Send): Promise<unknown> {
  const runtime = currentRuntime();
  if (runtime === undefined) return send(call.params);
  const params = fieldsOf(call.params);
  const injected = await askBeforeStep(runtime, params);
  if (injected === undefined) return stoppedResult(call.model["specificationVersion"], call.stream);
  const prompt = injected.length === 0 ? undefined : [...listOf(params["prompt"]), ...injected.map(toPrompt)];
  const sent = prompt === undefined ? call.params : { ...params, prompt };
  const active = placeOf(context.active());
  const record = begin(runtime, active, call, fieldsOf(sent));
  if (record === undefined) return send(sent);
  if (injected.length > 0) record.attributes[app.stepInjectedMessages] = injected.length;
  const owner = new CallOwner(runtime, record, "ai-sdk");
  try {
    const result = await context.with(markModelCall(active, record), send, undefined, sent);
    return call.stream ? observeStream(owner, fieldsOf(result), params) : observeAnswer(owner, result);
  } catch (error) {
    owner.fail(error);
    throw error;
  }
}

function begin(runtime: Runtime, active: Context, call: ModelCall, params: Fields): CallRecord | undefined {
  try {
    const record = beginWrappedCall(runtime, active, call.model, params);
    if (record !== undefined) record.stream = call.stream;
    return record;
  } catch (error) {
    runtime.onFailure(error, "ai-sdk");
    return undefined;
  }
}

function observeAnswer(owner: CallOwner, result: unknown): unknown {
  owner.guard(() => readAnswer(owner.record, fieldsOf(result)));
  owner.end();
  return result;
}

/** The result with its stream passed on part by part, so that every way it can end is seen. */
function observeStream(owner: CallOwner, result: Fields, params: Fields): unknown {
  const { stream } = result;
  if (!(stream instanceof ReadableStream)) {
    owner.end();
    return result;
  }
  const reader = (stream as ReadableStream<unknown>).getReader();
  const parts: AsyncIterator<unknown, unknown, unknown> = {
    async next() {
      const read = await reader.read();
      return read.done ? { done: true, value: undefined } : { done: false, value: read.value };
    },
    async return(reason) {
      await reader.cancel(reason);
      return { done: true, value: undefined };
    },
  };
  const signal = params["abortSignal"];
  observeIterator(
    parts,
    owner,
    new AiStreamReader(owner.record),
    signal instanceof AbortSignal ? signal : undefined,
  );
  return { ...result, stream: toStream(parts) };
}

function toStream(parts: AsyncIterator<unknown, unknown, unknown>): ReadableStream<unknown> {
  return new ReadableStream<unknown>(
    {
      async pull(controller) {
        const { done, value } = await parts.next();
        if (done === true) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        await parts.return?.(reason);
      },
    },
    { highWaterMark: 0 },
  );
}

/** The messages `beforeStep` puts in; undefined when it stops the loop. */
async function askBeforeStep(runtime: Runtime, params: Fields): Promise<readonly unknown[] | undefined> {
  const { hooks } = runtime;
  if (!hooks.has("beforeStep")) return [];
  const prompt = listOf(params["prompt"]);
  const operation = readOperation(context.active());
  const stepNumber = (operation?.steps ?? countSteps(prompt)) + 1;
  const messages = new AiContent({ messages: prompt }).readInput();
  const decision = await hooks.ask("beforeStep", { stepNumber, messages }, (name) =>
    trace.getActiveSpan()?.setAttribute(app.hookDeadlineExceeded, [name]),
  );
  if (decision?.stop !== true) return decision?.injectMessages ?? [];
  if (operation !== undefined) operation.isStopped = true;
  trace.getActiveSpan()?.setAttribute(app.loopStoppedAtStep, stepNumber);
  return undefined;
}

/** The answers since the user last spoke. */
function countSteps(prompt: readonly unknown[]): number {
  const roles = prompt.map((message) => fieldsOf(message)["role"]);
  return roles.slice(roles.lastIndexOf("user") + 1).filter((role) => role === "assistant").length;
}

/** A model's prompt has its content in parts, but for the system's. */
function toPrompt(message: unknown): unknown {
  const { role, content, ...rest } = fieldsOf(message);
  if (typeof content !== "string" || role === "system") return message;
  return { ...rest, role: role ?? "user", content: [{ type: "text", text: content }] };
}
