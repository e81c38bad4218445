import type { Settings } from "../config/config.ts";
import type { Access } from "../keys/open-access.ts";
import { findNeed } from "../keys/routes.ts";
import { listenGrpc, type AdmittedCall, type GrpcListening } from "../receive/otlp-grpc.ts";
import type { RequestWatch } from "../self/request-watch.ts";
import type { Log } from "../spool/inserter.ts";
import type { Spool } from "../spool/spool.ts";
import { defaultMaxConnections } from "./connection-limit.ts";
import type { HttpApplication } from "./front-door.ts";
import { findNotReadyReason } from "./health.ts";
import type { Intake } from "./intake.ts";
import { listen, type Listening } from "./listen.ts";

export interface OpenDoors {
  readonly http: Listening;
  readonly grpc: GrpcListening;
}

export interface DoorRooms {
  readonly app: HttpApplication;
  readonly intake: Intake;
  readonly access: Access;
  readonly log: Log;
  readonly spool: Spool;
  /** Told of what comes over gRPC; the application tells of what comes over HTTP. */
  readonly requests: RequestWatch;
}

/** What SDKs send in one message is far smaller; over HTTP there may be more. */
const maxGrpcMessageBytes = 16 * 1024 * 1024;

/** An export over gRPC needs what one over HTTP does. */
const exportNeed = findNeed("POST", "/v1/traces");

/** Opens both ports, or none. Throws ListenError and GrpcListenError. */
export async function openDoors(settings: Settings, rooms: DoorRooms): Promise<OpenDoors> {
  const { signals, bodies } = rooms.intake;
  const bounds = {
    requestTimeoutMs: settings.request_timeout_ms,
    maxConnections: settings.max_connections ?? defaultMaxConnections(),
  };
  const { host, port, keep_alive_timeout_ms: keepAliveTimeoutMs } = settings;
  const http = await listen(rooms.app, { host, port, keepAliveTimeoutMs, ...bounds, log: rooms.log });
  try {
    const grpc = await listenGrpc({
      ...bounds,
      signals,
      bodies,
      log: rooms.log,
      onCall: (call) => rooms.requests.noteCall(call),
      admit: (header) => admitCall(rooms.access, header),
      isServing: () => findNotReadyReason(rooms.spool) === undefined,
      host,
      port: settings.grpc_port,
      maxMessageBytes: Math.min(settings.max_body_bytes, maxGrpcMessageBytes),
    });
    return { http, grpc };
  } catch (cause) {
    await http.close(0);
    throw cause;
  }
}

function admitCall({ gate }: Access, header: (name: string) => string | undefined): AdmittedCall {
  const caller = gate.admit({ header, bytes: 0, isWrite: true, need: exportNeed });
  return {
    sender: { project: caller.project, keyId: caller.key?.id },
    takeBytes: (bytes) => gate.takeBytes(caller, bytes),
  };
}
