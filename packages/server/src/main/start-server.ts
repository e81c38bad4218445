// Opens the rooms in order and closes them in reverse: store → spool (replays) → doors.
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Settings } from "../config/config.ts";
import type { Costs } from "../costs/create-costs.ts";
import { storedTables } from "../ingest/stored-tables.ts";
import { removeLeftovers } from "../backup/take-backup.ts";
import { defaultProject } from "../keys/key.ts";
import { keyFilePath, openAccess, type Access } from "../keys/open-access.ts";
import type { NativeIntake } from "../receive/native/native-intake.ts";
import { createSelfWatch, type SelfWatch } from "../self/self-watch.ts";
import { isOwn } from "../self/traces/own-sender.ts";
import type { Log } from "../spool/inserter.ts";
import { openSpool, type Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { refuseDirectoryInUse } from "../store/embedded-sessions.ts";
import { makeWritableDirectory } from "../store/writable-directory.ts";
import { openAlerting, type Alerting } from "./alerting.ts";
import { createAuditTrail, type AuditTrail } from "./audit-trail.ts";
import { createDiskRoom, readFreeBytes } from "./disk-room.ts";
import type { Housekeeping } from "./housekeeping.ts";
import { createIntake, type Intake } from "./intake.ts";
import { refuseAddressInUse } from "./listen.ts";
import { createLiveFeeds, type LiveFeeds } from "./live-feeds.ts";
import { openBillingCheck, type ServerBillingCheck } from "./open-billing-check.ts";
import { openDoors, type OpenDoors } from "./open-doors.ts";
import { openHousekeeping } from "./open-housekeeping.ts";
import { openNative } from "./open-native.ts";
import { openSelfTraces } from "./open-self-traces.ts";
import { openCosts } from "./open-costs.ts";
import { openServingStore } from "./open-serving-store.ts";
import type { OpenStore } from "./open-store.ts";
import { removeOperatorAddress, writeOperatorAddress } from "./operator-door.ts";
import { createSeriesKeeping, type SeriesKeeping } from "./series-keeping.ts";
import { createServerApplication } from "./server-application.ts";
import type { ServerTraces } from "./server-traces.ts";

export interface RunningServer {
  readonly host: string;
  readonly port: number;
  readonly grpcPort: number;
  readonly url: string;
  /** Resolves when what was acknowledged before this start is in the store. */
  readonly ready: Promise<void>;
  /** Doors stop accepting, requests in flight finish, the spool seals, the store closes. */
  close(): Promise<void>;
}

/** Opens everything. Fails with one clear sentence: StoreInUseError, StoreUnwritableError, ListenError, … */
export async function startServer(
  settings: Settings,
  log: Log,
  open: typeof openServingStore = openServingStore,
): Promise<RunningServer> {
  makeWritableDirectory(settings.data);
  const traces = await openSelfTraces(settings, log);
  try {
    return await traces.around.work("start", () => openServer(settings, { log, open, traces }));
  } catch (cause) {
    await traces.close(tracesGraceMs);
    throw cause;
  }
}

async function openServer(
  settings: Settings,
  { log, open, traces }: { log: Log; open: typeof openServingStore; traces: ServerTraces },
): Promise<RunningServer> {
  const access = openServerAccess(settings, log);
  await refuseStart(settings);
  await removeLeftovers(settings.data);
  const { step } = traces.around;
  const store = await timed(log, "store opened", () => step("open store", () => open(settings, log, traces)));
  const selfWatch = watchServer(settings, store.engine);
  const engine = traces.traceEngine(selfWatch.engine);
  const live = createLiveFeeds(String(Date.now()));
  const audit = openAuditTrail(settings, log);
  let spool: Spool | undefined;
  let native: NativeIntake | undefined;
  try {
    spool = await timed(log, "spool opened", () =>
      step("open spool", () => openServerSpool(settings, { engine, live, selfWatch, traces, log })),
    );
    const intake = createIntake(settings, spool);
    traces.connect(intake.signals.traces);
    native = await openNative(settings, { engine, intake, log });
    const seriesKeeping = createSeriesKeeping(settings, { engine, spool, log, now: Date.now });
    const alerting = await openServerAlerting(settings, { seriesKeeping, intake, audit, traces, log });
    const housekeeping = openHousekeeping(settings, { engine, spool, audit, traces, log });
    const costs = await openCosts(settings, { engine, spool, pricer: intake.pricer, audit, traces, log });
    const billingCheck = openBillingCheck({ engine, spool, intake, costs, live, log });
    const watches = { selfWatch, traces };
    const residents = { native, alerting, housekeeping, costs, billingCheck, seriesKeeping, ...watches };
    const rooms = { engine, spool, intake, live, log, access, audit, ...residents };
    const app = createServerApplication(settings, rooms);
    const listening = await timed(log, "doors opened", () =>
      openDoors(settings, { ...rooms, app, requests: selfWatch.requests }),
    );
    const server = toRunningServer(settings, { listening, spool, store, live, log, ...residents });
    writeOperatorAddress(settings.data, server.url, access.operatorToken);
    return server;
  } catch (cause) {
    selfWatch.close();
    await native?.close();
    await spool?.close(0);
    await store.close();
    throw cause;
  }
}

function watchServer(settings: Settings, engine: Engine): SelfWatch {
  return createSelfWatch({
    data: settings.data,
    engine,
    isStoreRemote: settings.store !== undefined,
    reserveBytes: settings.disk_reserve_bytes,
    now: Date.now,
  });
}

/** What would fail in the end fails now, before seconds are spent on opening the store. */
async function refuseStart(settings: Settings): Promise<void> {
  if (settings.store === undefined) refuseDirectoryInUse(join(settings.data, "store"));
  await refuseAddressInUse(settings, "--port");
  await refuseAddressInUse(
    { host: settings.host, port: settings.grpc_port },
    "--grpc-port (SPANLIGHT_GRPC_PORT)",
  );
}

function openServerAlerting(
  settings: Settings,
  rooms: {
    seriesKeeping: SeriesKeeping;
    intake: Intake;
    audit: AuditTrail;
    traces: ServerTraces;
    log: Log;
  },
): Promise<Alerting> {
  const { reader, listExemplars } = rooms.seriesKeeping.open(defaultProject);
  return openAlerting(settings, {
    reader,
    listExemplars,
    metrics: rooms.intake.signals.metrics,
    project: defaultProject,
    onRulesRead: (detail) => rooms.audit.recordOwn({ action: "rules.load", target: "rules", detail }),
    around: rooms.traces.around,
    log: rooms.log,
  });
}

function openAuditTrail({ data, audit_max_bytes: maxBytes }: Settings, log: Log): AuditTrail {
  return createAuditTrail({ data, maxBytes, log, now: Date.now });
}

function openServerAccess(settings: Settings, log: Log): Access {
  return openAccess({
    directory: settings.data,
    keysPath: keyFilePath(settings.data, settings.keys_file),
    host: settings.host,
    isBehindProxy: settings.behind_proxy === "on",
    isKeyRequired: settings.keys_required === "on",
    environmentKey: settings.api_key,
    defaultLimits: {
      maxRequestsPerSecond: settings.key_max_requests_per_second ?? null,
      maxBytesPerSecond: settings.key_max_bytes_per_second ?? null,
    },
    now: Date.now,
    report: (error) => log("error", "keys not read", { error: String(error) }),
  });
}

function openServerSpool(
  settings: Settings,
  rooms: { engine: Engine; live: LiveFeeds; selfWatch: SelfWatch; traces: ServerTraces; log: Log },
): Promise<Spool> {
  return openSpool({
    directory: join(settings.data, "spool"),
    engine: rooms.engine,
    tables: storedTables,
    limits: {
      segmentRows: settings.segment_rows,
      segmentBytes: settings.segment_bytes,
      segmentAgeMs: settings.segment_age_ms,
      maxBytes: settings.max_spool_bytes,
      duplicateWindowMs: settings.duplicate_window_ms,
      duplicateWindowRequests: 1_000_000,
    },
    hasRoom: settings.store === undefined ? createDiskRoom(() => readFreeBytes(settings.data)) : undefined,
    log: rooms.log,
    now: Date.now,
    aroundInsert: rooms.traces.around.insert,
    onStored({ projects, oldestAtMs, counts }) {
      if (!isOwn(counts)) rooms.live.notifyStored(projects);
      rooms.selfWatch.lag.noteStored(oldestAtMs, Date.now());
    },
  });
}

/** How long requests in flight and what waits for the store may take at the end; together under the ten seconds of a supervisor. */
const doorGraceMs = 4000;
const spoolGraceMs = 4000;
const tracesGraceMs = 1000;

interface RunningRooms {
  readonly listening: OpenDoors;
  readonly spool: Spool;
  readonly native: NativeIntake;
  readonly store: OpenStore;
  readonly live: LiveFeeds;
  readonly log: Log;
  readonly alerting: Alerting;
  readonly housekeeping: Housekeeping;
  readonly costs: Costs;
  readonly billingCheck: ServerBillingCheck;
  readonly seriesKeeping: SeriesKeeping;
  readonly selfWatch: SelfWatch;
  readonly traces: ServerTraces;
}

function toRunningServer(settings: Settings, rooms: RunningRooms): RunningServer {
  const { port } = rooms.listening.http;
  const shownHost =
    settings.host === "127.0.0.1" || settings.host === "0.0.0.0" ? "localhost" : settings.host;
  const ready = untilReplayed(rooms.spool);
  const url = `http://${shownHost.includes(":") ? `[${shownHost}]` : shownHost}:${port}`;
  rooms.alerting.setUrl(url);
  rooms.traces.leave(() => rooms.housekeeping.watchSizes());
  void ready.then(() => rooms.traces.leave(() => startResidents(rooms)));
  return {
    host: settings.host,
    port,
    grpcPort: rooms.listening.grpc.port,
    url,
    ready,
    async close() {
      removeOperatorAddress(settings.data);
      rooms.live.close();
      await timed(rooms.log, "doors closed", async () => {
        const { http, grpc } = rooms.listening;
        const { alerting, housekeeping, seriesKeeping } = rooms;
        const all = [http, grpc, alerting, housekeeping, seriesKeeping];
        await Promise.all(all.map((room) => room.close(doorGraceMs)));
      });
      await Promise.all([rooms.native.close(), rooms.traces.close(tracesGraceMs)]);
      await Promise.all([rooms.costs.reprice.close(), rooms.billingCheck.close()]);
      await timed(rooms.log, "spool closed", () => rooms.spool.close(spoolGraceMs));
      rooms.selfWatch.close();
      await timed(rooms.log, "store closed", () => rooms.store.close());
    },
  };
}

function startResidents({ alerting, housekeeping, seriesKeeping, costs, billingCheck }: RunningRooms): void {
  alerting.start();
  housekeeping.start();
  seriesKeeping.start();
  void costs.reprice.resume();
  billingCheck.start();
}

const replayCheckMs = 20;

async function untilReplayed(spool: Spool): Promise<void> {
  while (spool.replaying() > 0) await delay(replayCheckMs, undefined, { ref: false });
}

async function timed<Result>(log: Log, what: string, work: () => Promise<Result>): Promise<Result> {
  const startedAt = performance.now();
  const result = await work();
  log("info", what, { durationMs: Math.round(performance.now() - startedAt) });
  return result;
}
