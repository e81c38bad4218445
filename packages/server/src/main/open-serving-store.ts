import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { Settings } from "../config/config.ts";
import type { Log } from "../spool/inserter.ts";
import { WriterTakenError } from "../store/errors.ts";
import type { Engine } from "../store/engine.ts";
import { claimWriter, type WriterClaim } from "../store/writer-claim.ts";
import { openStore, type MigrationTraces, type OpenStore } from "./open-store.ts";

const renewEveryMs = 20_000;
/** Three renewals. */
const staleMs = 60_000;
const settleMs = 1000;
/** Of the ten seconds that stopping may take. */
const releaseMs = 1000;

/** Opens the store to write to it: of a ClickHouse server under a number that no other server holds. Throws a StoreError. */
export async function openServingStore(
  settings: Settings,
  log: Log,
  traces?: MigrationTraces,
): Promise<OpenStore> {
  const store = await openStore(settings, log, traces);
  if (settings.store === undefined) return store;
  try {
    const claim = await claimWriter({
      engine: store.engine,
      writer: settings.writer,
      instance: readInstance(settings.data),
      host: hostname(),
      staleMs,
      waitMs: settings.store_wait_ms,
      settleMs,
      onWaiting: (host) =>
        log("warn", "the writer's number is held by another server", { writer: settings.writer, host }),
    });
    return keepClaim(store, claim, log);
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

/** Renews the claim while the store is open. What may not be inserted any more stays in the spool. */
function keepClaim(store: OpenStore, claim: WriterClaim, log: Log): OpenStore {
  const timer = setInterval(() => {
    void claim.renew().then(
      () => {
        if (claim.isLost()) log("error", "nothing is stored any more", { error: lostMessage });
      },
      (error: unknown) => log("debug", "writer's number not renewed", { error: String(error) }), // the store does not answer
    );
  }, renewEveryMs);
  timer.unref();
  const engine: Engine = {
    ...store.engine,
    insertBlock: (block, signal) =>
      claim.isLost()
        ? Promise.reject(new WriterTakenError(lostMessage))
        : store.engine.insertBlock(block, signal),
  };
  return {
    engine,
    async close() {
      clearInterval(timer);
      await claim.release(AbortSignal.timeout(releaseMs)).catch(() => undefined); // it is free once it is stale
      await store.close();
    },
  };
}

const lostMessage =
  "another server has taken this one's SPANLIGHT_WRITER while it could not be seen: what comes waits in the spool; restart it with a number of its own";

/** Names the data directory, for as long as it exists. */
function readInstance(data: string): string {
  const path = join(data, "writer-id");
  try {
    const known = readFileSync(path, "utf8").trim();
    if (known !== "") return known;
  } catch {
    // none yet
  }
  const instance = randomUUID();
  writeFileSync(path, `${instance}\n`, { mode: 0o600 });
  return instance;
}
