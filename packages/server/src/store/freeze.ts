import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { Engine } from "./engine.ts";
import { checkIdentifier } from "./parameters.ts";

/** A table as it was at the moment of a freeze. */
export interface FrozenTable {
  readonly name: string;
  /** Directory whose subdirectories are its parts: hard links, untouched by merges and drops. */
  readonly directory: string;
}

/**
 * Keeps every table of the database as it is now, by hard links below `shadow/` of the engine's directory. `thaw` lets them go.
 * Waits for the insert that runs: each block is there as a whole or not at all, table by table.
 */
export async function freezeTables(
  engine: Engine,
  options: { readonly directory: string; readonly name: string },
): Promise<FrozenTable[]> {
  const name = checkIdentifier(options.name);
  const tables = await engine.query<{ name: string; uuid: string }>({
    sql: `SELECT name, toString(uuid) AS uuid FROM system.tables
WHERE database = currentDatabase() AND engine LIKE '%MergeTree'
ORDER BY name = 'dropped_blocks', name`, // what is dropped while others are frozen is in it
  });
  for (const table of tables) {
    await engine.command(`ALTER TABLE ${checkIdentifier(table.name)} FREEZE WITH NAME '${name}'`);
  }
  return tables.map((table) => ({
    name: table.name,
    directory: join(options.directory, "shadow", name, "store", table.uuid.slice(0, 3), table.uuid),
  }));
}

/** Lets go of what was frozen under the name. */
export async function thawTables(options: {
  readonly directory: string;
  readonly name: string;
}): Promise<void> {
  await rm(join(options.directory, "shadow", checkIdentifier(options.name)), {
    recursive: true,
    force: true,
  });
}

/** Where parts are put for `attachParts` to find them. */
export async function findDetachedDirectory(engine: Engine, table: string): Promise<string> {
  const [row] = await engine.query<{ path: string }>({
    sql: `SELECT data_paths[1] AS path FROM system.tables
WHERE database = currentDatabase() AND name = {table:String}`,
    parameters: { table },
  });
  return join(row?.path ?? "", "detached");
}

/** Takes parts that lie in the table's detached directory into the table. */
export async function attachParts(engine: Engine, table: string, parts: readonly string[]): Promise<void> {
  for (const part of parts) {
    if (!/^[\w-]+$/.test(part)) continue; // no name of a part: nothing that this database wrote
    await engine.command(`ALTER TABLE ${checkIdentifier(table)} ATTACH PART '${part}'`);
  }
}
