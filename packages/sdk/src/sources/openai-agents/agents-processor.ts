import {
  context,
  createContextKey,
  SpanKind,
  SpanStatusCode,
  trace,
  type Attributes,
  type Context,
  type Span,
} from "@opentelemetry/api";
import { app, genAi, general, mcp, operations } from "@spanlight/conventions";
import type { CallRecord } from "../../call-record.ts";
import { readLoopPosition, setLoopPosition } from "../../context/loop-context.ts";
import { addPlaceReader, placeOf } from "../../context/place-of.ts";
import { setRunningTool } from "../../context/tool-context.ts";
import { contentText, errorText } from "../../manual/content-text.ts";
import { capturesContent, currentRuntime, tracerOf, type Runtime } from "../../runtime.ts";
import { AgentLoop } from "../agent-loop.ts";
import { markModelCall, OpenCall } from "../model-call.ts";
import { fieldsOf, isObject, parseJson, textOf, type Fields } from "../read-value.ts";
import { beginModelCall, endModelCall } from "./agents-call.ts";

/** Bounds what is remembered of spans that never report their end. */
const maxRuns = 10_000;
const runKey = createContextKey("spanlight.agents_span");
const storageKey = Symbol.for("openai.agents.core.asyncLocalStorage");

/** One trace or span of the Agents SDK, between its start and its end. */
interface Run {
  readonly id: string;
  readonly parent: Run | undefined;
  readonly span: Span | undefined;
  readonly inside: Context;
  readonly startMs: number;
  readonly loop: AgentLoop | undefined;
  /** The model call this span stands for. */
  readonly call?: OpenCall;
  readonly record?: CallRecord | undefined;
}

/**
 * A trace processor for `@openai/agents`: `addTraceProcessor(new OpenAIAgentsProcessor())`. Agents, tools, handoffs and guardrails
 * become spans, model calls records. None of its methods throws.
 */
export class OpenAIAgentsProcessor {
  constructor() {
    addPlaceReader(placeIn);
  }

  onTraceStart(begun: unknown): Promise<void> {
    const fields = fieldsOf(begun);
    const name = textOf(fields["name"]) ?? "workflow";
    return guard((runtime) => {
      const attributes: Attributes = {
        [genAi.operationName]: operations.invokeWorkflow,
        [genAi.workflowName]: name,
        [app.spanKind]: "chain",
      };
      const group = textOf(fields["groupId"]);
      if (group !== undefined) attributes[general.sessionId] = group;
      const around = placeOf(context.active());
      const title = `${operations.invokeWorkflow} ${name}`;
      const id = textOf(fields["traceId"]) ?? "";
      add(withSpan(runtime, { id, parent: undefined, around }, title, { attributes }));
    });
  }

  onTraceEnd(ended: unknown): Promise<void> {
    return guard(() => take(textOf(fieldsOf(ended)["traceId"]))?.span?.end());
  }

  onSpanStart(begun: unknown): Promise<void> {
    return guard((runtime) => void beginRun(runtime, fieldsOf(begun)));
  }

