// Dropping what is stored. Its blocks are noted first: who asks which blocks a table has is told of those too.
import type { Engine, Parameters } from "./engine.ts";
import { QueryFailedError } from "./errors.ts";
import { checkIdentifier } from "./parameters.ts";

/** Drops a day of receipt (`2026-11-21`) of a table. */
export async function dropDay(engine: Engine, table: string, day: string): Promise<void> {
  await noteBlocks(engine, table, { condition: "toDate(received_at) = {day:Date}", parameters: { day } });
  await engine.command(`ALTER TABLE ${checkIdentifier(table)} DROP PARTITION '${day}'`);
}

/**
 * Drops parts of a table by their names; on a cluster those of the shard that the store's address names. Answers which are gone by it:
 * one that was merged meanwhile has another name and stays.
 */
export async function dropParts(
  engine: Engine,
  table: string,
  parts: readonly string[],
): Promise<Set<string>> {
  await noteBlocks(engine, table, {
    condition: "_part IN {parts:Array(String)}",
    parameters: { parts: [...parts] },
  });
  const dropped = new Set<string>();
  for (const part of parts) {
    // A statement each (two milliseconds): one for all would stop at the first that is merged by now, and inserts would wait for it.
    if (await dropPart(engine, table, part)) dropped.add(part);
  }
  return dropped;
}

/** Before they go: a block that is noted and still there does no harm. */
async function noteBlocks(
  engine: Engine,
  table: string,
  { condition, parameters }: { condition: string; parameters: Parameters },
): Promise<void> {
  await engine.command(
    `INSERT INTO dropped_blocks (table_name, block) SELECT DISTINCT {table:String}, block FROM ${checkIdentifier(table)} WHERE ${condition}`,
    { ...parameters, table },
  );
}

/** NO_SUCH_DATA_PART: merged by now. PART_IS_TEMPORARILY_LOCKED: a replica is at it. */
const goneCodes = new Set<number | undefined>([232, 384]);

async function dropPart(engine: Engine, table: string, part: string): Promise<boolean> {
  if (!/^[\w-]+$/.test(part)) throw new QueryFailedError(`${JSON.stringify(part)} is no name of a part`, {});
  try {
    await engine.command(`ALTER TABLE ${checkIdentifier(table)} DROP PART '${part}'`);
    return true;
  } catch (cause) {
    if (cause instanceof QueryFailedError && goneCodes.has(cause.engineCode)) return false;
    throw cause;
  }
}
