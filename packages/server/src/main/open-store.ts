import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Settings } from "../config/config.ts";
import type { Log } from "../spool/inserter.ts";
import { createEmbeddedEngine } from "../store/embedded-engine.ts";
import { openEmbeddedSessions, type EmbeddedOptions } from "../store/embedded-sessions.ts";
import type { Engine } from "../store/engine.ts";
import { StoreUnavailableError } from "../store/errors.ts";
import { migrate } from "../store/migrate.ts";
import { connectRemoteEngine } from "../store/remote-engine.ts";
import { parseStoreAddress } from "../store/store-address.ts";
import { noTraces, type ServerTraces } from "./server-traces.ts";

/** An open store. */
export interface OpenStore {
  readonly engine: Engine;
  close(): Promise<void>;
}

/** What has spans while the store is opened. */
export type MigrationTraces = Pick<ServerTraces, "around" | "traceEngine">;

const database = "spanlight";

/** A store at the schema of this version. */
export interface MigratedStore extends OpenStore {
  /** Names of the migrations that were applied now. */
  readonly applied: readonly string[];
}

/** Opens the store that the settings name, and waits a while for a server that does not answer yet. Throws a StoreError. */
export async function openStore(
  settings: Settings,
  log: Log = () => undefined,
  traces: MigrationTraces = noTraces,
): Promise<MigratedStore> {
  const store =
    settings.store === undefined ? await openOwn(settings) : await reachRemote(settings, settings.store, log);
  try {
    const { migration: around } = traces.around;
    return { ...store, applied: await migrate(traces.traceEngine(store.engine), undefined, { around }) };
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

function openOwn(settings: Settings): Promise<OpenStore> {
  return openEmbedded({
    directory: join(settings.data, "store"),
    readers: settings.store_readers,
    memoryBytes: settings.store_memory_bytes,
    mergeThreads: settings.store_merge_threads,
  });
}

const retryEveryMs = 1000;

async function reachRemote(settings: Settings, url: string, log: Log): Promise<OpenStore> {
  const address = parseStoreAddress(url);
  const givesUpAt = Date.now() + settings.store_wait_ms;
  for (;;) {
    try {
      const engine = await connectRemoteEngine({
        address,
        writer: settings.writer,
        readers: settings.store_readers,
      });
      return { engine, close: () => engine.close() };
    } catch (cause) {
      if (!(cause instanceof StoreUnavailableError) || Date.now() >= givesUpAt) throw cause;
      log("warn", "store does not answer yet", { url: address.url, error: cause.message });
    }
    await delay(retryEveryMs);
  }
}

/** Opens the embedded store of a directory as it is: a new one has no tables. Throws a StoreError. */
export function openEmptyStore(directory: string): Promise<OpenStore> {
  return openEmbedded({ directory });
}

async function openEmbedded(options: EmbeddedOptions): Promise<OpenStore> {
  const embedded = createEmbeddedEngine(await openEmbeddedSessions(options));
  return { engine: await embedded.forDatabase(database), close: () => embedded.close() };
}
