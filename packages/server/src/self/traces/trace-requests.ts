import type { IncomingMessage, ServerResponse } from "node:http";
import { ROOT_CONTEXT, type Context } from "@opentelemetry/api";
import { W3CTraceContextPropagator } from "@opentelemetry/core";
import type { OpenSpan, Tracing } from "./tracing.ts";

interface Exchange {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
}

/** An application as the listener calls it. */
export interface Answering<Env> {
  fetch(request: Request, env: Env): Response | Promise<Response>;
}

export interface TraceRequestsOptions {
  readonly tracing: Tracing;
  /** Whether requests of this method to this path have spans. Asked of every request, also of those that bring telemetry. */
  readonly isTraced: (method: string, path: string) => boolean;
  /** The template of a path, as `/api/traces/:traceId`; undefined where there is nothing. */
  readonly findRoute: (path: string) => string | undefined;
}

/**
 * The same application, with a server span for every request that is to have one, below the `traceparent` it came with. It ends when
 * the answer is out or nobody waits for it any more. Of the path its template is told, of the query nothing. A request that is turned
 * away has none: strangers write nothing.
 */
export function traceRequests<Env extends Exchange>(
  application: Answering<Env>,
  { tracing, isTraced, findRoute }: TraceRequestsOptions,
): Answering<Env> {
  return {
    fetch(request, env) {
      const { incoming, outgoing } = env;
      const method = incoming.method ?? "GET";
      const path = readPath(incoming);
      if (!isTraced(method, path)) return application.fetch(request, env);
      const route = findRoute(path);
      const isKnown = methods.has(method);
      const work = {
        name: [isKnown ? method : "HTTP", ...(route === undefined ? [] : [route])].join(" "),
        kind: "server" as const,
        attributes: {
          "http.request.method": isKnown ? method : "_OTHER",
          ...(route === undefined ? {} : { "http.route": route }),
          "url.scheme": "http",
          "network.protocol.version": incoming.httpVersion,
        },
        remoteParent: readParent(incoming),
      };
      return tracing.enter(work, (span) => {
        outgoing.once("close", () => endSpan(span, outgoing));
        return application.fetch(request, env);
      });
    },
  };
}

const methods = new Set(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]);

/** No key, one that may not, one that asks too much: counted where they are refused. */
const turnedAway = new Set([401, 403, 429]);

function endSpan(span: OpenSpan, { statusCode, headersSent, writableFinished }: ServerResponse): void {
  if (turnedAway.has(statusCode)) return;
  if (headersSent) span.note({ "http.response.status_code": statusCode });
  if (!writableFinished) span.note({ "error.type": "client_gone" });
  else if (statusCode >= 500) span.fail(String(statusCode));
  span.end();
}

const propagator = new W3CTraceContextPropagator();
const fromHeaders = {
  keys: (headers: IncomingMessage["headers"]) => Object.keys(headers),
  get: (headers: IncomingMessage["headers"], name: string) => headers[name],
};

function readParent({ headers }: IncomingMessage): Context {
  return propagator.extract(ROOT_CONTEXT, headers, fromHeaders);
}

function readPath({ url = "/" }: IncomingMessage): string {
  return url.split(/[?#]/, 1)[0] ?? "/";
}
