import { expect, test } from "vitest";
import { dropExpired } from "./retention.ts";
import { createTestStore } from "./store.fixture.ts";

test("days of receipt older than the retention go, the edge and what arrived lately stay", async () => {
  const store = await createTestStore({ migrated: false });
  await store.command(
    "CREATE TABLE kept (received_at DateTime64(3, 'UTC'), n UInt8) ENGINE = MergeTree PARTITION BY toDate(received_at) ORDER BY n",
  );
  await store.command(
    "INSERT INTO kept VALUES ('2026-10-20 00:00:00', 1), ('2026-10-21 23:59:59.999', 2), ('2026-10-22 00:00:00', 3), ('2026-11-21 12:00:00', 4)",
  );
  const nowMs = Date.UTC(2026, 10, 21, 12);
  expect(await dropExpired(store, { table: "kept", days: 30, nowMs })).toEqual(["2026-10-20", "2026-10-21"]);
  expect(await store.query({ sql: "SELECT n FROM kept ORDER BY n" })).toEqual([{ n: 3 }, { n: 4 }]);
  expect(await dropExpired(store, { table: "kept", days: 30, nowMs })).toEqual([]);
});
