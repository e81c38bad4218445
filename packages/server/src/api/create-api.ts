import type { AuditList, AuditListQuery, Health, Ingest, Server, Session } from "@spanlight/contract";
import { Hono } from "hono";
import type { Queries } from "../query/create-queries.ts";
import { createAlertRoutes, type AlertsDesk } from "./alerts.ts";
import { createAuditRoutes } from "./audit.ts";
import { answerError, answerUnknownPath } from "./answer.ts";
import {
  createCostRoutes,
  createUnpricedRoutes,
  type CostDesk,
  type UnpricedRoutesOptions,
} from "./costs.ts";
import { createKeyRoutes, type KeysDesk } from "./keys.ts";
import { createLiveRoutes, type LiveFeed } from "./live.ts";
import { createLogRoutes } from "./logs.ts";
import { renderOpenApi } from "./openapi.ts";
import { createProjectRoutes, type ProjectsDesk } from "./projects.ts";
import { createOverviewRoutes } from "./overview.ts";
import { createTraceRoutes } from "./traces.ts";

export interface ApiOptions {
  readonly queries: Queries;
  readonly project: string;
  readonly version: string;
  readonly live: LiveFeed;
  /** The rules and the notifier; without it there is nothing below `/api/alerts`. */
  readonly alerts?: AlertsDesk;
  /** Prices and recalculations, which hold for all projects; without it there is nothing of them. */
  readonly costs?: CostDesk;
  readonly listUnpriced: UnpricedRoutesOptions["listUnpriced"];
  /** The keys of the project; without it there is nothing of them. */
  readonly keys?: KeysDesk;
  /** The projects of the server; without it there is nothing of them. */
  readonly projects?: ProjectsDesk;
  /** Who changed what in the project, the newest first; without it there is nothing of it. */
  readonly listAudit?: (question: AuditListQuery) => Promise<AuditList>;
  /** Who is signed in to the project with a session, by the request's `Cookie` header. */
  readonly readSession: (cookies: string | undefined) => Session;
  /** One consistent snapshot of the accounting. */
  readonly readIngest: () => Ingest | Promise<Ingest>;
  /** How the server itself is doing; without it there is nothing of it. */
  readonly readServer?: () => Promise<Server>;
  readonly readHealth: () => Health | Promise<Health>;
  /** Why the server is not ready to take and show data; undefined when it is. */
  readonly readNotReadyReason: () => string | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Hears of errors that are nobody's request's fault. */
  readonly report: (error: unknown) => void;
}

/** Every route that reads: `/api/…`, `/.well-known/health`, `/healthz`, `/readyz`. To be mounted at the root. */
export function createApi(options: ApiOptions): Hono {
  const { queries, project, now, report } = options;
  const api = new Hono();
  api.onError((error) => answerError(error, report));
  api.use("/api/*", async (context, next) => {
    await next();
    context.header("cache-control", "no-store");
  });
  api.route("/api/traces", createTraceRoutes({ queries, project, now }));
  api.route("/api", createOverviewRoutes({ queries, project, now }));
  api.route("/api", createLogRoutes({ queries, project, now }));
  api.route("/api/live", createLiveRoutes(options.live));
  if (options.alerts !== undefined) {
    api.route("/api/alerts", createAlertRoutes({ desk: options.alerts, now }));
  }
  api.route("/api/prices/unpriced", createUnpricedRoutes({ listUnpriced: options.listUnpriced, now }));
  if (options.costs !== undefined) api.route("/api", createCostRoutes({ desk: options.costs, now }));
  if (options.keys !== undefined) api.route("/api/keys", createKeyRoutes(options.keys));
  if (options.projects !== undefined) api.route("/api/projects", createProjectRoutes(options.projects));
  if (options.listAudit !== undefined) api.route("/api/audit", createAuditRoutes(options.listAudit));
  api.get("/api/session", (context) => context.json(options.readSession(context.req.header("cookie"))));
  api.get("/api/ingest", async (context) => context.json(await options.readIngest()));
  const { readServer } = options;
  if (readServer !== undefined) api.get("/api/server", async (context) => context.json(await readServer()));
  const document = renderOpenApi(options.version);
  api.get("/api/openapi.json", (context) => context.json(document));
  addHealthRoutes(api, options);
  api.notFound((context) => answerUnknownPath(context.req.path));
  return api;
}

function addHealthRoutes(api: Hono, { readHealth, readNotReadyReason }: ApiOptions): void {
  for (const path of ["/api/health", "/.well-known/health"]) {
    api.get(path, async (context) => {
      const health = await readHealth();
      return context.json(health, health.status === "down" ? 503 : 200, { "cache-control": "no-store" });
    });
  }
  api.get("/healthz", (context) => context.text("ok\n", 200, { "cache-control": "no-store" }));
  api.get("/readyz", (context) => {
    const reason = readNotReadyReason();
    return context.text(`${reason ?? "ready"}\n`, reason === undefined ? 200 : 503, {
      "cache-control": "no-store",
    });
  });
}
