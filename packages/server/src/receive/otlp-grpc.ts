// OTLP over gRPC: the same bytes into the same ingest. Source: OTLP specification 1.9, "OTLP/gRPC".
import type { IncomingHttpHeaders } from "node:http2";
import type { AddressInfo, Server } from "node:net";
import { ProtoWriter } from "../decode/proto-writer.ts";
import type { Sender } from "../ingest/group-commit.ts";
import type { Log } from "../spool/inserter.ts";
import { encodeAccepted, toFailure } from "./answer.ts";
import { checkHealth, healthCheckPath } from "./grpc/health.ts";
import { toSentMessage, type GrpcStatus } from "./grpc/unary-call.ts";
import { createUnaryServer, type AnsweredCall, type UnaryMethod } from "./grpc/unary-server.ts";
import { otlpSignals, type OtlpSignal, type SignalIngests } from "./otlp-signals.ts";
import type { BodyReader } from "./read-body.ts";

export interface OtlpGrpcOptions {
  readonly signals: SignalIngests;
  readonly bodies: BodyReader;
  readonly log: Log;
  /** Answers whose call it is by its metadata, before anything of it is read; throws when it may not come in. */
  readonly admit: (header: (name: string) => string | undefined) => AdmittedCall;
  /** What health checks are told. */
  readonly isServing: () => boolean;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Largest message in bytes, before and after decompression. */
  readonly maxMessageBytes: number;
  /** How long a message may take to come in. */
  readonly requestTimeoutMs: number;
  /** Connections at one time. */
  readonly maxConnections: number;
  /** Told of every call when it is over. */
  readonly onCall?: (call: AnsweredCall) => void;
}

/** A call that may come in. */
export interface AdmittedCall {
  readonly sender: Sender;
  /** Counts the bytes of its message, as they came over the wire. */
  readonly takeBytes?: (bytes: number) => void;
}

export interface GrpcListening {
  readonly port: number;
  /** Stops accepting, lets calls in flight finish for up to `graceMs`, then cuts what is left. */
  close(graceMs: number): Promise<void>;
}

/** The address of the gRPC door cannot be listened on. */
export class GrpcListenError extends Error {
  override readonly name = "GrpcListenError";
  readonly code = "grpc_listen_failed";
}

/** Opens the OTLP/gRPC door. Throws GrpcListenError. */
export async function listenGrpc(options: OtlpGrpcOptions): Promise<GrpcListening> {
  const methods = new Map<string, UnaryMethod>([[healthCheckPath, createHealthCheck(options)]]);
  for (const signal of otlpSignals) {
    methods.set(`/${signal.grpcService}/Export`, createExport(signal, options));
  }
  const { requestTimeoutMs, maxConnections, onCall } = options;
  const server = createUnaryServer({
    methods,
    requestTimeoutMs,
    maxConnections,
    onCall,
    toStatus: (error, path) => toStatus(error, path, options.log),
  });
  const port = await bind(server.listener, options);
  return { port, close: (graceMs) => server.close(graceMs) };
}

function createExport(signal: OtlpSignal, options: OtlpGrpcOptions): UnaryMethod {
  const { admit, bodies, signals, maxMessageBytes } = options;
  return async (stream, headers) => {
    const { sender, takeBytes } = admit((name) => readHeader(headers, name));
    const message = toSentMessage(stream, headers, maxMessageBytes);
    const open: typeof message.open = (raw) => {
      takeBytes?.(raw.length);
      return message.open(raw);
    };
    const { rejected } = await bodies.withSent({ ...message, open }, (bytes) =>
      signals[signal.name].accept({ ...sender, bytes }),
    );
    return encodeAccepted(rejected);
  };
}

/** Health is open to everybody, as it is over HTTP. */
function createHealthCheck({ bodies, isServing }: OtlpGrpcOptions): UnaryMethod {
  const services = [...otlpSignals.map(({ grpcService }) => grpcService), "grpc.health.v1.Health"];
  const maxBytes = 1024;
  return (stream, headers) =>
    bodies.withSent(toSentMessage(stream, headers, maxBytes), (request) =>
      Promise.resolve(checkHealth(request, services, isServing())),
    );
}

function readHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function toStatus(error: unknown, path: string, log: Log): GrpcStatus {
  const failure = toFailure(error);
  if (failure.status === 500) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log("error", "request failed", { path, error: text });
  }
  const message = `${failure.code}: ${failure.message}`;
  const { grpcCode: code, retryAfterSeconds } = failure;
  if (retryAfterSeconds === undefined) return { code, message };
  return { code, message, details: encodeRetry({ code, message, delaySeconds: retryAfterSeconds }) };
}

/** A google.rpc.Status with google.rpc.RetryInfo: without it a sender may not try again after some codes. */
function encodeRetry(status: { code: number; message: string; delaySeconds: number }): Buffer {
  const writer = new ProtoWriter();
  writer.varint(1, status.code);
  writer.text(2, status.message);
  writer.message(3, () => {
    writer.text(1, "type.googleapis.com/google.rpc.RetryInfo");
    writer.message(2, () => writer.message(1, () => writer.varint(1, status.delaySeconds)));
  });
  return Buffer.from(writer.finish());
}

function bind(server: Server, { host, port }: OtlpGrpcOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => reject(toListenError(cause, { host, port })));
    server.listen(port, host.replace(/^\[|\]$/g, ""), () => resolve((server.address() as AddressInfo).port));
  });
}

function toListenError(cause: Error, { host, port }: { host: string; port: number }): GrpcListenError {
  const message = cause.message.includes("EADDRINUSE")
    ? `Port ${port} on ${host} is in use: stop what listens there, or choose another for gRPC with --grpc-port (SPANLIGHT_GRPC_PORT).`
    : `Listening for gRPC on ${host}:${port} failed: ${cause.message}. Choose another port with --grpc-port (SPANLIGHT_GRPC_PORT).`;
  return new GrpcListenError(message, { cause });
}
