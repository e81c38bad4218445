import type { AgentLoop } from "../agent-loop.ts";
import { fieldsOf, isObject, listOf, parseJson, textOf, type Fields } from "../read-value.ts";

type Run = (this: unknown, input: unknown, runner: unknown, ...rest: unknown[]) => unknown;
type Parse = (this: unknown, text: string) => unknown;

/** The body of a tool loop with each of its functions run past the hooks; the application's own objects stay as they are. */
export function watchRunnableTools(
  body: unknown,
  loop: AgentLoop,
  onError: (error: unknown) => void,
): unknown {
  const fields = fieldsOf(body);
  if (!Array.isArray(fields["tools"])) return body;
  const calls = new PendingCalls();
  return {
    ...fields,
    tools: listOf(fields["tools"]).map((tool) => watchTool(fieldsOf(tool), { loop, calls, onError })),
  };
}

interface Watch {
  readonly loop: AgentLoop;
  readonly calls: PendingCalls;
  readonly onError: (error: unknown) => void;
}

function watchTool(tool: Fields, watch: Watch): unknown {
  const details = fieldsOf(tool["function"]);
  const name = textOf(details["name"]) ?? nameOf(details["function"]);
  // The helpers for schemas keep their function in a field of its own.
  if (typeof tool["$callback"] === "function")
    return derive(tool, {
      $callback: watchRun(name, tool["$callback"] as Run, tool, watch),
      ...(typeof tool["$parseRaw"] === "function"
        ? { $parseRaw: watch.calls.keepText(tool["$parseRaw"] as Parse, tool) }
        : {}),
    });
  if (typeof details["function"] !== "function") return tool;
  const parse = details["parse"];
  const watched = {
    ...details,
    name,
    function: watchRun(name, details["function"] as Run, details, watch),
    ...(typeof parse === "function" ? { parse: watch.calls.keepText(parse as Parse, details) } : {}),
  };
  return { ...tool, function: watched };
}

function nameOf(value: unknown): string {
  return typeof value === "function" ? value.name : "";
}

function derive(target: Fields, own: Fields): unknown {
  const properties = Object.entries(own).map(([name, value]) => [
    name,
    { value, configurable: true, writable: true, enumerable: false },
  ]);
  const copy = Object.create(
    Object.getPrototypeOf(target) as object | null,
    Object.getOwnPropertyDescriptors(target),
  ) as object;
  return Object.defineProperties(copy, Object.fromEntries(properties) as PropertyDescriptorMap);
}

function watchRun(name: string, run: Run, owner: unknown, { loop, calls, onError }: Watch): Run {
  return async function watched(input, runner, ...rest) {
    const callId = calls.take(runner, name, input);
    // Without a parser the function gets the text, and an input that replaces it has to be text too.
    const isText = typeof input === "string";
    const options = {
      name,
      arguments: isText ? parseJson(input) : input,
      ...(callId === undefined ? {} : { callId }),
    };
    try {
      return await loop.runTool(options, (given) => {
        if (given === options.arguments) return run.call(owner, input, runner, ...rest);
        const replaced = isText && typeof given !== "string" ? JSON.stringify(given) : given;
        return run.call(owner, replaced, runner, ...rest);
      });
    } catch (error) {
      onError(error);
      throw error;
    }
  };
}

/** Finds the id of a call, which the loop does not tell its functions: by name and by the text of its arguments. */
class PendingCalls {
  readonly #texts = new WeakMap<object, string>();
  readonly #taken = new Set<string>();

  keepText(parse: Parse, owner: unknown): Parse {
    return async (text) => {
      const parsed = await parse.call(owner, text);
      if (isObject(parsed)) this.#texts.set(parsed, text);
      return parsed;
    };
  }

  take(runner: unknown, name: string, input: unknown): string | undefined {
    const text = isObject(input) ? this.#texts.get(input) : textOf(input);
    const asked = listOf(fieldsOf(runner)["messages"])
      .flatMap((message) => listOf(fieldsOf(message)["tool_calls"]))
      .map((call) => ({ id: textOf(fieldsOf(call)["id"]), details: fieldsOf(fieldsOf(call)["function"]) }))
      .filter(({ id, details }) => id !== undefined && details["name"] === name && !this.#taken.has(id));
    const found = asked.find(({ details }) => details["arguments"] === text) ?? asked[0];
    if (found?.id !== undefined) this.#taken.add(found.id);
    return found?.id;
  }
}
