import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
import type { Log } from "../spool/inserter.ts";
import { answerNoRequest } from "./answer-no-request.ts";
import type { HttpApplication } from "./front-door.ts";

/** The address cannot be listened on; the message says why and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly code = "listen_failed";
}

export interface Listening {
  readonly port: number;
  /** Stops accepting, lets requests in flight finish for up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  /** How long a request may take to come in, headers and body. */
  readonly requestTimeoutMs?: number;
  /** How long a connection without a request is kept. */
  readonly keepAliveTimeoutMs?: number;
  /** Connections at one time; more are closed at once. */
  readonly maxConnections?: number;
  /** How long an answer may stand still before its connection is cut. */
  readonly idleTimeoutMs?: number;
  /** Told of requests that failed where nobody expected it. */
  readonly log?: Log;
}

/** Above the 60 s of common load balancers: who reuses a connection that is being closed gets no answer. */
const defaultKeepAliveTimeoutMs = 65_000;
const maxHeadersTimeoutMs = 60_000;
/** Who reads nothing for so long is gone. Above what any question here may take. */
const defaultIdleTimeoutMs = 300_000;

/** Serves the application on an address. */
export async function listen(app: HttpApplication, options: ListenOptions): Promise<Listening> {
  const { requestTimeoutMs = 120_000, idleTimeoutMs = defaultIdleTimeoutMs, maxConnections, log } = options;
  const answer = getRequestListener((request, env) => app.fetch(request, env as HttpBindings), {
    overrideGlobalObjects: false,
    hostname: "localhost", // health checks in HTTP/1.0 name none
    errorHandler: (error) => answerUnexpected(error, log),
  });
  const server = createServer(
    {
      requestTimeout: requestTimeoutMs,
      headersTimeout: Math.min(requestTimeoutMs, maxHeadersTimeoutMs),
      connectionsCheckingInterval: Math.min(requestTimeoutMs / 4, 5000),
      keepAliveTimeout: options.keepAliveTimeoutMs ?? defaultKeepAliveTimeoutMs,
    },
    (request, response) => void answer(request, response), // answers its own failures
  );
  server.timeout = idleTimeoutMs;
  if (maxConnections !== undefined) server.maxConnections = maxConnections;
  server.on("clientError", answerNoRequest);
  await bind(server, options);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : options.port;
  return { port, close: (graceMs) => closeServer(server, graceMs) };
}

/** Throws ListenError where the address cannot be listened on now; `option` sets the port. Any free port is always free. */
export async function refuseAddressInUse(
  address: { host: string; port: number },
  option: string,
): Promise<void> {
  if (address.port === 0) return;
  const server = createServer();
  await bind(server, address, option);
  await new Promise((resolve) => server.close(resolve));
}

/** Whatever the doors did not answer themselves: malformed addresses come here too, and are their sender's to mend. */
function answerUnexpected(error: unknown, log: Log | undefined): Response {
  if (error instanceof Error && error.name === "RequestError") {
    return new Response(`the request cannot be read: ${error.message}\n`, { status: 400 });
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log?.("error", "request failed", { error: text });
  return new Response("the server failed at this request; its log says why\n", { status: 500 });
}

function bind(server: Server, address: { host: string; port: number }, option = "--port"): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => reject(toListenError(cause, address, option)));
    server.listen(address.port, address.host, () => resolve());
  });
}

function toListenError(
  cause: NodeJS.ErrnoException,
  address: { host: string; port: number },
  option: string,
): ListenError {
  const where = `${address.host}:${address.port}`;
  switch (cause.code) {
    case "EADDRINUSE":
      return new ListenError(
        `Port ${address.port} on ${address.host} is in use: stop what listens there, or choose another with ${option}.`,
        {
          cause,
        },
      );
    case "EACCES":
      return new ListenError(
        `Listening on ${where} is not permitted for this user: choose a port above 1023 with ${option}.`,
        { cause },
      );
    default:
      return new ListenError(`Listening on ${where} failed: ${cause.message}.`, { cause });
  }
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(cut);
      resolve();
    });
    server.closeIdleConnections();
  });
}
