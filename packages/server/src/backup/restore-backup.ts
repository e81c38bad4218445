import { mkdir, readdir, rename, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Engine } from "../store/engine.ts";
import { attachParts, findDetachedDirectory } from "../store/freeze.ts";
import { migrate, readMigrations } from "../store/migrate.ts";
import { makeDirectory } from "../store/writable-directory.ts";
import { copyFileWithChecksum } from "./copy-file.ts";
import { BackupError } from "./errors.ts";
import { readManifest, type Manifest } from "./manifest.ts";

export interface RestoreOptions {
  /** Where the backup lies. */
  readonly directory: string;
  /** The data directory to be made: one that is empty or does not exist. */
  readonly data: string;
  /** Opens a new store in a directory, without tables. */
  readonly openStore: (directory: string) => Promise<{ readonly engine: Engine; close(): Promise<void> }>;
  /** Told how many bytes have been copied so far. */
  readonly onCopied: (bytes: number) => void;
}

export interface RestoreSummary {
  readonly takenAt: string;
  readonly version: string;
  readonly tables: Readonly<Record<string, number>>;
}

/**
 * Makes a data directory from a backup. Every byte is checked on the way, and each table against the rows it had; the directory gets
 * its name when all is there, so that one that exists is whole. Throws BackupError, and a StoreError where the store does not open.
 */
export async function restoreBackup(options: RestoreOptions): Promise<RestoreSummary> {
  const { directory, data } = options;
  const manifest = await readManifest(directory);
  checkMigrations(manifest);
  await checkEmpty(data);
  const work = `${data}.restoring`;
  makeParent(data);
  await mkdir(work).catch((cause: NodeJS.ErrnoException) => {
    const reason = cause.code === "EEXIST" ? "remove what an earlier restore left there" : cause.message;
    throw new BackupError(`cannot make ${work}: ${reason}, or choose another place`, { cause });
  });
  try {
    const summary = await fillDirectory(work, manifest, options);
    await rmdir(data).catch(() => undefined); // not there: as good as empty
    await rename(work, data);
    return summary;
  } catch (cause) {
    await rm(work, { recursive: true, force: true });
    throw cause;
  }
}

function makeParent(data: string): void {
  try {
    makeDirectory(dirname(data));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BackupError(`cannot make the data directory ${data}: ${reason}`, { cause });
  }
}

function checkMigrations({ migrations, version }: Manifest): void {
  const known = readMigrations().map(({ name }) => name);
  const unknown = migrations.find((name, index) => known[index] !== name);
  if (unknown === undefined) return;
  throw new BackupError(
    `the backup was taken by version ${version}, which has the migration ${unknown} that this version does not: restore it with that version or a newer one`,
  );
}

async function checkEmpty(data: string): Promise<void> {
  const names = await readdir(data).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return [];
    throw new BackupError(`cannot restore to ${data}: ${cause.message}`, { cause });
  });
  if (names.length > 0) {
    throw new BackupError(
      `${data} is not empty: a backup is restored to a new data directory, never over another`,
    );
  }
}

async function fillDirectory(
  work: string,
  manifest: Manifest,
  { directory, openStore, onCopied }: RestoreOptions,
): Promise<RestoreSummary> {
  const { migrations, tables, takenAt, version } = manifest;
  const copier = createCopier(directory, manifest, onCopied);
  await mkdir(join(work, "spool"));
  await copier.copy("spool", join(work, "spool"));
  await copier.copy("data", work);
  const store = await openStore(join(work, "store"));
  try {
    await migrate(store.engine, undefined, { through: migrations.length });
    for (const { name, parts } of tables) {
      if (name === "schema_migrations") continue; // written anew by the migrations above
      await copier.copy(join("tables", name), await findDetachedDirectory(store.engine, name));
      await attachParts(store.engine, name, parts);
    }
    const rows = await checkRows(store.engine, manifest);
    await migrate(store.engine);
    return { takenAt, version, tables: rows };
  } finally {
    await store.close();
  }
}

function createCopier(
  directory: string,
  { files }: Manifest,
  onCopied: (bytes: number) => void,
): { copy(below: string, to: string): Promise<void> } {
  let total = 0;
  return {
    async copy(below, to) {
      for (const file of files.filter(({ path }) => path.startsWith(`${below}/`))) {
        const target = join(to, file.path.slice(below.length + 1));
        const { bytes, crc } = await copyFileWithChecksum(join(directory, file.path), target).catch(
          (cause: unknown) => {
            throw new BackupError(`${file.path} of the backup cannot be copied: ${String(cause)}`, { cause });
          },
        );
        if (bytes !== file.bytes || crc !== file.crc) {
          throw new BackupError(
            `${file.path} of the backup has changed since it was taken: use another backup`,
          );
        }
        total += bytes;
        onCopied(total);
      }
    },
  };
}

async function checkRows(engine: Engine, { tables }: Manifest): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const { name, rows } of tables) {
    if (name === "schema_migrations") continue;
    const [row] = await engine.query<{ rows: string }>({
      sql: `SELECT sum(rows) AS rows FROM system.parts
WHERE database = currentDatabase() AND table = {table:String} AND active`,
      parameters: { table: name },
    });
    counts[name] = Number(row?.rows ?? 0);
    if (counts[name] !== rows) {
      throw new BackupError(
        `${name} has ${counts[name]} rows after the restore and had ${rows}: use another backup`,
      );
    }
  }
  return counts;
}
