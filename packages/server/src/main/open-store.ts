import { join } from "node:path";
import type { Settings } from "../config/config.ts";
import { createEmbeddedEngine } from "../store/embedded-engine.ts";
import { openEmbeddedSessions } from "../store/embedded-sessions.ts";
import type { Engine } from "../store/engine.ts";
import { migrate } from "../store/migrate.ts";

/** The store, migrated to the schema of this version. */
export interface OpenStore {
  readonly engine: Engine;
  close(): Promise<void>;
}

/** Opens the store that the settings name. Throws a StoreError. */
export async function openStore(settings: Settings): Promise<OpenStore> {
  const embedded = createEmbeddedEngine(
    await openEmbeddedSessions({ directory: join(settings.data, "store") }),
  );
  const engine = await embedded.forDatabase("spanlight");
  await migrate(engine);
  return { engine, close: () => embedded.close() };
}
