import type { Server } from "@spanlight/contract";
import { Hono } from "hono";
import { createApi, type ApiOptions } from "../api/create-api.ts";
import { createJaegerApi } from "../api/jaeger/create-jaeger-api.ts";
import { createPages } from "../api/pages.ts";
import { createPrometheusApi } from "../api/prometheus/create-prometheus-api.ts";
import { answerUnknownPath } from "../api/answer.ts";
import { refuseUnmatched } from "../api/unmatched.ts";
import type { Costs } from "../costs/create-costs.ts";
import { explainStoredCost } from "../costs/explain-cost.ts";
import { defaultProject } from "../keys/key.ts";
import type { Access } from "../keys/open-access.ts";
import { createQueries } from "../query/create-queries.ts";
import { createJaegerQueries } from "../query/jaeger/create-jaeger-queries.ts";
import { addNativeRoutes } from "../receive/native/add-native-routes.ts";
import type { NativeIntake } from "../receive/native/native-intake.ts";
import { addOtlpHttp } from "../receive/otlp-http.ts";
import { addRemoteWrite } from "../receive/remote-write.ts";
import { createSelfMetrics } from "../self/metrics.ts";
import { reportServer, type SelfWatch } from "../self/self-watch.ts";
import type { Log } from "../spool/inserter.ts";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import type { Alerting } from "./alerting.ts";
import type { ProjectBindings } from "./answer-change.ts";
import type { AuditTrail } from "./audit-trail.ts";
import { findNotReadyReason, readHealth } from "./health.ts";
import type { Housekeeping } from "./housekeeping.ts";
import { reportIngest } from "./ingest-report.ts";
import type { Intake } from "./intake.ts";
import { createKeysDesk } from "./keys-desk.ts";
import { createProjectsDesk } from "./projects-desk.ts";
import type { LiveFeeds } from "./live-feeds.ts";
import type { ServerBillingCheck } from "./open-billing-check.ts";
import type { SeriesKeeping } from "./series-keeping.ts";
import type { ServerTraces } from "./server-traces.ts";
import { reportSession } from "./session-report.ts";
import { readVersion } from "./version.ts";

type Door = { Bindings: ProjectBindings };

export interface Rooms {
  readonly engine: Engine;
  readonly spool: Spool;
  readonly intake: Intake;
  readonly native: NativeIntake;
  readonly live: LiveFeeds;
  readonly seriesKeeping: SeriesKeeping;
  readonly alerting: Alerting;
  readonly access: Access;
  readonly audit: AuditTrail;
  readonly housekeeping: Housekeeping;
  readonly costs: Costs;
  readonly billingCheck: ServerBillingCheck;
  readonly selfWatch: SelfWatch;
  readonly traces: ServerTraces;
  readonly log: Log;
}

/**
 * Every HTTP door of one project in one application: those that write, those that read, the pages. Whatever is behind them knows
 * of this project alone, so that none can ask for another's data.
 */
export function createDoors(rooms: Rooms, project: string): Hono<Door> {
  const { engine, spool, live, log, access, audit, housekeeping } = rooms;
  const { signals, bodies, pricer } = rooms.intake;
  const app = new Hono<Door>();
  addOtlpHttp(app, { signals, bodies, log, project });
  addRemoteWrite(app, { metrics: signals.metrics, bodies, log, project });
  addNativeRoutes(app, { intake: rooms.native, bodies, log, project, now: Date.now });
  const metrics = createSelfMetrics({ ...rooms, gate: access.gate, ownSpans: rooms.traces.own });
  app.get("/metrics", async (context) =>
    context.body(await metrics.render(), 200, { "content-type": metrics.contentType }),
  );
  const api = createApi({
    queries: createQueries(engine, (span) => explainStoredCost(pricer, span)),
    project,
    version: readVersion(),
    live: live.of(project),
    ...(project === defaultProject ? openServerDesks(rooms) : {}),
    listUnpriced: (range) => rooms.costs.listUnpriced({ ...range, project }),
    keys: createKeysDesk({ ...access, path: access.keysPath, project, now: Date.now }),
    listAudit: (question) => audit.list(project, question),
    readSession: (cookies) => reportSession(access, { project, cookies }),
    readIngest: () =>
      reportIngest({ ...access, spool, billingCheck: rooms.billingCheck }, project, {
        retention: project === defaultProject ? housekeeping.report() : undefined,
      }),
    readHealth: () => readHealth(rooms),
    readNotReadyReason: () => findNotReadyReason(spool),
    now: Date.now,
    report: (error) => logFailure(log, error),
  });
  app.route("/", api);
  app.route("/", createPrometheusDoor(rooms, project));
  app.route("/", createJaegerDoor(rooms, project));
  app.use(refuseUnmatched(app));
  app.route("/", createPages());
  app.notFound((context) => answerUnknownPath(context.req.path));
  return app;
}

/** What holds for the whole server is told to the default project, and changed there. */
function openServerDesks({
  alerting,
  costs,
  access,
  selfWatch,
  spool,
}: Rooms): Pick<ApiOptions, "alerts" | "costs" | "projects" | "readServer"> {
  const projects = createProjectsDesk({ ...access, path: access.keysPath, now: Date.now });
  const readServer = (): Promise<Server> => reportServer(selfWatch, { spool, version: readVersion() });
  return { alerts: alerting.desk, costs, projects, readServer };
}

/** Rules belong to the default project: other projects see their own series and no rules. */
function createPrometheusDoor({ seriesKeeping, alerting, log }: Rooms, project: string): Hono {
  const common = {
    version: readVersion(),
    now: Date.now,
    report: (error: unknown) => logFailure(log, error),
  };
  if (project !== defaultProject) {
    return createPrometheusApi({ ...common, series: seriesKeeping.open(project) });
  }
  return createPrometheusApi({
    ...common,
    series: seriesKeeping.open(project),
    reader: alerting.reader,
    listRuleGroups: () => alerting.listGroups(),
  });
}

function createJaegerDoor({ engine, log }: Rooms, project: string): Hono {
  return createJaegerApi({
    queries: createQueries(engine),
    jaeger: createJaegerQueries(engine),
    project,
    now: Date.now,
    report: (error) => logFailure(log, error),
  });
}

function logFailure(log: Log, error: unknown): void {
  log("error", "request failed", { error: error instanceof Error ? error.stack : String(error) });
}
