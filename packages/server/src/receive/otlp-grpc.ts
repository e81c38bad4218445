// OTLP over gRPC: the same bytes into the same ingest. Source: OTLP specification 1.9, "OTLP/gRPC".
import {
  logVerbosity,
  Metadata,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import { ProtoWriter } from "../decode/proto-writer.ts";
import type { Receipt, Sender } from "../ingest/group-commit.ts";
import type { Log } from "../spool/inserter.ts";
import { encodeAccepted, toFailure } from "./answer.ts";
import { otlpSignals, type OtlpSignal, type SignalIngests } from "./otlp-signals.ts";
import type { BodyReader } from "./read-body.ts";

export interface OtlpGrpcOptions {
  readonly signals: SignalIngests;
  readonly bodies: BodyReader;
  readonly log: Log;
  /** Answers whose call it is from its metadata and size in bytes; throws when it may not come in. */
  readonly admit: (header: (name: string) => string | undefined, bytes: number) => Sender;
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Largest message in bytes, before and after decompression. */
  readonly maxMessageBytes: number;
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
  setLogVerbosity(logVerbosity.NONE); // every failure reaches this room and is told from here
  const server = new Server({
    "grpc.max_receive_message_length": options.maxMessageBytes,
    "grpc.max_concurrent_streams": 64,
  });
  for (const signal of otlpSignals) {
    server.addService(defineService(signal), { Export: createExport(signal, options) });
  }
  const port = await bind(server, options);
  return { port, close: (graceMs) => closeServer(server, graceMs) };
}

/** Messages stay bytes: they are read in place, as over HTTP. */
function defineService(signal: OtlpSignal): ServiceDefinition {
  const keep = (bytes: Buffer): Buffer => bytes;
  return {
    Export: {
      path: `/${signal.grpcService}/Export`,
      requestStream: false,
      responseStream: false,
      requestSerialize: keep,
      requestDeserialize: keep,
      responseSerialize: keep,
      responseDeserialize: keep,
    },
  };
}

function createExport(signal: OtlpSignal, options: OtlpGrpcOptions): handleUnaryCall<Buffer, Buffer> {
  const { admit, bodies, signals } = options;
  const accept = async ({ request, metadata }: ServerUnaryCall<Buffer, Buffer>): Promise<Receipt> => {
    const sender = admit((name) => metadata.get(name)[0]?.toString(), request.length);
    return bodies.withBytes(request, (bytes) => signals[signal.name].accept({ ...sender, bytes }));
  };
  return (call, callback) => {
    accept(call).then(
      (receipt) => callback(null, encodeAccepted(receipt.rejected)),
      (error: unknown) => answerFailure(error, signal, { callback, log: options.log }),
    );
  };
}

function answerFailure(
  error: unknown,
  signal: OtlpSignal,
  answer: { callback: sendUnaryData<Buffer>; log: Log },
): void {
  const failure = toFailure(error);
  if (failure.status === 500) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    answer.log("error", "request failed", { service: signal.grpcService, error: text });
  }
  const message = `${failure.code}: ${failure.message}`;
  const metadata = new Metadata();
  if (failure.retryAfterSeconds !== undefined) {
    const details = encodeRetry({ code: failure.grpcCode, message, delaySeconds: failure.retryAfterSeconds });
    metadata.set("grpc-status-details-bin", details);
  }
  answer.callback({ code: failure.grpcCode, details: message, metadata });
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
  const address = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (cause, bound) => {
      if (cause === null) resolve(bound);
      else reject(toListenError(cause, { host, port }));
    });
  });
}

function toListenError(cause: Error, { host, port }: { host: string; port: number }): GrpcListenError {
  const message = cause.message.includes("EADDRINUSE")
    ? `Port ${port} on ${host} is in use: stop what listens there, or choose another for gRPC with --grpc-port (SPANLIGHT_GRPC_PORT).`
    : `Listening for gRPC on ${host}:${port} failed: ${cause.message}. Choose another port with --grpc-port (SPANLIGHT_GRPC_PORT).`;
  return new GrpcListenError(message, { cause });
}

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.forceShutdown(), graceMs);
    server.tryShutdown(() => {
      clearTimeout(cut);
      resolve();
    });
  });
}
