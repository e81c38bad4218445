import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createEmbeddedEngine, type EmbeddedEngine } from "./embedded-engine.ts";
import { openEmbeddedSessions } from "./embedded-sessions.ts";
import type { Engine } from "./engine.ts";
import { migrate, readMigrations } from "./migrate.ts";

// One engine per process, and test files share a process: the engine is kept where every copy of this module finds it.
const KEY = Symbol.for("spanlight.test-engine");

interface Holder {
  [KEY]?: Promise<EmbeddedEngine>;
}

let count = 0;

/** The engine that all test files of this process share, in a directory of its own that goes with the process. */
export function openTestEngine(): Promise<EmbeddedEngine> {
  const holder = globalThis as Holder;
  holder[KEY] ??= open();
  return holder[KEY];
}

/** A fresh database of the shared engine, migrated unless told otherwise. One per test file. */
export async function createTestStore(options: { migrated?: boolean } = {}): Promise<Engine> {
  const engine = await openTestEngine();
  count += 1;
  const store = await engine.forDatabase(
    `test_${process.pid}_${count}_${Math.random().toString(36).slice(2, 8)}`,
  );
  await (options.migrated === false ? makeDroppedBlocks(store) : migrate(store));
  return store;
}

/** The table that `listBlocks` needs beside the one it is asked of. */
export async function makeDroppedBlocks(store: Engine): Promise<void> {
  const migration = readMigrations().find(({ name }) => name.endsWith("_dropped_blocks"));
  for (const statement of migration?.statements ?? []) await store.command(statement);
}

async function open(): Promise<EmbeddedEngine> {
  const directory = mkdtempSync(join(tmpdir(), "spanlight-test-store-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return createEmbeddedEngine(
    await openEmbeddedSessions({ directory, readers: 2, memoryBytes: 2 * 1024 ** 3 }),
  );
}
