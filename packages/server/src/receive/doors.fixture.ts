import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Hono } from "hono";
import { readSettings } from "../config/config.ts";
import { storedTables } from "../ingest/stored-tables.ts";
import { createIntake, type Intake } from "../main/intake.ts";
import { listen } from "../main/listen.ts";
import { openSpool, type Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import type { Door } from "./door.ts";
import { listenGrpc } from "./otlp-grpc.ts";
import { addOtlpHttp } from "./otlp-http.ts";
import { addRemoteWrite } from "./remote-write.ts";

export interface TestDoors {
  readonly url: string;
  readonly grpcAddress: string;
  readonly store: Engine;
  readonly spool: Spool;
  readonly intake: Intake;
  close(spoolGraceMs?: number): Promise<void>;
}

/** Every door that writes, on free ports, before a store of its own. */
export async function openTestDoors(
  options: { environment?: Record<string, string>; engine?: (store: Engine) => Engine } = {},
): Promise<TestDoors> {
  const directory = mkdtempSync(join(tmpdir(), "spanlight-doors-"));
  const settings = readSettings({
    environment: { SPANLIGHT_DATA: directory, SPANLIGHT_PORT: "0", ...options.environment },
    flags: {},
  });
  const store = await createTestStore();
  const engine = options.engine?.(store) ?? store;
  const spool = await openTestSpool({ directory, engine, maxBytes: settings.max_spool_bytes });
  const log = (): void => undefined;
  const intake = createIntake(settings, spool);
  const app = new Hono<Door>();
  addOtlpHttp(app, { ...intake, log, project: "default" });
  addRemoteWrite(app, { metrics: intake.signals.metrics, bodies: intake.bodies, log, project: "default" });
  const http = await listen(app, { host: "127.0.0.1", port: 0 });
  const grpc = await listenGrpc({
    ...intake,
    log,
    admit: () => ({ sender: { project: "default" } }),
    isServing: () => true,
    requestTimeoutMs: settings.request_timeout_ms,
    maxConnections: 1000,
    host: "127.0.0.1",
    port: settings.grpc_port,
    maxMessageBytes: settings.max_body_bytes,
  });
  return {
    url: `http://127.0.0.1:${http.port}`,
    grpcAddress: `127.0.0.1:${grpc.port}`,
    store,
    spool,
    intake,
    async close(spoolGraceMs = 5000) {
      await Promise.all([http.close(1000), grpc.close(1000)]);
      await spool.close(spoolGraceMs);
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}

function openTestSpool(options: { directory: string; engine: Engine; maxBytes: number }): Promise<Spool> {
  return openSpool({
    directory: options.directory,
    engine: options.engine,
    tables: storedTables,
    limits: {
      segmentRows: 1000,
      segmentBytes: 1_000_000,
      segmentAgeMs: 20,
      maxBytes: options.maxBytes,
      duplicateWindowMs: 600_000,
      duplicateWindowRequests: 1000,
    },
    log: () => undefined,
    now: Date.now,
    onStored: () => undefined,
  });
}
