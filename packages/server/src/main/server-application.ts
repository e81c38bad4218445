import type { Settings } from "../config/config.ts";
import { defaultProject } from "../keys/key.ts";
import { takeBackup, type BackupSummary } from "../backup/take-backup.ts";
import type { SpanAttributes } from "../self/traces/tracing.ts";
import { createDoors, type Rooms } from "./doors.ts";
import { allowOrigins } from "./cors.ts";
import { createFrontDoor, type HttpApplication } from "./front-door.ts";
import { createOperatorDoor } from "./operator-door.ts";

/** What the front door answers by itself. */
const signInRoutes = ["/login", "/logout"].map((path) => ({ method: "POST", path }));

/** All that is behind the HTTP port: the front door, the doors of every project, the operator's. How long each request takes is counted. */
export function createServerApplication(settings: Settings, rooms: Rooms): HttpApplication {
  const { access, audit, engine, selfWatch, spool, traces } = rooms;
  const doors = createDoors(rooms, defaultProject);
  const operator = createOperatorDoor({
    data: settings.data,
    engine,
    isStoreRemote: settings.store !== undefined,
    now: Date.now,
    freeze: (work) => spool.freeze(() => audit.hold(work)),
    takeBackup: (options) => traces.around.step("take backup", () => takeBackup(options), describeBackup),
  });
  const frontDoor = createFrontDoor({
    access,
    audit,
    createDoors: (project) => (project === defaultProject ? doors : createDoors(rooms, project)),
    operator,
    isBehindProxy: settings.behind_proxy === "on",
  });
  const { requests } = selfWatch;
  const routes = [...doors.routes, ...operator.routes, ...signInRoutes];
  requests.setRoutes(routes);
  const traced = traces.traceRequests(allowOrigins(frontDoor, settings.cors_origins), routes);
  return {
    fetch(request, env) {
      requests.watch(env.incoming, env.outgoing);
      return traced.fetch(request, env);
    },
  };
}

function describeBackup({ files, bytes, pausedMs }: BackupSummary): SpanAttributes {
  return { "spanlight.files": files, "spanlight.bytes": bytes, "spanlight.paused_ms": pausedMs };
}
