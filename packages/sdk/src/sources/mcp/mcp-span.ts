import { SpanKind, SpanStatusCode, type Attributes, type Span } from "@opentelemetry/api";
import { genAi, general, mcp, operations } from "@spanlight/conventions";
import { contentText } from "../../manual/content-text.ts";
import { capturesHere } from "../../manual/kinds.ts";
import { fieldsOf, textOf, type Fields } from "../read-value.ts";

const toolCall = "tools/call";

/** What a request is about: the tool, the prompt or the resource it names. */
interface Subject {
  readonly method: string;
  readonly toolName: string | undefined;
  readonly promptName: string | undefined;
  readonly resourceUri: string | undefined;
}

export function subjectOf(request: Fields): Subject {
  const method = textOf(request["method"]) ?? "";
  const params = fieldsOf(request["params"]);
  const name = textOf(params["name"]);
  return {
    method,
    toolName: method === toolCall ? name : undefined,
    promptName: method === "prompts/get" ? name : undefined,
    resourceUri: method.startsWith("resources/") ? textOf(params["uri"]) : undefined,
  };
}

export function spanNameOf({ method, toolName, promptName }: Subject): string {
  const name = toolName ?? promptName;
  return name === undefined ? method : `${method} ${contentText(name)}`;
}

/** Attributes of a request, as the conventions have them for client and server alike. */
export function requestAttributes(subject: Subject, request: Fields, peer: Fields): Attributes {
  const attributes: Attributes = { [mcp.methodName]: subject.method };
  if (subject.toolName !== undefined) {
    attributes[genAi.operationName] = operations.executeTool;
    attributes[genAi.toolName] = contentText(subject.toolName);
  }
  if (subject.promptName !== undefined) attributes[genAi.promptName] = contentText(subject.promptName);
  if (subject.resourceUri !== undefined) attributes[mcp.resourceUri] = contentText(subject.resourceUri);
  const transport = fieldsOf(peer["transport"]);
  const sessionId = textOf(transport["sessionId"]);
  if (sessionId !== undefined) attributes[mcp.sessionId] = sessionId;
  if (/Stdio/.test(transport.constructor.name)) attributes[mcp.networkTransport] = "pipe";
  else if (/HTTP|SSE/i.test(transport.constructor.name)) attributes[mcp.networkTransport] = "tcp";
  const args = fieldsOf(request["params"])["arguments"];
  if (subject.toolName !== undefined && args !== undefined && capturesHere())
    attributes[genAi.toolCallArguments] = contentText(args);
  return attributes;
}

/** A tool that answers `isError` has failed, though the request has not. */
export function readResult(span: Span, { toolName }: Subject, result: Fields): void {
  if (toolName === undefined) return;
  if (capturesHere() && result["content"] !== undefined)
    span.setAttribute(genAi.toolCallResult, contentText(result["structuredContent"] ?? result["content"]));
  if (result["isError"] !== true) return;
  span.setAttribute(general.errorType, "tool_error");
  span.setStatus({ code: SpanStatusCode.ERROR, message: "the tool answered with an error" });
}

export const clientKind: SpanKind = SpanKind.CLIENT;
export const serverKind: SpanKind = SpanKind.SERVER;
