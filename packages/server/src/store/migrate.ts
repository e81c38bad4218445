import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Engine } from "./engine.ts";
import { SchemaChangedError, SchemaNewerError } from "./errors.ts";

/** Where the numbered `NNNN_name.sql` files of this version lie. */
export const schemaDirectory: string = fileURLToPath(new URL("../../schema", import.meta.url));

/** One numbered file of the schema. */
export interface Migration {
  readonly version: number;
  /** `0001_spans` */
  readonly name: string;
  readonly statements: readonly string[];
  readonly checksum: string;
}

interface Applied {
  readonly version: number;
  readonly name: string;
  readonly checksum: string;
}

export interface MigrateOptions {
  /** The last version to be applied; default: all there are. */
  readonly through?: number;
  /** Applies a migration, once; for who watches it. */
  readonly around?: AroundMigration | undefined;
}

export type AroundMigration = (name: string, migration: () => Promise<void>) => Promise<void>;

/** Which migrations a database has. */
export const registryTable = `CREATE TABLE IF NOT EXISTS schema_migrations
(version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`;

/**
 * Brings the database to the schema of this version: applies the files that are not in its registry, in order.
 *
 * Forward only. A file counts as applied once its last statement is done; what a kill interrupts is run again, so
 * every statement must be one that can be (`IF NOT EXISTS`). Answers the names applied now. Fails with
 * `SchemaNewerError` where the registry knows a file this version does not have, and with `SchemaChangedError`
 * where a file differs from the one applied, or files are missing or out of order.
 */
export async function migrate(
  engine: Engine,
  directory: string = schemaDirectory,
  { through = Infinity, around = (_name, work) => work() }: MigrateOptions = {},
): Promise<string[]> {
  const files = readMigrations(directory);
  await engine.command(registryTable);
  const applied = await engine.query<Applied>({
    sql: "SELECT version, any(name) AS name, any(checksum) AS checksum FROM schema_migrations GROUP BY version ORDER BY version",
  });
  checkRegistry(files, applied);
  const pending = files.slice(applied.length).filter(({ version }) => version <= through);
  for (const migration of pending) await around(migration.name, () => apply(engine, migration));
  return pending.map((migration) => migration.name);
}

async function apply(engine: Engine, { version, name, checksum, statements }: Migration): Promise<void> {
  for (const statement of statements) await engine.command(statement);
  await engine.command(
    "INSERT INTO schema_migrations (version, name, checksum) SELECT {version:UInt32}, {name:String}, {checksum:String}",
    { version, name, checksum },
  );
}

function checkRegistry(files: readonly Migration[], applied: readonly Applied[]): void {
  for (const [index, entry] of applied.entries()) {
    const file = files[index];
    if (file === undefined) {
      throw new SchemaNewerError(
        `the store was written by a newer version: it has the migration ${entry.name}, this version ends at ` +
          `${files.at(-1)?.name ?? "none"}; start the newer version, or another data directory`,
      );
    }
    if (file.name !== entry.name) {
      throw new SchemaChangedError(
        `the store has the migration ${entry.name} where this version has ${file.name}; start the version that wrote it`,
      );
    }
    if (file.checksum !== entry.checksum) {
      throw new SchemaChangedError(
        `the store was made with another ${entry.name} than this version has, by a build between releases or with an edited file; ` +
          "start the version that wrote it, or another data directory",
      );
    }
  }
}

/** The migrations of this version, in order. Throws SchemaChangedError where the files are not in order. */
export function readMigrations(directory: string = schemaDirectory): Migration[] {
  const names = readdirSync(directory)
    .filter((file) => file.endsWith(".sql"))
    .toSorted();
  return names.map((file, index) => {
    const match = /^(\d{4})_[a-z0-9_]+\.sql$/.exec(file);
    if (match === null || Number(match[1]) !== index + 1) {
      throw new SchemaChangedError(
        `${file} in ${directory} is out of order: expected number ${String(index + 1).padStart(4, "0")} and a name in lower case`,
      );
    }
    const text = readFileSync(join(directory, file), "utf8");
    return {
      version: index + 1,
      name: file.slice(0, -".sql".length),
      statements: splitStatements(text),
      checksum: createHash("sha256").update(text).digest("hex"),
    };
  });
}

/** Statements end with a semicolon at the end of a line; comments at the start of a line belong to what follows. */
function splitStatements(text: string): string[] {
  return text
    .split(/;[ \t]*(?:\n|$)/)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replaceAll(/^--.*$/gm, "").trim() !== "");
}
