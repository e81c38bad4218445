import { SpanKind, type Attributes } from "@opentelemetry/api";
import { app, genAi, operations } from "@spanlight/conventions";
import { enterContext, prepareEntering } from "../../context/enter-context.ts";
import { readLoopPosition, setLoopPosition } from "../../context/loop-context.ts";
import { contentText } from "../../manual/content-text.ts";
import { describeDocuments } from "../../manual/documents.ts";
import { capturesContent, currentRuntime, type Runtime } from "../../runtime.ts";
import { AgentLoop } from "../agent-loop.ts";
import { describeError } from "../describe-error.ts";
import { joinStream, leaveStream, type OpenStream } from "../idle-streams.ts";
import { endCall, markModelCall } from "../model-call.ts";
import { fieldsOf, listOf, textOf } from "../read-value.ts";
import { beginModelCall, estimateMissing, readModelEnd, type ModelStart } from "./langchain-call.ts";
import { beginSpan, failSpan, isJump, loopAround, Runs, setRun, type Run } from "./langchain-runs.ts";
import { readToolRun, reportTool, type ToolStart } from "./langchain-tool.ts";

/** Chains that are a graph or an agent: the loop over a model and its tools. */
const agentClasses = /^(?:Compiled(?:State)?Graph|Pregel|ReactAgent|AgentExecutor)$/;

/** Ends the record of a model's stream that nobody can read any more. */
const dropped = new FinalizationRegistry<{ readonly handler: LangChainHandler; readonly id: string }>(
  ({ handler, id }) => handler.drop(id),
);

/**
 * A callback handler for LangChain and LangGraph: chains, agents, tools and retrievers become spans, model calls records. It
 * needs no class of theirs; none of its methods throws.
 */
export class LangChainHandler {
  readonly name = "spanlight";
  /** Callbacks are awaited, so that a run's start is known before what it does. */
  readonly awaitHandlers = true;
  readonly raiseError = false;
  readonly ignoreLLM = false;
  readonly ignoreChain = false;
  readonly ignoreAgent = false;
  readonly ignoreRetriever = false;
  readonly ignoreCustomEvent = true;
  readonly #runs = new Runs();

  constructor() {
    prepareEntering();
  }

  copy(): this {
    return this;
  }

  /** The open run of a tool, for whoever asks the interceptors inside it. */
  runOf(runId: string): Run | undefined {
    return this.#runs.get(runId);
  }

