import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, test } from "vitest";
import type { Engine } from "./engine.ts";
import { migrate, schemaDirectory } from "./migrate.ts";
import { createTestStore } from "./store.fixture.ts";

let store: Engine;
let directory: string;

beforeEach(async () => {
  store = await createTestStore({ migrated: false });
  directory = mkdtempSync(join(tmpdir(), "spanlight-schema-"));
  writeFileSync(
    join(directory, "0001_first.sql"),
    "-- one; two\nCREATE TABLE IF NOT EXISTS first (a UInt8) ENGINE = MergeTree ORDER BY a;\nCREATE TABLE IF NOT EXISTS other (a UInt8) ENGINE = MergeTree ORDER BY a;\n",
  );
  writeFileSync(
    join(directory, "0002_second.sql"),
    "ALTER TABLE first ADD COLUMN IF NOT EXISTS b String DEFAULT 'x;y'\n",
  );
});

test("migrations are applied once, in order", async () => {
  expect(await migrate(store, directory)).toEqual(["0001_first", "0002_second"]);
  expect(await migrate(store, directory)).toEqual([]);
  await store.command("INSERT INTO first (a) VALUES (1)");
  expect(await store.query({ sql: "SELECT * FROM first" })).toEqual([{ a: 1, b: "x;y" }]);
});

test("a migration that was interrupted is run again to its end", async () => {
  writeFileSync(
    join(directory, "0002_second.sql"),
    "ALTER TABLE first ADD COLUMN IF NOT EXISTS b String;\nALTER TABLE missing ADD COLUMN c String;\n",
  );
  await expect(migrate(store, directory)).rejects.toMatchObject({ code: "query_failed" });
  await store.command("CREATE TABLE missing (a UInt8) ENGINE = MergeTree ORDER BY a");
  expect(await migrate(store, directory)).toEqual(["0002_second"]);
});

test("a store of a newer version is refused by the name of its migration", async () => {
  await migrate(store, directory);
  rmSync(join(directory, "0002_second.sql"));
  await expect(migrate(store, directory)).rejects.toMatchObject({
    code: "schema_newer",
    message: expect.stringContaining("0002_second"),
  });
});

test("a changed file is refused by name", async () => {
  await migrate(store, directory);
  writeFileSync(join(directory, "0001_first.sql"), "SELECT 1");
  await expect(migrate(store, directory)).rejects.toMatchObject({
    code: "schema_changed",
    message: expect.stringContaining("0001_first"),
  });
});

test("a file out of order is refused by name", async () => {
  writeFileSync(join(directory, "0004_fourth.sql"), "SELECT 1");
  await expect(migrate(store, directory)).rejects.toMatchObject({
    code: "schema_changed",
    message: expect.stringContaining("0004_fourth.sql"),
  });
});

test("every statement of the schema can be run twice", async () => {
  await migrate(store);
  const again = mkdtempSync(join(tmpdir(), "spanlight-schema-"));
  cpSync(schemaDirectory, again, { recursive: true });
  await store.command("TRUNCATE TABLE schema_migrations");
  const names = readdirSync(again)
    .filter((name) => name.endsWith(".sql"))
    .map((name) => name.replace(".sql", ""));
  expect(await migrate(store, again)).toEqual(names.toSorted());
  expect(readFileSync(join(again, "0001_spans.sql"), "utf8")).toContain("spans");
});
