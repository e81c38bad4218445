import { randomBytes } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rm, stat } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { Engine } from "../store/engine.ts";
import { freezeTables, thawTables, type FrozenTable } from "../store/freeze.ts";
import { makeDirectory } from "../store/writable-directory.ts";
import { copyFileWithChecksum } from "./copy-file.ts";
import { BackupError } from "./errors.ts";
import { manifestPath, type BackedUpFile, type Manifest } from "./manifest.ts";

export interface BackupOptions {
  /** The data directory: `store`, `spool` and files beside them. */
  readonly data: string;
  /** Where the backup goes: a directory that is empty or does not exist. */
  readonly directory: string;
  readonly engine: Engine;
  /** True for a ClickHouse server: its disks are not here. */
  readonly isStoreRemote: boolean;
  /** Version of this server. */
  readonly version: string;
  /** Runs the work while everything acknowledged lies in sealed segments or in the store. */
  readonly freeze: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Told how many bytes have been copied so far. */
  readonly onCopied: (bytes: number) => void;
}

export interface BackupSummary {
  readonly directory: string;
  readonly takenAt: string;
  readonly files: number;
  readonly bytes: number;
  /** How long requests that came meanwhile had to wait. */
  readonly pausedMs: number;
}

/** What a backup holds on to while it is taken is named by this. */
const workName = "backup_";

/** Removes what a backup that was killed held on to. */
export async function removeLeftovers(data: string): Promise<void> {
  for (const directory of [join(data, "spool"), join(data, "store", "shadow")]) {
    for (const name of await listNames(directory)) {
      if (name.replace(/^\./, "").startsWith(workName)) {
        await rm(join(directory, name), { recursive: true, force: true });
      }
    }
  }
}

/** Names of the data directory that belong to the running process, not to the data. */
const ownNames = new Set(["store", "spool", "series", "server.json", "keys.json.lock"]);

/**
 * Takes a backup while the server runs: everything acknowledged before it is in it, exactly once. The spool and the store are kept
 * as they are at one moment by hard links, which takes milliseconds; copying them goes on beside the traffic. Throws BackupError.
 */
export async function takeBackup(options: BackupOptions): Promise<BackupSummary> {
  const { data, directory, engine } = options;
  if (options.isStoreRemote) {
    throw new BackupError(
      "the store is a ClickHouse server (SPANLIGHT_STORE): back it up with its own BACKUP command, and the data directory as files",
    );
  }
  if (!relative(resolve(data), resolve(directory)).startsWith("..")) {
    throw new BackupError(
      `${directory} lies in the data directory: give one outside it, best on another disk`,
    );
  }
  await makeEmptyDirectory(directory);
  const name = `${workName}${randomBytes(6).toString("hex")}`;
  const links = join(data, "spool", `.${name}`);
  const frozen = { directory: join(data, "store"), name };
  try {
    const copier = createCopier(options);
    const moment = await options.freeze(async () => {
      const startedAt = performance.now();
      const takenAt = new Date(options.now()).toISOString();
      await linkFiles(join(data, "spool"), links);
      await copySmallFiles(copier, data);
      const tables = await freezeTables(engine, frozen);
      return { takenAt, tables, pausedMs: Math.round(performance.now() - startedAt) };
    });
    const { takenAt, pausedMs } = moment;
    await copier.copyTree(links, "spool");
    const tables = [];
    for (const table of moment.tables) tables.push(await copyTable(copier, table));
    const { files } = copier;
    const migrations = await listMigrations(engine);
    await writeManifest(directory, {
      format: 1,
      version: options.version,
      takenAt,
      migrations,
      tables,
      files,
    });
    return { directory, takenAt, files: files.length, bytes: sum(files), pausedMs };
  } catch (cause) {
    await emptyDirectory(directory);
    throw toBackupError(directory, cause);
  } finally {
    await rm(links, { recursive: true, force: true });
    await thawTables(frozen);
  }
}

