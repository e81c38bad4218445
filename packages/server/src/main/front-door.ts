// The one way in over HTTP: who asks, what for, to which project. Behind it every project has doors of its own.
import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { HttpBindings } from "@hono/node-server";
import { getPath } from "hono/utils/url";
import { answerUnknownPath } from "../api/answer.ts";
import { createPages } from "../api/pages.ts";
import { mayBePage } from "../api/unmatched.ts";
import { isRefusal, type Gate } from "../keys/gate.ts";
import type { Caller } from "../keys/identify.ts";
import { defaultProject } from "../keys/key.ts";
import type { Access } from "../keys/open-access.ts";
import { findNeed, type Need } from "../keys/routes.ts";
import { renderFailure, renderProblem, toFailure } from "../receive/answer.ts";
import { otlpHttpPaths } from "../receive/otlp-signals.ts";
import { answerChange, isChange, isWrite, type ProjectDoors } from "./answer-change.ts";
import type { AuditTrail } from "./audit-trail.ts";
import { createSignIn, isDocument, redirectToSignIn } from "./sign-in.ts";

/** What is told of a request beside the request itself. */
export interface RequestBindings extends HttpBindings {
  /** A page of another site sends it that may: see `allowOrigins`. */
  readonly isAllowedOrigin?: boolean;
}

/** An HTTP application as the listener calls it. */
export interface HttpApplication {
  fetch(request: Request, env: RequestBindings): Response | Promise<Response>;
}

export interface FrontDoorOptions {
  readonly access: Access;
  /** Makes the doors of a project; asked once per project. */
  readonly createDoors: (project: string) => ProjectDoors;
  /** What only the owner of the data directory may ask. */
  readonly operator: ProjectDoors;
  readonly audit: AuditTrail;
  /** A proxy in front terminates TLS: what it says of the outside is believed. */
  readonly isBehindProxy: boolean;
}

export function createFrontDoor(options: FrontDoorOptions): HttpApplication {
  const { access, createDoors, operator, audit, isBehindProxy } = options;
  const doorsOf = keepByProject(createDoors);
  /** Bytes of each connection that belonged to requests before. */
  const countedBytes = new WeakMap<Socket, number>();
  const signIn = createSignIn(access, { isBehindProxy, audit });

  async function enter(
    request: Request,
    env: HttpBindings,
    { caller, need, path }: { caller: Caller; need: Need; path: string },
  ): Promise<Response> {
    const { incoming } = env;
    const { socket } = incoming;
    const doors = doorsOf(caller.project);
    const response = isChange(incoming, need)
      ? await answerChange(request, env, { ...options, caller, doors, path })
      : await doors.fetch(request, { ...env, keyId: caller.key?.id });
    if (declaredBytes(incoming) === undefined) {
      access.gate.takeBytes(caller, socket.bytesRead - (countedBytes.get(socket) ?? 0));
    }
    countedBytes.set(socket, socket.bytesRead);
    // What was taken is acknowledged; what somebody waited to read is not told any more.
    if (!isWrite(incoming)) await confirm(access.gate, caller, response);
    return response;
  }

  return {
    async fetch(request, env) {
      const { incoming } = env;
      // As the router reads it: of two readings of one path, the one that is checked has to be the one that is walked.
      const path = getPath(request);
      if (path === "/login" || path === "/logout") return signIn.fetch(request, env);
      const need = findNeed(incoming.method ?? "GET", path);
      if (need.kind === "open") return doorsOf(defaultProject).fetch(request, env);
      try {
        const caller = access.gate.admit(toApproach(env, need));
        if (need.kind === "operator") {
          const context = { ...options, caller, doors: operator, path, isRecordedByRoute: true };
          return await answerChange(request, env, context);
        }
        if (need.kind === "page" && !caller.scopes.includes("read"))
          return await showPage(request, env, path);
        return await enter(request, env, { caller, need, path });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        if (need.kind !== "page" || !asksForPage(incoming, path)) return refuse(error, path, env);
        return showToStranger(request, env);
      }
    },
  };
}

const pages = createPages();

/** A program that asks for what is not here would take a page for an answer. */
function asksForPage(incoming: IncomingMessage, path: string): boolean {
  return mayBePage(path, incoming.headers.accept);
}

function showPage(request: Request, env: HttpBindings, path: string): Response | Promise<Response> {
  return asksForPage(env.incoming, path) ? pages.fetch(request, env) : answerUnknownPath(path);
}

/** A browser signs in first; what its pages are made of holds no data. */
function showToStranger(request: Request, env: HttpBindings): Response | Promise<Response> {
  return isDocument(env.incoming) ? redirectToSignIn(env.incoming) : pages.fetch(request, env);
}

async function confirm(gate: Gate, caller: Caller, response: Response): Promise<void> {
  try {
    gate.confirm(caller);
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
}

function keepByProject(create: (project: string) => ProjectDoors): (project: string) => ProjectDoors {
  const byProject = new Map<string, ProjectDoors>();
  return (project) => {
    const doors = byProject.get(project) ?? create(project);
    byProject.set(project, doors);
    return doors;
  };
}

function toApproach(
  { incoming, isAllowedOrigin = false }: RequestBindings,
  need: Need,
): Parameters<Access["gate"]["admit"]>[0] {
  return {
    need,
    isAllowedOrigin,
    bytes: declaredBytes(incoming) ?? 0,
    isWrite: isWrite(incoming),
    header: (name) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
  };
}

/** The length a body says it has: 0 without one, undefined where it comes in chunks of any number. */
function declaredBytes({ headers }: IncomingMessage): number | undefined {
  if (headers["transfer-encoding"] !== undefined) return undefined;
  return Number(headers["content-length"] ?? 0) || 0;
}

function refuse(error: Error, path: string, { incoming, outgoing }: HttpBindings): Response {
  // The body is not read: the connection cannot be used again.
  if (!incoming.complete && declaredBytes(incoming) !== 0) outgoing.setHeader("connection", "close");
  const failure = toFailure(error);
  const isJson = incoming.headers["content-type"]?.includes("json") === true;
  const response = otlpHttpPaths.has(path)
    ? renderFailure(failure, isJson ? "json" : "protobuf")
    : renderProblem(failure);
  if (failure.status === 401) response.headers.set("www-authenticate", "Bearer");
  return response;
}
