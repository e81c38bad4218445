import { beforeAll, describe, expect, it } from "vitest";
import { toClusterRead, toClusterStatements } from "./cluster-schema.ts";
import type { Engine } from "./engine.ts";
import { readMigrations, registryTable } from "./migrate.ts";
import { createTestStore } from "./store.fixture.ts";

const cluster = { name: "main", database: "spanlight" };
const sharded = (table: string): boolean => table === "spans";
const translate = (sql: string): string[] => toClusterStatements(sql, cluster, sharded);
const schema = [registryTable, ...readMigrations().flatMap(({ statements }) => statements)];
let store: Engine;

beforeAll(async () => {
  store = await createTestStore({ migrated: false });
});

describe("the schema on a cluster", () => {
  it.each(
    schema.map((statement) => [/(?:TABLE IF NOT EXISTS|TABLE) \w+/.exec(statement)?.[0] ?? "", statement]),
  )("of '%s' is understood by the engine", async (_name, statement) => {
    const statements = translate(statement);
    expect(statements.length).toBeGreaterThan(0);
    for (const sql of statements) {
      await expect(
        store.query({ sql: `EXPLAIN AST ${sql.replace(/^(?:--.*\n)*/, "")}` }),
      ).resolves.toBeTruthy();
    }
  });

  it("has a table of each shard below one of all for what is partitioned by day, and loses nothing of its text", () => {
    const spans = schema.find((statement) => statement.includes("CREATE TABLE IF NOT EXISTS spans\n")) ?? "";
    const [local = "", distributed = "", ...more] = translate(spans);
    expect(more).toEqual([]);
    expect(local).toContain("CREATE TABLE IF NOT EXISTS spanlight.spans_local ON CLUSTER 'main'");
    expect(local).toContain(
      "ENGINE = ReplicatedMergeTree('/clickhouse/tables/{shard}/spanlight/spans_local', '{replica}')",
    );
    const back = local
      .replace("spanlight.spans_local ON CLUSTER 'main'", "spans")
      .replace(/ReplicatedMergeTree\([^)]*\)/, "MergeTree");
    expect(back).toBe(spans);
    expect(distributed)
      .toBe(`CREATE TABLE IF NOT EXISTS spanlight.spans ON CLUSTER 'main' AS spanlight.spans_local
ENGINE = Distributed('main', 'spanlight', 'spans_local', rand())`);
  });

  it("has one small table everywhere for what is not", () => {
    expect(
      translate("CREATE TABLE IF NOT EXISTS prices (id String) ENGINE = ReplacingMergeTree(id) ORDER BY id"),
    ).toEqual([
      "CREATE TABLE IF NOT EXISTS spanlight.prices ON CLUSTER 'main' (id String) ENGINE = " +
        "ReplicatedReplacingMergeTree('/clickhouse/tables/all/spanlight/prices', '{shard}-{replica}', id) ORDER BY id",
    ]);
  });
});

describe("a change on a cluster", () => {
  it("of columns goes to both tables, any other to those of the shards", () => {
    expect(translate("ALTER TABLE spans ADD COLUMN IF NOT EXISTS a String DEFAULT 'x;y'")).toEqual([
      "ALTER TABLE spanlight.spans_local ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS a String DEFAULT 'x;y'",
      "ALTER TABLE spanlight.spans ON CLUSTER 'main' ADD COLUMN IF NOT EXISTS a String DEFAULT 'x;y'",
    ]);
    expect(translate("ALTER TABLE spans DROP PARTITION '2026-11-21'")).toEqual([
      "ALTER TABLE spanlight.spans_local ON CLUSTER 'main' DROP PARTITION '2026-11-21'",
    ]);
    expect(translate("ALTER TABLE spans DROP PART '20261121_1_9_2'")).toEqual([
      "ALTER TABLE spanlight.spans_local DROP PART '20261121_1_9_2'",
    ]);
    expect(translate("OPTIMIZE TABLE spans PARTITION '2026-11-21' FINAL")).toEqual([
      "OPTIMIZE TABLE spanlight.spans_local ON CLUSTER 'main' PARTITION '2026-11-21' FINAL",
    ]);
    expect(translate("ALTER TABLE prices DROP COLUMN a")).toEqual([
      "ALTER TABLE spanlight.prices ON CLUSTER 'main' DROP COLUMN a",
    ]);
  });

  it("of a kind that nobody has thought of is refused", () => {
    expect(() => translate("CREATE MATERIALIZED VIEW v AS SELECT 1")).toThrow(
      expect.objectContaining({ code: "schema_changed" }),
    );
    expect(() => translate("CREATE TABLE IF NOT EXISTS t (a UInt8) ENGINE = Log")).toThrow(
      /table t .*engine/,
    );
  });
});

it("a read of parts on a cluster is of one replica of every shard, by the names that reads know", () => {
  expect(toClusterRead("SELECT count() FROM system.parts WHERE active", cluster)).toBe(
    "SELECT count() FROM (SELECT * REPLACE (replaceRegexpOne(table, '_local$', '') AS table) FROM cluster('main', system.parts)) WHERE active",
  );
  expect(toClusterRead("SELECT 1 FROM system.mutations WHERE NOT is_done", cluster)).toContain(
    "cluster('main', system.mutations)) WHERE NOT is_done",
  );
  expect(toClusterRead("SELECT count() FROM system.parts WHERE active", cluster, true)).toBe(
    "SELECT count() FROM (SELECT * REPLACE (replaceRegexpOne(table, '_local$', '') AS table) FROM system.parts) WHERE active",
  );
  expect(toClusterRead("SELECT 1 FROM spans", cluster)).toBe("SELECT 1 FROM spans");
});
