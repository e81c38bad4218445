import { parseArgs } from "node:util";
import { readSettings } from "../config/config.ts";
import { openStore } from "../main/open-store.ts";
import { renderSchema } from "../store/render-schema.ts";

/** `schema`: prints the tables of this version as SQL, for one server or for a cluster. */
export function schema(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: { cluster: { type: "string" }, database: { type: "string", default: "spanlight" } },
  });
  process.stdout.write(renderSchema({ database: values.database, cluster: values.cluster }));
  return Promise.resolve();
}

/** `migrate`: brings the store that the settings name to the schema of this version, and says what it did. */
export async function migrate(args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: { data: { type: "string" } } });
  const flags: Record<string, string> = values.data === undefined ? {} : { data: values.data };
  const store = await openStore(readSettings({ environment: process.env, flags }));
  const applied = store.applied;
  await store.close();
  process.stdout.write(
    applied.length === 0 ? "The schema is this version's.\n" : `Applied ${applied.join(", ")}.\n`,
  );
  process.exit(0); // the engine's threads would keep the process
}
