// A server in this process and, beside it, one query that keeps the engine busy. Prints its address, then how long the query took.
import { readSettings } from "../../packages/server/src/config/config.ts";
import { openStore } from "../../packages/server/src/main/open-store.ts";
import { startServer } from "../../packages/server/src/main/start-server.ts";
import type { Engine } from "../../packages/server/src/store/engine.ts";

const [directory = "", seconds = "60"] = process.argv.slice(2);
const settings = readSettings({ environment: {}, flags: { data: directory, port: "0", host: "127.0.0.1" } });
let engine: Engine | undefined;
const server = await startServer(
  settings,
  () => undefined,
  async (given) => {
    const store = await openStore(given);
    ({ engine } = store);
    return store;
  },
);
await server.ready;
process.stdout.write(`${server.url}\n`);
const startedAt = performance.now();
// Counts what cannot be counted in time: the limit ends it.
await engine
  ?.query({
    sql: "SELECT count() FROM numbers_mt(1000000000000000) WHERE cityHash64(number) % 3 = 4",
    timeoutMs: Number(seconds) * 1000,
  })
  .catch(() => undefined);
process.stdout.write(`${((performance.now() - startedAt) / 1000).toFixed(1)}\n`);
process.stdin.resume();
process.stdin.on("end", () => {
  void server.close().then(() => process.exit(0));
});
