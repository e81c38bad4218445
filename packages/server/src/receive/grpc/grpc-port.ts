// The port of the gRPC server: how many may connect, and what is told to whoever speaks something else.
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A port that is listened on. */
export interface GrpcPort {
  readonly port: number;
  /** Accepts no more; `cut` ends what is still connected. */
  readonly close: () => Promise<void>;
  readonly cut: () => void;
}

const preface = "PRI * HTTP/2.0";
const tcpKeepAliveMs = 60_000;
/** A connection that says nothing at all is closed. */
const greetingTimeoutMs = 60_000;

/** Listens, and hands over what begins as HTTP/2 does. */
export async function openGrpcPort(
  address: { host: string; port: number; maxConnections: number },
  accept: (socket: Socket) => void,
): Promise<GrpcPort> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    greet(socket, accept);
  });
  server.maxConnections = address.maxConnections;
  const port = await bind(server, address);
  return {
    port,
    close: () => new Promise((resolve) => void server.close(() => resolve())),
    cut() {
      for (const socket of sockets) socket.destroy();
    },
  };
}

function bind(server: Server, { host, port }: { host: string; port: number }): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => resolve((server.address() as AddressInfo).port));
  });
}

/** Looks at what a connection begins with: what speaks something else is told so in words it can show. */
function greet(socket: Socket, accept: (socket: Socket) => void): void {
  const giveUp = (): void => void socket.destroy();
  socket.on("error", giveUp);
  socket.setKeepAlive(true, tcpKeepAliveMs);
  socket.setTimeout(greetingTimeoutMs, giveUp);
  socket.once("data", (first: Buffer) => {
    if (!preface.startsWith(first.toString("latin1", 0, preface.length))) {
      socket.end(otherProtocolAnswer);
      socket.resume();
      return;
    }
    socket.off("error", giveUp);
    socket.setTimeout(0);
    socket.off("timeout", giveUp);
    socket.pause();
    socket.unshift(first);
    accept(socket);
  });
}

const hint =
  "This port speaks gRPC without TLS. Send OTLP over HTTP to the HTTP port of this server: 4318, unless SPANLIGHT_PORT says otherwise.\n";
const otherProtocolAnswer = `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: ${hint.length}\r\nconnection: close\r\n\r\n${hint}`;
