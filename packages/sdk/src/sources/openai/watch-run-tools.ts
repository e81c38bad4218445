import { context } from "@opentelemetry/api";
import { placeOf } from "../../context/place-of.ts";
import { currentRuntime, type Runtime } from "../../runtime.ts";
import { AgentLoop } from "../agent-loop.ts";
import { fieldsOf, isObject, listOf, textOf, type Fields } from "../read-value.ts";
import { readChatInput } from "./chat-content.ts";
import { watchRunnableTools } from "./runnable-tools.ts";
import { stoppedAnswer } from "./stopped-answer.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Method = (this: unknown, body: unknown, options?: unknown) => unknown;

/** `chat.completions` of a client, or the prototype of its class: it runs the loop of tools by itself. */
type Completions = Fields & { runTools: Method };

function isCompletions(value: unknown): value is Completions {
  return isObject(value) && typeof value["runTools"] === "function";
}

/** Watches the tool loops of a client, or of all clients when given the prototype of their class. */
export function watchRunTools(target: Fields): void {
  const statics = typeof target.constructor === "function" ? target.constructor : undefined;
  const holders = Object.hasOwn(target, "baseURL")
    ? [pick(target, ["chat", "completions"]), pick(target, ["beta", "chat", "completions"])]
    : [
        pick(statics, ["Chat", "Completions", "prototype"]),
        pick(statics, ["Beta", "Chat", "Completions", "prototype"]),
      ];
  for (const holder of holders) watchCompletions(holder);
}

function pick(value: unknown, path: readonly string[]): unknown {
  let current = value;
  for (const name of path) {
    if (current === null || (typeof current !== "object" && typeof current !== "function")) return undefined;
    current = Reflect.get(current, name) as unknown;
  }
  return current;
}

/** Watches the tool loops of one `chat.completions`, or the prototype of its class; nothing for whatever has none. */
export function watchCompletions(completions: unknown): void {
  if (!isCompletions(completions)) return;
  const original = completions.runTools;
  if (marker in original) return;
  const watched: Method = function runTools(body, options) {
    const runtime = currentRuntime();
    if (runtime === undefined || !isObject(this)) return original.call(this, body, options);
    let run: ToolLoop;
    try {
      run = new ToolLoop(runtime, this);
    } catch (error) {
      runtime.onFailure(error, "openai.runTools");
      return original.call(this, body, options);
    }
    return run.start(original, body, options);
  };
  Object.defineProperty(watched, marker, { value: true });
  shadow(completions, "runTools", watched);
}

function shadow(target: object, name: string, value: unknown): void {
  Object.defineProperty(target, name, { value, configurable: true, writable: true, enumerable: false });
}

type Create = (params: unknown, options?: unknown) => unknown;

/** One call of `runTools`: the client's own loop, run with our eyes on its model calls and tools. */
class ToolLoop {
  readonly #runtime: Runtime;
  readonly #loop: AgentLoop;
  readonly #resource: object;
  readonly #createReal: Create;
  #runner: unknown;
  #error: unknown;

  constructor(runtime: Runtime, completions: Fields) {
    this.#runtime = runtime;
    const client = fieldsOf(completions["_client"]);
    const chat = fieldsOf(client["chat"]);
    const real = fieldsOf(chat["completions"]);
    const create: unknown = real["create"];
    if (typeof create !== "function") throw new TypeError("the client has no chat.completions.create");
    this.#createReal = (params, options) => Reflect.apply(create, real, [params, options]) as unknown;
    this.#loop = new AgentLoop(runtime, { name: "runTools", parent: placeOf(context.active()) });
    // The loop asks the client it is given for its answers: it is given one whose `create` is ours.
    const own: Create = (params, options) => this.#create(params, options);
    const watchedChat = derive(chat, "completions", derive(real, "create", own));
    this.#resource = derive(completions, "_client", derive(client, "chat", watchedChat));
  }

  start(runTools: Method, body: unknown, options: unknown): unknown {
    const loop = this.#loop;
    try {
      const watched = watchRunnableTools(body, loop, (error) => {
        this.#error = error;
      });
      const runner: unknown = context.with(loop.inside, () =>
        runTools.call(this.#resource, watched, options),
      );
      this.#runner = runner;
      this.#onEnd(runner);
      return runner;
    } catch (error) {
      loop.finish(error);
      throw error;
    }
  }

  #onEnd(runner: unknown): void {
    const { on, _emit: tell } = fieldsOf(runner);
    // Not by `on("error")`: with a listener the client reports no unhandled rejection any more.
    if (typeof tell === "function" && isObject(runner))
      shadow(runner, "_emit", (event: unknown, ...args: readonly unknown[]): unknown => {
        if (event === "error" || event === "abort") this.#error ??= args[0];
        return Reflect.apply(tell, runner, [event, ...args]) as unknown;
      });
    const end = (): void => {
      const { errored, aborted } = fieldsOf(runner);
      const failed = errored === true || aborted === true;
      this.#loop.finish(failed ? (this.#error ?? new Error("the run was aborted")) : undefined);
    };
    if (typeof on === "function") Reflect.apply(on, runner, ["end", end]);
    else this.#loop.finish();
  }

  #create(params: unknown, options: unknown): unknown {
    if (!this.#runtime.hooks.has("beforeStep")) return this.#send(params, options);
    return this.#askAndSend(fieldsOf(params), options);
  }

  async #askAndSend(params: Fields, options: unknown): Promise<unknown> {
    const messages = listOf(params["messages"]);
    const injected = await this.#loop.askBeforeStep(() => readChatInput(messages));
    if (injected === undefined)
      return stoppedAnswer(textOf(params["model"]) ?? "", params["stream"] === true);
    if (injected.length === 0) return this.#send(params, options);
    // They stay in the conversation, as the loop keeps it.
    const kept = fieldsOf(this.#runner)["messages"];
    const sent = kept === messages ? messages : [...messages, ...injected];
    if (Array.isArray(kept)) kept.push(...injected);
    const answer = this.#send({ ...params, messages: sent }, options);
    this.#loop.markInjected(this.#loop.lastCall);
    return answer;
  }

  #send(params: unknown, options: unknown): unknown {
    return context.with(this.#loop.beginStep(), () => this.#createReal(params, options));
  }
}

/** The object with one property of our own in front of it. */
function derive(target: object, name: string, value: unknown): object {
  return Object.create(target, {
    [name]: { value, configurable: true, writable: true, enumerable: true },
  }) as object;
}