/** What is there is no backup: it would only take the place of the next one. */
async function emptyDirectory(directory: string): Promise<void> {
  for (const name of await listNames(directory)) {
    await rm(join(directory, name), { recursive: true, force: true }).catch(() => undefined); // the failure itself is told
  }
}

function toBackupError(directory: string, cause: unknown): BackupError {
  if (cause instanceof BackupError) return cause;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackupError(`cannot write a backup to ${directory}: ${reason}`, { cause });
}

async function makeEmptyDirectory(directory: string): Promise<void> {
  try {
    makeDirectory(directory);
    if ((await readdir(directory)).length === 0) return await mkdir(join(directory, "tables"));
  } catch (cause) {
    const isTaken = (cause as NodeJS.ErrnoException).code === "EEXIST"; // by another backup at the same moment
    if (!isTaken) throw toBackupError(directory, cause);
  }
  throw new BackupError(`${directory} is not empty: give a new directory for each backup`);
}

/** Segments are only ever added and removed, and other files swapped in whole: links keep them as they are now. */
async function linkFiles(from: string, to: string): Promise<void> {
  await mkdir(to);
  for (const entry of await readdir(from, { withFileTypes: true })) {
    if (!entry.isFile() || entry.name.endsWith(".tmp")) continue;
    await link(join(from, entry.name), join(to, entry.name)).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== "ENOENT") throw cause; // gone: the store has it by now
    });
  }
}

async function listMigrations(engine: Engine): Promise<string[]> {
  const migrations = await engine.query<{ name: string }>({
    sql: "SELECT any(name) AS name FROM schema_migrations GROUP BY version ORDER BY version",
  });
  return migrations.map(({ name }) => name);
}

interface Copier {
  /** What has been copied. */
  readonly files: BackedUpFile[];
  /** Copies a file, or every file of a directory, to below a path of the backup. */
  copyTree(from: string, below: string): Promise<void>;
}

function createCopier({ directory, onCopied }: BackupOptions): Copier {
  const files: BackedUpFile[] = [];
  let bytes = 0;
  return {
    files,
    async copyTree(from, below) {
      for (const path of await listFiles(from)) {
        const target = join(below, relative(from, path));
        const copied = await copyFileWithChecksum(path, join(directory, target)).catch(ignoreVanished);
        if (copied === undefined) continue;
        files.push({ path: target, ...copied });
        bytes += copied.bytes;
        onCopied(bytes);
      }
    },
  };
}

/** Files are swapped for others and removed meanwhile; parts and segments are held by links. */
function ignoreVanished(cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== "ENOENT") throw cause;
}

/** What lies beside the store and the spool: keys, the state of alerts, journals. They are appended to, so they are copied at the moment. */
async function copySmallFiles(copier: Copier, data: string): Promise<void> {
  for (const name of await listNames(data)) {
    if (ownNames.has(name) || name.endsWith(".tmp")) continue;
    await copier.copyTree(join(data, name), join("data", name));
  }
}

async function copyTable(
  copier: Copier,
  { name, directory }: FrozenTable,
): Promise<Manifest["tables"][number]> {
  await copier.copyTree(directory, join("tables", name));
  const parts = await listNames(directory);
  return { name, parts, rows: await countRows(directory, parts) };
}

/** Each part says how many rows it has. */
async function countRows(directory: string, parts: readonly string[]): Promise<number> {
  let rows = 0;
  for (const part of parts) rows += Number(await readFile(join(directory, part, "count.txt"), "utf8"));
  return rows;
}

/** Every file below a path, which may be a file itself; none where nothing is there. */
async function listFiles(path: string): Promise<string[]> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return [];
  if (found.isFile()) return [path];
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

async function listNames(directory: string): Promise<string[]> {
  const names: string[] = await readdir(directory).catch(() => []);
  return names.toSorted();
}

async function writeManifest(directory: string, manifest: Manifest): Promise<void> {
  const file = await open(manifestPath(directory), "wx", 0o600);
  try {
    await file.writeFile(`${JSON.stringify(manifest)}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

function sum(files: readonly BackedUpFile[]): number {
  return files.reduce((bytes, file) => bytes + file.bytes, 0);
}
