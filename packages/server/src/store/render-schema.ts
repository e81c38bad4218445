import { toClusterStatements, toLocalName } from "./cluster-schema.ts";
import { readMigrations, registryTable } from "./migrate.ts";
import { checkIdentifier } from "./parameters.ts";

/** The tables of this version as SQL text; `cluster` is its name in the servers' configuration, undefined = one server. */
export function renderSchema(options: {
  readonly database: string;
  readonly cluster: string | undefined;
}): string {
  const database = checkIdentifier(options.database);
  const name = options.cluster === undefined ? undefined : checkIdentifier(options.cluster);
  const schema = [registryTable, ...readMigrations().flatMap(({ statements }) => statements)];
  const lines =
    name === undefined
      ? [`CREATE DATABASE IF NOT EXISTS ${database}`, `USE ${database}`, ...schema]
      : [
          `CREATE DATABASE IF NOT EXISTS ${database} ON CLUSTER '${name}'`,
          ...translate(schema, { name, database }),
        ];
  return lines.map((statement) => `${statement};\n`).join("\n");
}

function translate(schema: readonly string[], cluster: { name: string; database: string }): string[] {
  const statements: string[] = [];
  for (const statement of schema) {
    // A table is sharded where a statement above made a local one for it.
    const isSharded = (table: string): boolean =>
      statements.some((above) => above.includes(`.${toLocalName(table)} ON CLUSTER`));
    statements.push(...toClusterStatements(statement, cluster, isSharded));
  }
  return statements;
}