  handleChainStart(
    chain: unknown,
    _inputs: unknown,
    ...[id, parentId, tags, , , name]: StartArguments
  ): void {
    this.#guard((runtime) => {
      const place = { id, ...this.#runs.contextOf(parentId) };
      const className = textOf(listOf(fieldsOf(chain)["id"]).at(-1)) ?? "chain";
      const runName = name ?? className;
      if (tags?.includes("langsmith:hidden") === true) return this.#open(hiddenRun(runtime, place), parentId);
      if (agentClasses.test(className)) {
        const loop = new AgentLoop(runtime, { name: runName, parent: place.context });
        const inside = setRun(loop.inside, id);
        return this.#open({ ...hiddenRun(runtime, place), span: loop.span, inside, loop }, parentId);
      }
      const attributes: Attributes = {
        [genAi.operationName]: operations.invokeWorkflow,
        [genAi.workflowName]: runName,
        [app.spanKind]: "chain",
      };
      const title = `${operations.invokeWorkflow} ${runName}`;
      this.#open(beginSpan(runtime, place, title, { attributes }), parentId);
    });
  }

  handleChainEnd(_outputs: unknown, id: string): void {
    this.#close(id, (run) => endChain(run, undefined));
  }

  handleChainError(error: unknown, id: string): void {
    this.#close(id, (run) => {
      if (run.loop === undefined) failSpan(run.span, error);
      endChain(run, isJump(error) ? undefined : error);
    });
  }

  handleChatModelStart(llm: unknown, messages: unknown, ...rest: ModelArguments): void {
    this.#beginModel("chat", llm, listOf(listOf(messages)[0]), rest);
  }

  handleLLMStart(llm: unknown, prompts: unknown, ...rest: ModelArguments): void {
    this.#beginModel("text_completion", llm, listOf(prompts), rest);
  }

  handleLLMNewToken(token: unknown, _index: unknown, id: string): void {
    const run = this.#runs.get(id);
    if (run?.call === undefined) return;
    this.#guard((runtime) => {
      readChunk(runtime, run, token);
      if (run.stream !== undefined) return;
      run.stream = openStream(run, runtime, () => this.drop(id));
      joinStream(run.stream);
    });
  }

  handleLLMEnd(result: unknown, id: string): void {
    this.#close(id, (run, runtime) => {
      if (run.call === undefined) return;
      readModelEnd(run.call, fieldsOf(result));
      endModel(runtime, run, "completed");
    });
  }

  handleLLMError(error: unknown, id: string): void {
    this.#close(id, (run, runtime) => {
      if (run.call === undefined) return;
      const isAbort = error instanceof Error && /Abort/.test(`${error.name}${error.constructor.name}`);
      if (!isAbort || run.call.chunkCount === 0) run.call.error = describeError(error);
      endModel(runtime, run, isAbort ? "abort" : "error");
    });
  }

  handleToolStart(tool: unknown, input: unknown, ...[id, parentId, , , name, callId]: ToolArguments): void {
    this.#guard((runtime) => {
      const place = { id, ...this.#runs.contextOf(parentId) };
      const start: ToolStart = { serialized: fieldsOf(tool), input, name, callId };
      const run = readToolRun(runtime, place, start, loopAround(place.parent)?.steps ?? 0);
      this.#open(run, parentId);
    });
  }

  handleToolEnd(output: unknown, id: string): void {
    this.#close(id, (run, runtime) => reportTool(runtime, run, { output, loop: loopAround(run.parent) }));
  }

  handleToolError(error: unknown, id: string): void {
    this.#close(id, (run, runtime) => {
      reportTool(runtime, run, { error, loop: loopAround(run.parent) });
    });
  }

  handleRetrieverStart(
    retriever: unknown,
    query: unknown,
    ...[id, parentId, , , name]: RetrieverArguments
  ): void {
    this.#guard((runtime) => {
      const place = { id, ...this.#runs.contextOf(parentId) };
      const source = name ?? textOf(listOf(fieldsOf(retriever)["id"]).at(-1)) ?? "retriever";
      const attributes: Attributes = {
        [genAi.operationName]: operations.retrieval,
        [genAi.dataSourceId]: source,
      };
      if (capturesContent(runtime, place.context)) attributes[genAi.retrievalQueryText] = contentText(query);
      const options = { kind: SpanKind.CLIENT, attributes };
      this.#open(beginSpan(runtime, place, `${operations.retrieval} ${source}`, options), parentId);
    });
  }

  handleRetrieverEnd(documents: unknown, id: string): void {
    this.#close(id, (run, runtime) => {
      const described = describeDocuments(documents, capturesContent(runtime, run.inside));
      if (described !== undefined) {
        run.span?.setAttribute(app.retrievalDocumentCount, described.length);
        run.span?.setAttribute(genAi.retrievalDocuments, contentText(described));
      }
      run.span?.end();
    });
  }

  handleRetrieverError(error: unknown, id: string): void {
    this.#close(id, (run) => {
      failSpan(run.span, error);
      run.span?.end();
    });
  }

  #beginModel(
    operation: ModelStart["operation"],
    llm: unknown,
    messages: readonly unknown[],
    [id, parentId, extra, , metadata]: ModelArguments,
  ): void {
    this.#guard((runtime) => {
      const place = { id, ...this.#runs.contextOf(parentId) };
      const loop = loopAround(place.parent);
      const position = loop === undefined ? undefined : readLoopPosition(loop.beginStep());
      const around = position === undefined ? place.context : setLoopPosition(place.context, position);
      const call = beginModelCall(runtime, around, {
        operation,
        messages,
        extra: fieldsOf(extra),
        metadata: fieldsOf(metadata),
        serialized: fieldsOf(llm),
      });
      loop?.markInjected(call);
      if (call === undefined) return;
      const run: Run = {
        ...hiddenRun(runtime, place),
        inside: setRun(markModelCall(around, call), id),
        call,
      };
      if (!this.#runs.add(run)) return;
      // A stream that is left early tells no callback: its manager, which alone holds this object, goes with it.
      // Given no function: one made here would hold that object itself.
      if (metadata !== undefined) dropped.register(metadata, { handler: this, id }, run);
      // What the client library does below is this call, and makes no second one.
      enterContext(run.inside);
    });
  }

  /** Ends a model call that nobody can hear of any more. */
  drop(id: string): void {
    this.#close(id, (run, runtime) => endModel(runtime, run, "dropped"));
  }

  #open(run: Run, parentId: string | undefined): void {
    if (!this.#runs.add(run)) return;
    // A tool may be called straight from the application's own synchronous code, which must not end up inside the tool.
    if (run.tool === undefined || parentId !== undefined) enterContext(run.inside);
  }

  #guard(step: (runtime: Runtime) => void): void {
    const runtime = currentRuntime();
    if (runtime === undefined) return;
    try {
      step(runtime);
    } catch (error) {
      runtime.onFailure(error, "langchain");
    }
  }

  #close(id: string, step: (run: Run, runtime: Runtime) => void): void {
    const run = this.#runs.take(id);
    if (run === undefined) return;
    this.#guard((runtime) => {
      // Whatever still runs inside has been left: a stream nobody reads on.
      for (const child of this.#runs.inside(run)) if (child.call !== undefined) this.#leave(child, runtime);
      step(run, runtime);
    });
  }

  #leave(run: Run, runtime: Runtime): void {
    this.#runs.take(run.id);
    endModel(runtime, run, "break");
  }
}

