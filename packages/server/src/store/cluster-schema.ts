import { SchemaChangedError } from "./errors.ts";

/** Where statements for one server are to be run instead. */
export interface Cluster {
  readonly name: string;
  readonly database: string;
}

/** The table of one shard behind a table of all of them. */
export function toLocalName(table: string): string {
  return `${table}_local`;
}

/**
 * A statement of the schema, or one that changes tables, as the statements that do the same on a cluster.
 *
 * - A table that is partitioned by the day of receipt is a `Replicated…` table per shard, named `…_local`, and a `Distributed` one of
 *   its own name over all shards, which reads go to.
 * - Any other table is small and everywhere the same: one `Replicated…` table that every node has a copy of.
 * - Changes go to the local tables of every node; changes of columns to the `Distributed` ones too, drops of parts to the own shard.
 *
 * `isSharded` tells which tables that are not created here are partitioned so. Throws SchemaChangedError for a statement whose
 * meaning on a cluster is not known.
 */
export function toClusterStatements(
  statement: string,
  cluster: Cluster,
  isSharded: (table: string) => boolean,
): string[] {
  const create = /^((?:--.*\n)*)CREATE TABLE IF NOT EXISTS (\w+)\b/.exec(statement);
  if (create !== null)
    return renderCreate(statement, cluster, { comment: create[1] ?? "", table: create[2] ?? "" });
  const change = /^(?:--.*\n)*(ALTER|OPTIMIZE|TRUNCATE) TABLE (\w+)\s+([^]*)$/.exec(statement);
  if (change !== null) {
    const [, verb = "", table = "", rest = ""] = change;
    // Parts have their names by shard.
    if (isSharded(table) && /^DROP PART\b/.test(rest))
      return [`${verb} TABLE ${cluster.database}.${toLocalName(table)} ${rest}`];
    return renderChange({ verb, table, rest }, cluster, isSharded(table));
  }
  if (/^INSERT INTO \w+/.test(statement)) return [statement];
  throw new SchemaChangedError(
    `no one has said what this statement is on a cluster: ${statement.replaceAll(/\s+/g, " ").slice(0, 200)}`,
  );
}

const mergeTree = /\bENGINE = (\w*)MergeTree(?:\(([^)]*)\))?/;

function renderCreate(
  statement: string,
  { name, database }: Cluster,
  { comment, table }: { comment: string; table: string },
): string[] {
  if (!mergeTree.test(statement)) {
    throw new SchemaChangedError(`the table ${table} has an engine that has no replicated form`);
  }
  const sharded = /\bPARTITION BY toDate\(received_at\)/.test(statement);
  const own = sharded ? toLocalName(table) : table;
  // One path for all shards: every node has the whole table.
  const path = `/clickhouse/tables/${sharded ? "{shard}" : "all"}/${database}/${own}`;
  const replica = sharded ? "{replica}" : "{shard}-{replica}";
  const local = statement
    .slice(comment.length)
    .replace(
      /^CREATE TABLE IF NOT EXISTS \w+/,
      `CREATE TABLE IF NOT EXISTS ${database}.${own} ON CLUSTER '${name}'`,
    )
    .replace(mergeTree, (_all, kind: string, rest: string | undefined) => {
      const more = rest === undefined || rest === "" ? "" : `, ${rest}`;
      return `ENGINE = Replicated${kind}MergeTree('${path}', '${replica}'${more})`;
    });
  if (!sharded) return [comment + local];
  const distributed = `CREATE TABLE IF NOT EXISTS ${database}.${table} ON CLUSTER '${name}' AS ${database}.${own}
ENGINE = Distributed('${name}', '${database}', '${own}', rand())`;
  return [comment + local, distributed];
}

const ofColumns = /^(ADD|DROP|RENAME|MODIFY|COMMENT) COLUMN\b/;

function renderChange(
  { verb, table, rest }: { verb: string; table: string; rest: string },
  { name, database }: Cluster,
  sharded: boolean,
): string[] {
  const render = (of: string): string => `${verb} TABLE ${database}.${of} ON CLUSTER '${name}' ${rest}`;
  if (!sharded) return [render(table)];
  // A Distributed table knows columns by name and type alone.
  const isOfColumns = verb === "ALTER" && ofColumns.test(rest);
  return isOfColumns ? [render(toLocalName(table)), render(table)] : [render(toLocalName(table))];
}

/**
 * A read of the engine's own tables of parts, merges and mutations, of one replica of every shard or of the node that is asked, by the
 * names reads know.
 */
export function toClusterRead(sql: string, { name }: Cluster, isOfOwnShard = false): string {
  return sql.replaceAll(/\bFROM system\.(parts|merges|mutations)\b/g, (_all, table: string) => {
    const source = isOfOwnShard ? `system.${table}` : `cluster('${name}', system.${table})`;
    return `FROM (SELECT * REPLACE (replaceRegexpOne(table, '_local$', '') AS table) FROM ${source})`;
  });
}
