import {
  context,
  SpanKind,
  SpanStatusCode,
  type Attributes,
  type Context,
  type Span,
} from "@opentelemetry/api";
import { general, genAi, operations } from "@spanlight/conventions";
import { contentText } from "../../manual/content-text.ts";
import { setRunningTool } from "../../context/tool-context.ts";
import { capturesContent, type Runtime } from "../../runtime.ts";
import type { AgentLoop } from "../agent-loop.ts";
import { fieldsOf, listOf, parseJson, textOf, type Fields } from "../read-value.ts";
import { beginSpan, failSpan, type Run } from "./langchain-runs.ts";
import { isIntercepted } from "./intercepted.ts";

/** What LangChain tells of a tool that begins. */
export interface ToolStart {
  readonly serialized: Fields;
  readonly input: unknown;
  readonly name: string | undefined;
  readonly callId: string | undefined;
}

/** Opens the run of a tool, and tells the hooks where nobody inside it will. */
export function readToolRun(
  runtime: Runtime,
  place: { readonly id: string; readonly parent: Run | undefined; readonly context: Context },
  { serialized, input, name: runName, callId }: ToolStart,
  stepNumber: number,
): Run {
  const name = runName ?? textOf(serialized["name"]) ?? textOf(listOf(serialized["id"]).at(-1)) ?? "tool";
  const given = parseJson(input);
  const attributes: Attributes = {
    [genAi.operationName]: operations.executeTool,
    [genAi.toolName]: name,
    [genAi.toolType]: "function",
  };
  if (callId !== undefined) attributes[genAi.toolCallId] = callId;
  if (capturesContent(runtime, place.context)) attributes[genAi.toolCallArguments] = contentText(given);
  const options = { kind: SpanKind.INTERNAL, attributes };
  const run = beginSpan(runtime, place, `${operations.executeTool} ${name}`, options);
  const isToldInside = isIntercepted(context.active());
  if (!isToldInside)
    runtime.hooks.emit("onToolCallStart", { toolName: name, toolCallId: callId, input: given, stepNumber });
  return {
    ...run,
    inside: setRunningTool(run.inside, name),
    tool: { name, callId, input: given, isToldInside },
  };
}

/** How a tool ended, and the loop it was a part of. */
interface ToolEnd {
  readonly output?: unknown;
  readonly error?: unknown;
  readonly loop: AgentLoop | undefined;
}

/** Closes the run of a tool. */
export function reportTool(runtime: Runtime, run: Run, { output, error, loop }: ToolEnd): void {
  const { span, tool } = run;
  if (tool === undefined) return;
  const message = fieldsOf(output);
  const result = "content" in message ? parseJson(message["content"]) : output;
  markError(span, error, message["status"]);
  if (result !== undefined && capturesContent(runtime, run.inside))
    span?.setAttribute(genAi.toolCallResult, contentText(result));
  span?.end();
  const call = {
    toolName: tool.name,
    toolCallId: tool.callId,
    input: tool.input,
    stepNumber: loop?.steps ?? 0,
    output: result,
    error,
    latencyMs: runtime.clock.now() - run.startMs,
  };
  loop?.noteTool(call);
  if (!tool.isToldInside) runtime.hooks.emit("onToolCall", call);
}

function markError(span: Span | undefined, error: unknown, status: unknown): void {
  if (error !== undefined) return failSpan(span, error);
  if (status !== "error") return;
  span?.setAttribute(general.errorType, "tool_error");
  span?.setStatus({ code: SpanStatusCode.ERROR, message: "the tool answered with an error" });
}
