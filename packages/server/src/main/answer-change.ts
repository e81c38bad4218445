import type { IncomingMessage } from "node:http";
import type { HttpBindings } from "@hono/node-server";
import type { Change, ChangeBindings } from "../api/record-change.ts";
import type { Caller } from "../keys/identify.ts";
import type { Need } from "../keys/routes.ts";
import type { DoorBindings } from "../receive/door.ts";
import { toActor, type AuditTrail } from "./audit-trail.ts";

/** What the doors of a project are told beside the request. */
export interface ProjectBindings extends DoorBindings, ChangeBindings {}

/** The doors of a project. */
export interface ProjectDoors {
  fetch(request: Request, env: ProjectBindings): Response | Promise<Response>;
}

/** True for methods that change something. */
export function isWrite({ method = "GET" }: IncomingMessage): boolean {
  return !["GET", "HEAD", "OPTIONS"].includes(method);
}

/** Sending telemetry changes nothing of how the server behaves, and asking by POST nothing at all. */
export function isChange(incoming: IncomingMessage, need: Need): boolean {
  return isWrite(incoming) && need.kind === "scope" && need.anyOf.includes("admin");
}

export interface ChangeContext {
  readonly caller: Caller;
  readonly doors: ProjectDoors;
  /** The request's path, for what its route does not name. */
  readonly path: string;
  readonly audit: AuditTrail;
  readonly isBehindProxy: boolean;
  /** The route writes down by itself whatever it does, also after it has begun to answer. */
  readonly isRecordedByRoute?: boolean;
}

/** Answers a request that changes something; it is written down also where its route does not say what it was. */
export async function answerChange(
  request: Request,
  env: HttpBindings,
  context: ChangeContext,
): Promise<Response> {
  const { caller, doors, path, audit, isBehindProxy, isRecordedByRoute = false } = context;
  const actor = toActor(caller, env.incoming, isBehindProxy);
  let isRecorded = isRecordedByRoute;
  const recordChange = (change: Change): Promise<void> => {
    isRecorded = true;
    return audit.record(change.project ?? caller.project, actor, change);
  };
  const response = await doors.fetch(request, { ...env, keyId: caller.key?.id, recordChange });
  if (response.ok && !isRecorded) {
    await recordChange({ action: `${env.incoming.method ?? ""} ${path}`, target: path });
  }
  return response;
}
