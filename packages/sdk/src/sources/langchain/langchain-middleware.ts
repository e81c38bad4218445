import { context } from "@opentelemetry/api";
import { currentRuntime } from "../../runtime.ts";
import { readAgentLoop } from "../agent-loop.ts";
import { fieldsOf, listOf } from "../read-value.ts";
import { toMessage } from "./langchain-content.ts";
import { isLangChainTool, watchLangChainTool } from "./watch-langchain.ts";

/**
 * Brings the three interceptors into an agent of LangChain: `createAgent({ …, middleware: [langchainMiddleware(createMiddleware)] })`.
 * It is given LangChain's own `createMiddleware`, so that this package needs none of LangChain.
 */
export function langchainMiddleware<Middleware>(createMiddleware: (config: never) => Middleware): Middleware {
  return (createMiddleware as (config: unknown) => Middleware)({
    name: "spanlight",
    wrapToolCall(request: unknown, handler: (request: unknown) => unknown): unknown {
      const { tool } = fieldsOf(request);
      if (isLangChainTool(tool)) watchLangChainTool(tool);
      return handler(request);
    },
    beforeModel: { canJumpTo: ["end"], hook: askBeforeStep },
  });
}

async function askBeforeStep(state: unknown): Promise<unknown> {
  const hooks = currentRuntime()?.hooks;
  if (hooks?.has("beforeStep") !== true) return undefined;
  const messages = listOf(fieldsOf(state)["messages"]);
  const read = (): ReturnType<typeof toMessage>[] => messages.map(toMessage);
  const loop = readAgentLoop(context.active());
  if (loop !== undefined) return toUpdate(await loop.askBeforeStep(read));
  const answers = read().filter(({ role }) => role === "assistant");
  const decision = await hooks.ask("beforeStep", { stepNumber: answers.length + 1, messages: read() });
  return toUpdate(decision?.stop === true ? undefined : (decision?.injectMessages ?? []));
}

/** An agent's state with the messages that were put in; without any the agent ends. */
function toUpdate(injected: readonly unknown[] | undefined): unknown {
  if (injected === undefined) return { jumpTo: "end" };
  return injected.length === 0 ? undefined : { messages: injected };
}
