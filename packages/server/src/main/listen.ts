import { createServer, type Server } from "node:http";
import { getRequestListener } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
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

/** Serves the application on an address. */
export async function listen(
  app: HttpApplication,
  address: { host: string; port: number },
): Promise<Listening> {
  const answer = getRequestListener((request, env) => app.fetch(request, env as HttpBindings), {
    overrideGlobalObjects: false,
  });
  const server = createServer((request, response) => void answer(request, response)); // answers its own failures
  server.keepAliveTimeout = 65_000; // above the 60 s of common load balancers
  await bind(server, address);
  const bound = server.address();
  const port = typeof bound === "object" && bound !== null ? bound.port : address.port;
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
