import { join } from "node:path";
import type { Settings } from "../config/config.ts";
import { createEmbeddedEngine } from "../store/embedded-engine.ts";
import { openEmbeddedSessions, type EmbeddedOptions } from "../store/embedded-sessions.ts";
import type { Engine } from "../store/engine.ts";
import { migrate } from "../store/migrate.ts";

/** An open store. */
export interface OpenStore {
  readonly engine: Engine;
  close(): Promise<void>;
}

const database = "spanlight";

/** Opens the store that the settings name. Throws a StoreError. */
export async function openStore(settings: Settings): Promise<OpenStore> {
  const store = await openEmbedded({
    directory: join(settings.data, "store"),
    readers: settings.store_readers,
    memoryBytes: settings.store_memory_bytes,
    mergeThreads: settings.store_merge_threads,
  });
  try {
    await migrate(store.engine);
  } catch (cause) {
    await store.close();
    throw cause;
  }
  return store;
}

/** Opens the embedded store of a directory as it is: a new one has no tables. Throws a StoreError. */
export function openEmptyStore(directory: string): Promise<OpenStore> {
  return openEmbedded({ directory });
}

async function openEmbedded(options: EmbeddedOptions): Promise<OpenStore> {
  const embedded = createEmbeddedEngine(await openEmbeddedSessions(options));
  return { engine: await embedded.forDatabase(database), close: () => embedded.close() };
}
