// A server of unary gRPC methods on node:http2, so that who calls is known before a byte of the message is read, and every byte counted.
import {
  constants,
  createServer as createHttp2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Session,
  type ServerHttp2Stream,
} from "node:http2";
import { createServer, type Server, type Socket } from "node:net";
import { sendHttpStatus, sendMessage, sendStatus, type GrpcStatus } from "./unary-call.ts";

/** Answers a call by one message. Whatever it throws becomes a status. */
export type UnaryMethod = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => Promise<Buffer>;

/** A call that is over. */
export interface AnsweredCall {
  readonly path: string;
  /** gRPC status code; undefined where whoever asked went away before there was an answer. */
  readonly code: number | undefined;
  readonly durationMs: number;
}

export interface UnaryServerOptions {
  /** By path: `/package.Service/Method`. */
  readonly methods: ReadonlyMap<string, UnaryMethod>;
  readonly toStatus: (error: unknown, path: string) => GrpcStatus;
  /** Told of every call of a method that is there, when its answer is out or whoever asked has gone. */
  readonly onCall?: ((call: AnsweredCall) => void) | undefined;
  /** How long a message may take to come in. */
  readonly requestTimeoutMs: number;
  /** Connections at one time; more are closed at once. */
  readonly maxConnections: number;
}

export interface UnaryServer {
  readonly listener: Server;
  /** Stops accepting, lets calls in flight finish for up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

const unimplemented = 12;
const deadlineExceeded = 4;
const maxStreams = 64;
const streamWindowBytes = 1024 * 1024;
const connectionWindowBytes = 4 * 1024 * 1024;
/** As over HTTP. Who heeds it refuses larger metadata itself; past four times as much nghttp2 ends the connection. */
const maxHeaderBytes = 16 * 1024;
/** nghttp2's own bookkeeping for one connection, in megabytes. */
const maxSessionMemory = 64;
/** A connection that nobody has used for so long is asked to go. */
const idleMs = 30 * 60_000;
const tcpKeepAliveMs = 60_000;
/** A connection that says nothing at all is closed. */
const greetingTimeoutMs = 60_000;

/** Makes the server; who calls it binds its listener. */
export function createUnaryServer(options: UnaryServerOptions): UnaryServer {
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const http2 = createHttp2Server({
    maxSessionMemory,
    settings: {
      maxConcurrentStreams: maxStreams,
      initialWindowSize: streamWindowBytes,
      maxHeaderListSize: maxHeaderBytes,
      enablePush: false,
    },
  });
  http2.on("session", (session) => {
    sessions.add(session);
    session.setLocalWindowSize(connectionWindowBytes);
    session.setTimeout(idleMs, () => session.close());
    session.on("close", () => sessions.delete(session));
    session.on("error", () => session.destroy());
  });
  http2.on("sessionError", () => undefined); // the connection is gone; its calls have been told
  http2.on("stream", (stream, headers) => answerCall(stream, headers, options));
  const listener = createServer((socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    greet(socket, () => http2.emit("connection", socket));
  });
  listener.maxConnections = options.maxConnections;
  return {
    listener,
    close(graceMs) {
      for (const session of sessions) session.close();
      return closeListener(listener, sockets, graceMs);
    },
  };
}

const preface = "PRI * HTTP/2.0";

/** Looks at what a connection begins with: what speaks something else is told so in words it can show. */
function greet(socket: Socket, accept: () => void): void {
  const giveUp = (): void => void socket.destroy();
  socket.on("error", giveUp);
  socket.setKeepAlive(true, tcpKeepAliveMs);
  socket.setTimeout(greetingTimeoutMs, giveUp);
  socket.once("data", (first: Buffer) => {
    const start = first.toString("latin1", 0, preface.length);
    if (!preface.startsWith(start)) {
      socket.end(otherProtocolAnswer);
      socket.resume();
      return;
    }
    socket.off("error", giveUp);
    socket.setTimeout(0);
    socket.off("timeout", giveUp);
    socket.pause();
    socket.unshift(first);
    accept();
  });
}

const hint =
  "This port speaks gRPC without TLS. Send OTLP over HTTP to the HTTP port of this server: 4318, unless SPANLIGHT_PORT says otherwise.\n";
const otherProtocolAnswer = `HTTP/1.1 400 Bad Request\r\ncontent-type: text/plain\r\ncontent-length: ${hint.length}\r\nconnection: close\r\n\r\n${hint}`;

function answerCall(
  stream: ServerHttp2Stream,
  headers: IncomingHttpHeaders,
  options: UnaryServerOptions,
): void {
  stream.on("error", () => undefined); // a call that was cancelled; whoever reads its message is told
  if (headers[":method"] !== "POST") return sendHttpStatus(stream, 405);
  if (headers["content-type"]?.startsWith("application/grpc") !== true) return sendHttpStatus(stream, 415);
  const path = headers[":path"] ?? "";
  const method = options.methods.get(path);
  if (method === undefined) {
    const message = `there is no method ${path}: this server has ${[...options.methods.keys()].join(", ")}`;
    return sendStatus(stream, { code: unimplemented, message });
  }
  watchCall(stream, path, options);
  const timer = setTimeout(() => {
    const message =
      "the message did not come in the time that this server waits (SPANLIGHT_REQUEST_TIMEOUT_MS)";
    if (!stream.readableEnded) sendStatus(stream, { code: deadlineExceeded, message });
  }, options.requestTimeoutMs);
  method(stream, headers)
    .then(
      (answer) => sendMessage(stream, answer),
      (error: unknown) => sendStatus(stream, options.toStatus(error, path)),
    )
    .catch(() => stream.destroy()) // it closed while it was answered
    .finally(() => clearTimeout(timer));
}

function watchCall(stream: ServerHttp2Stream, path: string, { onCall }: UnaryServerOptions): void {
  if (onCall === undefined) return;
  const startedAt = performance.now();
  stream.once("close", () => {
    const { "grpc-status": status } = { ...stream.sentHeaders, ...stream.sentTrailers };
    // A message that ends because its sender cancelled it is answered, too, and nobody hears that.
    const isCancelled = stream.aborted || stream.rstCode === constants.NGHTTP2_CANCEL;
    const code = status === undefined || isCancelled ? undefined : Number(status);
    onCall({ path, code, durationMs: performance.now() - startedAt });
  });
}

function closeListener(listener: Server, sockets: ReadonlySet<Socket>, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, graceMs);
    listener.close(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
