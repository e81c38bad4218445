import { SpanKind, type Attributes, type Span } from "@opentelemetry/api";
import { app, genAi, operations } from "@spanlight/conventions";
import { activeContext, capturesContent, currentRuntime } from "../runtime.ts";
import { logContext } from "../observers/call-log.ts";
import { contentText } from "./content-text.ts";
import { runInSpan } from "./run-in-span.ts";
import { describeDocuments } from "./documents.ts";

/** Attributes of the caller's own, on any span. */
interface WithAttributes {
  readonly attributes?: Attributes;
}

export interface RetrievalOptions extends WithAttributes {
  /** Where the documents come from: an index, a collection, a table. */
  readonly source?: string;
  /** What is searched for; recorded only where content is. */
  readonly query?: string;
  readonly topK?: number;
}

export interface EmbeddingOptions extends WithAttributes {
  readonly model: string;
  readonly provider?: string;
  readonly dimensions?: number;
}

export interface AgentOptions extends WithAttributes {
  readonly name: string;
  readonly id?: string;
  readonly description?: string;
  readonly version?: string;
}

/** Whether content is recorded where this is called. */
export function capturesHere(): boolean {
  const runtime = currentRuntime();
  return runtime !== undefined && capturesContent(runtime, activeContext());
}

/** A search, timed apart from the model call. The documents are read off the result: a list, or `{ documents }`. */
export function retrieval<T>(options: RetrievalOptions, work: (span: Span) => T): T {
  const captures = capturesHere();
  const attributes: Attributes = { ...options.attributes, [genAi.operationName]: operations.retrieval };
  if (options.source !== undefined) attributes[genAi.dataSourceId] = options.source;
  if (options.topK !== undefined) attributes[genAi.retrievalTopK] = options.topK;
  if (captures && options.query !== undefined)
    attributes[genAi.retrievalQueryText] = contentText(options.query);
  const name = nameOf(operations.retrieval, options.source);
  return runInSpan(name, { kind: SpanKind.CLIENT, attributes }, work, {
    onResult(span, result) {
      const documents = describeDocuments(result, captures);
      if (documents === undefined) return;
      span.setAttribute(app.retrievalDocumentCount, documents.length);
      currentRuntime()?.log?.facts.addDocuments(span.spanContext().traceId, documents.length);
      span.setAttribute(genAi.retrievalDocuments, contentText(documents));
    },
  });
}

/** An embedding that no instrumented client makes. */
export function embedding<T>(options: EmbeddingOptions, work: (span: Span) => T): T {
  const attributes: Attributes = {
    ...options.attributes,
    [genAi.operationName]: operations.embeddings,
    [genAi.requestModel]: options.model,
  };
  if (options.provider !== undefined) attributes[genAi.providerName] = options.provider;
  if (options.dimensions !== undefined) attributes[genAi.embeddingsDimensionCount] = options.dimensions;
  return runInSpan(`${operations.embeddings} ${options.model}`, { kind: SpanKind.CLIENT, attributes }, work);
}

/** Steps that belong together: a chain, a workflow, a pipeline. */
export function chain<T>(name: string, work: (span: Span) => T, options: WithAttributes = {}): T {
  const attributes: Attributes = {
    ...options.attributes,
    [genAi.operationName]: operations.invokeWorkflow,
    [genAi.workflowName]: name,
    [app.spanKind]: "chain",
  };
  return runInSpan(`${operations.invokeWorkflow} ${name}`, { attributes }, work);
}

/** A model that decides by itself which tools to call, until it is done. */
export function agent<T>(options: AgentOptions | string, work: (span: Span) => T): T {
  const given = typeof options === "string" ? { name: options } : options;
  const attributes: Attributes = {
    ...given.attributes,
    [genAi.operationName]: operations.invokeAgent,
    [genAi.agentName]: given.name,
  };
  if (given.id !== undefined) attributes[genAi.agentId] = given.id;
  if (given.description !== undefined) attributes[genAi.agentDescription] = given.description;
  if (given.version !== undefined) attributes[genAi.agentVersion] = given.version;
  return runInSpan(`${operations.invokeAgent} ${given.name}`, { attributes }, work);
}

/** A check on what goes in or comes out. A result of `false`, or `{ passed: false }`, is a failed check, not an error. */
export function guard<T>(name: string, work: (span: Span) => T, options: WithAttributes = {}): T {
  const attributes: Attributes = { ...options.attributes, [app.spanKind]: "guard" };
  return runInSpan(`guard ${name}`, { attributes }, work, {
    onResult(span, result) {
      const passed = readVerdict(result);
      if (passed === undefined) return;
      span.setAttribute(app.guardResult, passed ? "pass" : "fail");
      if (!passed) logFailedGuard(name, span);
    },
  });
}

function logFailedGuard(guardName: string, span: Span): void {
  const log = currentRuntime()?.log;
  if (log === undefined) return;
  const { traceId, spanId } = span.spanContext();
  const fields = {
    service: log.service,
    guard: guardName,
    ...logContext(),
    trace_id: traceId,
    span_id: spanId,
  };
  log.logger.error(fields, "guard failed");
}

function readVerdict(result: unknown): boolean | undefined {
  if (typeof result === "boolean") return result;
  if (typeof result !== "object" || result === null || !("passed" in result)) return undefined;
  return result.passed === true;
}

function nameOf(operation: string, subject: string | undefined): string {
  return subject === undefined ? operation : `${operation} ${subject}`;
}