  onSpanEnd(ended: unknown): Promise<void> {
    const fields = fieldsOf(ended);
    return guard((runtime) => {
      const run = take(textOf(fields["spanId"]));
      if (run !== undefined) end(runtime, run, fields);
    });
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  forceFlush(): Promise<void> {
    return Promise.resolve();
  }
}

/** The open runs of all processors: the Agents SDK has one context for them all. */
const open = new Map<string, Run>();
/** The span whose run is being made: what is asked for on the way is not inside it yet. */
let beginning: string | undefined;

function guard(step: (runtime: Runtime) => void): Promise<void> {
  const runtime = currentRuntime();
  if (runtime !== undefined) {
    try {
      step(runtime);
    } catch (error) {
      runtime.onFailure(error, "openai-agents");
    }
  }
  return Promise.resolve();
}

function add(run: Run): Run {
  if (open.size < maxRuns) open.set(run.id, run);
  return run;
}

function take(id: string | undefined): Run | undefined {
  const run = id === undefined ? undefined : open.get(id);
  if (id !== undefined) open.delete(id);
  return run;
}

function beginRun(runtime: Runtime, span: Fields): Run | undefined {
  const id = textOf(span["spanId"]);
  if (id === undefined) return undefined;
  const known = open.get(id);
  if (known !== undefined) return known;
  const parent = open.get(textOf(span["parentId"]) ?? "") ?? open.get(textOf(span["traceId"]) ?? "");
  const active = context.active();
  const around = parent === undefined || active.getValue(runKey) === parent.id ? active : parent.inside;
  beginning = id;
  try {
    return add(begin(runtime, { id, parent, around }, fieldsOf(span["spanData"])));
  } finally {
    beginning = undefined;
  }
}

/** The Agents SDK keeps its running span in a storage of its own. */
function placeIn(active: Context): Context {
  const runtime = currentRuntime();
  const storage: unknown = Reflect.get(globalThis, storageKey);
  const { getStore } = fieldsOf(storage);
  if (runtime === undefined || typeof getStore !== "function") return active;
  const store = fieldsOf(Reflect.apply(getStore, storage, []));
  const span = store["span"];
  if (!isObject(span) || store["active"] === false) return active;
  const run = openRunOf(runtime, span);
  return run === undefined || active.getValue(runKey) === run.id ? active : run.inside;
}

function openRunOf(runtime: Runtime, span: Fields): Run | undefined {
  const id = textOf(span["spanId"]) ?? "";
  if (id === beginning) return undefined;
  // Started, and the other processors have not let us hear of it yet.
  const isStarted = typeof span["startedAt"] === "string" && typeof span["endedAt"] !== "string";
  return open.get(id) ?? (isStarted ? beginRun(runtime, span) : undefined);
}

interface Place {
  readonly id: string;
  readonly parent: Run | undefined;
  readonly around: Context;
}

function withSpan(
  runtime: Runtime,
  place: Place,
  name: string,
  options: { readonly kind?: SpanKind; readonly attributes: Attributes },
): Run {
  const span = tracerOf().startSpan(name, options, place.around);
  return {
    ...bare(runtime, place),
    span,
    inside: trace.setSpan(place.around, span).setValue(runKey, place.id),
  };
}

function bare(runtime: Runtime, { id, parent, around }: Place): Run {
  const inside = around.setValue(runKey, id);
  return { id, parent, span: undefined, inside, startMs: runtime.clock.now(), loop: undefined };
}

type Begin = (runtime: Runtime, place: Place, data: Fields) => Run;

const beginners: Readonly<Record<string, Begin>> = {
  // What groups others, and says nothing its parts do not.
  task: bare,
  turn: bare,
  agent: beginAgent,
  response: beginModel,
  generation: beginModel,
  function: beginTool,
  handoff: (runtime, place, data) =>
    withSpan(runtime, place, `handoff ${textOf(data["to_agent"]) ?? ""}`.trimEnd(), { attributes: {} }),
  guardrail: (runtime, place, data) =>
    withSpan(runtime, place, `guard ${textOf(data["name"]) ?? ""}`, {
      attributes: { [app.spanKind]: "guard" },
    }),
  mcp_tools: (runtime, place) =>
    withSpan(runtime, place, "tools/list", {
      kind: SpanKind.CLIENT,
      attributes: { [mcp.methodName]: "tools/list" },
    }),
};

function begin(runtime: Runtime, place: Place, data: Fields): Run {
  const type = textOf(data["type"]) ?? "custom";
  const known = beginners[type];
  if (known !== undefined) return known(runtime, place, data);
  return withSpan(runtime, place, textOf(data["name"]) ?? type, { attributes: {} });
}

function beginAgent(runtime: Runtime, place: Place, data: Fields): Run {
  const loop = new AgentLoop(runtime, { name: textOf(data["name"]) ?? "agent", parent: place.around });
  return { ...bare(runtime, place), span: loop.span, inside: loop.inside.setValue(runKey, place.id), loop };
}

function beginModel(runtime: Runtime, place: Place): Run {
  const call = new OpenCall();
  const position = readLoopPosition(loopAround(place.parent)?.beginStep() ?? place.around);
  const around = position === undefined ? place.around : setLoopPosition(place.around, position);
  const record = beginModelCall(runtime, around);
  return {
    ...bare(runtime, place),
    inside: markModelCall(around, call).setValue(runKey, place.id),
    call,
    record,
  };
}

function beginTool(runtime: Runtime, place: Place, data: Fields): Run {
  const name = textOf(data["name"]) ?? "tool";
  const attributes: Attributes = {
    [genAi.operationName]: operations.executeTool,
    [genAi.toolName]: name,
    [genAi.toolType]: "function",
  };
  const run = withSpan(runtime, place, `${operations.executeTool} ${name}`, { attributes });
  runtime.hooks.emit("onToolCallStart", {
    toolName: name,
    toolCallId: undefined,
    input: parseJson(data["input"]),
    stepNumber: loopAround(place.parent)?.steps ?? 0,
  });
  return { ...run, inside: setRunningTool(run.inside, name) };
}

function loopAround(run: Run | undefined): AgentLoop | undefined {
  let current = run;
  while (current !== undefined && current.loop === undefined) current = current.parent;
  return current?.loop;
}

function end(runtime: Runtime, run: Run, ended: Fields): void {
  const data = fieldsOf(ended["spanData"]);
  const error = errorOf(ended);
  if (run.loop !== undefined) return run.loop.finish(error);
  if (run.call !== undefined) {
    // A client below that records the call knows more of it.
    if (run.record !== undefined && !run.call.isClaimed) endModelCall(runtime, run.record, data, error);
    return;
  }
  const { span } = run;
  if (span === undefined) return;
  if (error !== undefined) {
    span.setAttribute(general.errorType, "_OTHER");
    span.setStatus({ code: SpanStatusCode.ERROR, message: errorText(error.message) });
  }
  if (data["type"] === "function") endTool(runtime, run, data, error);
  if (data["type"] === "guardrail")
    span.setAttribute(app.guardResult, data["triggered"] === true ? "fail" : "pass");
  if (data["type"] === "handoff") span.updateName(`handoff ${textOf(data["to_agent"]) ?? ""}`.trimEnd());
  span.end();
}

function errorOf(ended: Fields): Error | undefined {
  const error = ended["error"];
  return isObject(error) ? new Error(textOf(error["message"]) ?? "failed") : undefined;
}

function endTool(runtime: Runtime, run: Run, data: Fields, error: Error | undefined): void {
  const input = parseJson(data["input"]);
  const output = parseJson(data["output"]);
  const isSeen = capturesContent(runtime, run.inside);
  if (isSeen && input !== undefined) run.span?.setAttribute(genAi.toolCallArguments, contentText(input));
  if (isSeen && output !== undefined) run.span?.setAttribute(genAi.toolCallResult, contentText(output));
  const loop = loopAround(run.parent);
  const call = {
    toolName: textOf(data["name"]) ?? "tool",
    toolCallId: undefined,
    input,
    stepNumber: loop?.steps ?? 0,
    output,
    error,
    latencyMs: runtime.clock.now() - run.startMs,
  };
  loop?.noteTool(call);
  runtime.hooks.emit("onToolCall", call);
}
