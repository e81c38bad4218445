import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readSettings } from "../config/config.ts";
import type { Log } from "../spool/inserter.ts";
import type { Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { startServer, type RunningServer } from "./start-server.ts";

export interface TestServer {
  readonly server: RunningServer;
  readonly directory: string;
  readonly store: Engine;
  /** What the server logged. */
  readonly logged: string[];
  close(): Promise<void>;
}

/** A whole server on free ports, before a store of its own in the engine that all test files share. */
export async function startTestServer(
  options: { environment?: Record<string, string>; prepare?: (directory: string) => Promise<void> } = {},
): Promise<TestServer> {
  const directory = mkdtempSync(join(tmpdir(), "spanlight-server-"));
  await options.prepare?.(directory);
  const settings = readSettings({
    environment: {
      SPANLIGHT_DATA: directory,
      SPANLIGHT_PORT: "0",
      SPANLIGHT_SEGMENT_AGE_MS: "20",
      ...options.environment,
    },
    flags: {},
  });
  const logged: string[] = [];
  const log: Log = (level, message, fields) => logged.push(JSON.stringify({ level, message, ...fields }));
  const store = await createTestStore();
  const server = await startServer(settings, log, () =>
    Promise.resolve({ engine: store, close: () => Promise.resolve() }),
  );
  await server.ready;
  return {
    server,
    directory,
    store,
    logged,
    async close() {
      await server.close();
      await store.close();
      rmSync(directory, { recursive: true });
    },
  };
}
