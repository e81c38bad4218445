import type { Engine } from "../store/engine.ts";
import { RepriceFailedError } from "./errors.ts";

interface Mutation {
  readonly id: string;
  readonly reason: string;
}

/** Waits until the engine has carried out every change of the spans. Throws RepriceFailedError of one that fails, and takes it back. */
export async function untilMutated(
  engine: Engine,
  wait: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const open = await engine.query<Mutation>({
      sql: `SELECT mutation_id AS id, latest_fail_reason AS reason FROM system.mutations
WHERE database = currentDatabase() AND table = 'spans' AND NOT is_done`,
    });
    const failed = open.find((mutation) => mutation.reason !== "");
    if (failed !== undefined) {
      await engine.command(
        "KILL MUTATION WHERE database = currentDatabase() AND table = 'spans' AND mutation_id = {id:String} ASYNC",
        { id: failed.id },
      );
      throw new RepriceFailedError(`the stored costs could not be changed: ${failed.reason}`);
    }
    if (open.length === 0) return;
    await wait(signal);
  }
}
