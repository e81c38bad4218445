// OTLP over gRPC: the same bytes into the same ingest. Source: OTLP specification 1.9, "OTLP/gRPC".
import {
  logVerbosity,
  Server,
  ServerCredentials,
  setLogVerbosity,
  type handleUnaryCall,
  type Metadata,
  type ServerUnaryCall,
  type ServiceDefinition,
} from "@grpc/grpc-js";
import type { Sender } from "../ingest/group-commit.ts";
import type { Log } from "../spool/inserter.ts";
import { encodeAccepted, toFailure } from "./answer.ts";
import { createAdmission, type AnsweredCall } from "./grpc/admit-calls.ts";
import { openGrpcPort, type GrpcPort } from "./grpc/grpc-port.ts";
import { checkHealth, healthCheckPath, healthService } from "./grpc/health.ts";
import { toGrpcStatus } from "./grpc/status.ts";
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
  /** Counts the bytes of its message; throws where there were too many. */
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

const maxStreams = 64;
/** The library's bookkeeping for one connection, in megabytes. */
const maxSessionMemory = 64;
/** A connection that nobody has used for so long is asked to go. */
const idleMs = 30 * 60_000;

/** Opens the OTLP/gRPC door. Throws GrpcListenError. */
export async function listenGrpc(options: OtlpGrpcOptions): Promise<GrpcListening> {
  setLogVerbosity(logVerbosity.NONE); // every failure reaches this room and is told from here
  const admitted = new WeakMap<Metadata, AdmittedCall>();
  const { requestTimeoutMs, onCall } = options;
  const admission = createAdmission({
    requestTimeoutMs,
    onCall,
    openPaths: [healthCheckPath], // as health is over HTTP
    admit(metadata) {
      const call = options.admit((name) => metadata.get(name)[0]?.toString());
      admitted.set(metadata, call);
    },
  });
  const server = new Server({
    interceptors: [admission],
    "grpc.max_receive_message_length": options.maxMessageBytes,
    "grpc.max_concurrent_streams": maxStreams,
    "grpc-node.max_session_memory": maxSessionMemory,
    "grpc.max_connection_idle_ms": idleMs,
  });
  for (const signal of otlpSignals) {
    const path = `/${signal.grpcService}/Export`;
    server.addService(define("Export", path), { Export: createExport(signal, { ...options, admitted }) });
  }
  server.addService(define("Check", healthCheckPath), { Check: createHealthCheck(options) });
  const injector = server.createConnectionInjector(ServerCredentials.createInsecure());
  const port = await openGrpcPort(options, (socket) => injector.injectConnection(socket)).catch(
    (cause: unknown) => {
      server.forceShutdown();
      throw toListenError(cause, options);
    },
  );
  return { port: port.port, close: (graceMs) => closeServer(server, port, graceMs) };
}

/** Messages stay bytes: they are read in place, as over HTTP. */
function define(method: string, path: string): ServiceDefinition {
  const keep = (bytes: Buffer): Buffer => bytes;
  return {
    [method]: {
      path,
      requestStream: false,
      responseStream: false,
      requestSerialize: keep,
      requestDeserialize: keep,
      responseSerialize: keep,
      responseDeserialize: keep,
    },
  };
}

interface ExportOptions extends OtlpGrpcOptions {
  readonly admitted: WeakMap<Metadata, AdmittedCall>;
}

function createExport(signal: OtlpSignal, options: ExportOptions): handleUnaryCall<Buffer, Buffer> {
  const { admitted, bodies, log, signals } = options;
  const accept = async ({ request, metadata }: ServerUnaryCall<Buffer, Buffer>): Promise<Buffer> => {
    const call = admitted.get(metadata);
    if (call === undefined) throw new Error("the call was not admitted");
    const { rejected } = await bodies.withBytes(request, (bytes) => {
      call.takeBytes?.(bytes.length);
      return signals[signal.name].accept({ ...call.sender, bytes });
    });
    return encodeAccepted(rejected);
  };
  return (call, callback) => {
    accept(call).then(
      (answer) => callback(null, answer),
      (error: unknown) => {
        reportFailure(error, call.getPath(), log);
        callback(toGrpcStatus(error));
      },
    );
  };
}

function createHealthCheck({ isServing, log }: OtlpGrpcOptions): handleUnaryCall<Buffer, Buffer> {
  const services = [...otlpSignals.map(({ grpcService }) => grpcService), healthService];
  return (call, callback) => {
    try {
      callback(null, checkHealth(call.request, services, isServing()));
    } catch (error) {
      reportFailure(error, call.getPath(), log);
      callback(toGrpcStatus(error));
    }
  };
}

function reportFailure(error: unknown, path: string, log: Log): void {
  if (toFailure(error).status !== 500) return;
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  log("error", "request failed", { path, error: text });
}

function toListenError(cause: unknown, { host, port }: { host: string; port: number }): GrpcListenError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const message = reason.includes("EADDRINUSE")
    ? `Port ${port} on ${host} is in use: stop what listens there, or choose another for gRPC with --grpc-port (SPANLIGHT_GRPC_PORT).`
    : `Listening for gRPC on ${host}:${port} failed: ${reason}. Choose another port with --grpc-port (SPANLIGHT_GRPC_PORT).`;
  return new GrpcListenError(message, { cause });
}

async function closeServer(server: Server, port: GrpcPort, graceMs: number): Promise<void> {
  const cut = setTimeout(() => {
    server.forceShutdown();
    port.cut();
  }, graceMs);
  server.tryShutdown(() => undefined); // asks connections to go when their calls are through
  await port.close();
  clearTimeout(cut);
}
