import { context, propagation, trace, type Context } from "@opentelemetry/api";
import { readRunningTool } from "../../context/tool-context.ts";
import { runInSpan } from "../../manual/run-in-span.ts";
import { currentRuntime } from "../../runtime.ts";
import { fieldsOf, isObject, type Fields } from "../read-value.ts";
import { clientKind, readResult, requestAttributes, serverKind, spanNameOf, subjectOf } from "./mcp-span.ts";

const marker = Symbol.for("@spanlight/sdk.watched");

type Request = (this: unknown, request: unknown, ...rest: unknown[]) => Promise<unknown>;
type Handler = (request: unknown, extra: unknown) => unknown;

/** A client of the MCP SDK: all its methods go through `request`. */
interface McpClient {
  request: Request;
}

/** A server of the MCP SDK: its handlers stand in one map. */
interface McpServer {
  readonly _requestHandlers: Map<string, Handler>;
}

export function isMcpClient(value: unknown): value is Fields & McpClient {
  return isObject(value) && typeof value["request"] === "function" && typeof value["callTool"] === "function";
}

/** The low-level server of a value, which may be the `McpServer` around it. */
export function mcpServerOf(value: unknown): McpServer | undefined {
  const server = isObject(value) && isObject(value["server"]) ? value["server"] : value;
  if (!isObject(server) || typeof server["setRequestHandler"] !== "function" || isMcpClient(server))
    return undefined;
  return server["_requestHandlers"] instanceof Map ? (server as Fields & McpServer) : undefined;
}

/** Traces what a client asks, and sends its trace context along in `_meta`. */
export function watchMcpClient(client: Fields & McpClient): void {
  const original = client.request;
  if (marker in original) return;
  const watched: Request = function request(message, ...rest) {
    if (currentRuntime() === undefined) return original.call(this, message, ...rest);
    const fields = fieldsOf(message);
    const subject = subjectOf(fields);
    const send = (): Promise<unknown> => original.call(this, withTraceContext(fields), ...rest);
    const attributes = requestAttributes(subject, fields, client);
    // A tool call that has its span already is enriched, not told twice.
    if (subject.toolName !== undefined && readRunningTool(context.active()) === subject.toolName) {
      trace.getActiveSpan()?.setAttributes(attributes);
      return send();
    }
    return runInSpan(spanNameOf(subject), { kind: clientKind, attributes }, send, {
      onResult: (span, result) => readResult(span, subject, fieldsOf(result)),
    });
  };
  Object.defineProperty(watched, marker, { value: true });
  Object.defineProperty(client, "request", { value: watched, configurable: true, writable: true });
}

function withTraceContext(request: Fields): Fields {
  const carrier: Record<string, string> = {};
  propagation.inject(context.active(), carrier);
  if (Object.keys(carrier).length === 0) return request;
  const params = fieldsOf(request["params"]);
  return { ...request, params: { ...params, _meta: { ...fieldsOf(params["_meta"]), ...carrier } } };
}

/** Traces what a server is asked, below the caller's span where its context came along. */
export function watchMcpServer(server: McpServer): void {
  const handlers = server._requestHandlers;
  if (Object.hasOwn(handlers, "get")) return;
  const find = handlers.get.bind(handlers);
  const watched = new WeakMap<Handler, Handler>();
  const get = (method: string): Handler | undefined => {
    const handler = find(method);
    if (handler === undefined) return undefined;
    const known = watched.get(handler);
    if (known !== undefined) return known;
    const made: Handler = (request, extra) =>
      handle(fieldsOf(server), request, () => handler(request, extra));
    watched.set(handler, made);
    return made;
  };
  Object.defineProperty(handlers, "get", { value: get, configurable: true, writable: true });
}

function handle(server: Fields, request: unknown, work: () => unknown): unknown {
  if (currentRuntime() === undefined) return work();
  const fields = fieldsOf(request);
  const subject = subjectOf(fields);
  const options = {
    kind: serverKind,
    attributes: requestAttributes(subject, fields, server),
    ...linksOf(fields),
  };
  return context.with(parentOf(fields), () =>
    runInSpan(spanNameOf(subject), options, work, {
      onResult: (span, result) => readResult(span, subject, fieldsOf(result)),
    }),
  );
}

/** The caller's context from `_meta`, on top of what is active here. */
function parentOf(request: Fields): Context {
  return propagation.extract(context.active(), fieldsOf(fieldsOf(request["params"])["_meta"]));
}

/** Where the caller's span becomes the parent, the span that is active here is linked. */
function linksOf(request: Fields): {
  links?: { context: NonNullable<ReturnType<typeof trace.getSpanContext>> }[];
} {
  const ambient = trace.getSpanContext(context.active());
  const parent = trace.getSpanContext(parentOf(request));
  return ambient === undefined || parent?.spanId === ambient.spanId ? {} : { links: [{ context: ambient }] };
}
