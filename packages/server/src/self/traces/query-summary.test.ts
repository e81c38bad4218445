import { expect, it } from "vitest";
import { readMigrations } from "../../store/migrate.ts";
import { summariseQuery } from "./query-summary.ts";

it.each([
  ["SELECT name FROM spans WHERE project = {project:String}", "SELECT spans"],
  ["SELECT a FROM spans AS s LEFT JOIN contents AS c ON s.id = c.id", "SELECT spans contents"],
  ["WITH slow AS (SELECT * FROM spans) SELECT count() FROM slow", "SELECT spans"],
  ["-- the newest FROM here\nSELECT 1 FROM system.parts", "SELECT system.parts"],
  [
    "INSERT INTO spans (block) SELECT {block:UInt64} FROM file('/data/spool/1.native', 'Native')",
    "INSERT spans",
  ],
  ["ALTER TABLE spans UPDATE cost = if(model = 'FROM secrets', 1, 2) WHERE 1", "ALTER spans"],
  ["CREATE TABLE IF NOT EXISTS logs (a UInt8) ENGINE = MergeTree ORDER BY a", "CREATE logs"],
  ["OPTIMIZE TABLE spans PARTITION '2026-11-21' FINAL", "OPTIMIZE spans"],
  ["SELECT 'it''s \\' FROM prompts' AS a, \"FROM x\" FROM spans", "SELECT spans"],
  ["SELECT table AS name, count() FROM system.parts GROUP BY table", "SELECT system.parts"],
  ["ALTER TABLE spans DROP PARTITION '2026-11-21'", "ALTER spans"],
  ["SELECT 1", "SELECT"],
])("%s is %s", (sql, summary) => {
  expect(summariseQuery(sql).summary).toBe(summary);
});

it("every statement of the schema has a verb and a table", () => {
  const statements = readMigrations().flatMap((migration) => migration.statements);
  for (const statement of statements) {
    const { operation, tables } = summariseQuery(statement);
    expect(operation, statement).toMatch(/^(CREATE|ALTER|INSERT|DROP|RENAME)$/);
    expect(tables.length, statement).toBeGreaterThan(0);
  }
});