type StartArguments = [
  id: string,
  parentId?: string,
  tags?: readonly string[],
  metadata?: object,
  runType?: string,
  name?: string,
  ...rest: unknown[],
];
type ModelArguments = [
  id: string,
  parentId?: string,
  extra?: unknown,
  tags?: readonly string[],
  metadata?: object,
  name?: string,
  ...rest: unknown[],
];
type ToolArguments = [
  id: string,
  parentId?: string,
  tags?: readonly string[],
  metadata?: object,
  name?: string,
  callId?: string,
  ...rest: unknown[],
];
type RetrieverArguments = [
  id: string,
  parentId?: string,
  tags?: readonly string[],
  metadata?: object,
  name?: string,
  ...rest: unknown[],
];

function hiddenRun(
  runtime: Runtime,
  place: { readonly id: string; readonly parent: Run | undefined; readonly context: Run["inside"] },
): Run {
  return {
    id: place.id,
    parent: place.parent,
    span: undefined,
    inside: setRun(place.context, place.id),
    startMs: runtime.clock.now(),
    lastChunkMs: 0,
    outputCharacters: 0,
  };
}

function endChain(run: Run, error: unknown): void {
  if (run.loop !== undefined) run.loop.finish(error);
  else run.span?.end();
}

function readChunk(runtime: Runtime, run: Run, token: unknown): void {
  const { call } = run;
  if (call === undefined) return;
  const nowMs = runtime.clock.now();
  call.stream = true;
  if (run.lastChunkMs > 0) call.maxGapMs = Math.max(call.maxGapMs, nowMs - run.lastChunkMs);
  run.lastChunkMs = nowMs;
  call.chunkCount++;
  if (call.firstChunkMs === undefined && typeof token === "string") call.firstChunkMs = nowMs;
  if (typeof token === "string") run.outputCharacters += token.length;
}

/** LangChain does not say whether its stream is read from: nobody does when no chunk comes. */
function openStream(run: Run, { clock }: Runtime, end: () => void): OpenStream {
  return {
    clock,
    isAborted: false,
    get idleSinceMs(): number {
      return run.lastChunkMs;
    },
    end,
  };
}

function endModel(
  runtime: Runtime,
  run: Run,
  how: "completed" | "abort" | "error" | "break" | "dropped",
): void {
  const { call } = run;
  if (call === undefined) return;
  dropped.unregister(run);
  if (run.stream !== undefined) leaveStream(run.stream);
  if (how === "dropped" || how === "break") call.stream = true;
  if (call.stream) call.streamEnd = how;
  estimateMissing(call, run.outputCharacters);
  endCall(runtime, call);
}
