import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { FixedColumn } from "../columns/fixed-column.ts";
import { NativeBlockWriter } from "../columns/native-block.ts";
import type { Engine } from "./engine.ts";
import { startClickHouse, type Fault, type TestClickHouse } from "./clickhouse-server.fixture.ts";
import { columnOf, readBlocks } from "./native/read-blocks.ts";
import { textAt } from "./native/values.ts";
import { connectRemoteEngine } from "./remote-engine.ts";
import { parseStoreAddress } from "./store-address.ts";
import { makeDroppedBlocks } from "./store.fixture.ts";

let clickHouse: TestClickHouse;
let engine: Engine;
let directory: string;

const connect = (writer = 0): Promise<Engine> =>
  connectRemoteEngine({ address: parseStoreAddress(clickHouse.url), writer, readers: 2 });

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-remote-"));
  clickHouse = await startClickHouse();
  engine = await connect();
  await engine.command(
    "CREATE TABLE kept (block UInt64, received_at DateTime64(3, 'UTC'), value UInt64) ENGINE = MergeTree ORDER BY value",
  );
  await makeDroppedBlocks(engine);
}, 60_000);
afterEach(() => clickHouse.setFault(() => "none"));
afterAll(async () => {
  await engine.close();
  await clickHouse.close();
  rmSync(directory, { recursive: true });
});

describe("a read of a remote store", () => {
  it("binds parameters of every kind as they are", async () => {
    const parameters = {
      text: "it's \\ a\ttab\nand é",
      list: ["a'b", "c\\d"],
      big: 18_446_744_073_709_551_615n,
      flag: true,
      many: Array.from({ length: 5000 }, (_, index) => `value ${index}`),
    };
    const sql = `SELECT {text:String} AS text, {list:Array(String)} AS list, {big:UInt64} AS big, {flag:Bool} AS flag,
length({many:Array(String)}) AS many, toDateTime64('2026-11-21 01:02:03.456', 3, 'UTC') AS at`;
    expect(await engine.query({ sql, parameters })).toEqual([
      {
        text: parameters.text,
        list: parameters.list,
        big: "18446744073709551615",
        flag: true,
        many: "5000",
        at: "2026-11-21T01:02:03.456Z",
      },
    ]);
  });

  it("fails by the reason", async () => {
    const fails = (sql: string, more: object = {}): Promise<unknown> =>
      engine.query({ sql, ...more }).catch((error: unknown) => error);
    expect(await fails("SELECT nothing")).toMatchObject({ code: "query_failed", engineCode: 47 });
    expect(await fails("SELECT number FROM numbers(11)", { maxRows: 10 })).toMatchObject({
      code: "query_too_large",
    });
    const long = "SELECT sum(sipHash64(number)) FROM numbers(1e12)";
    expect(await fails(long, { timeoutMs: 200 })).toMatchObject({ code: "query_timeout" });
    const stop = new AbortController();
    const cancelled = fails(long, { signal: stop.signal, timeoutMs: 500 });
    stop.abort();
    expect(await cancelled).toMatchObject({ code: "query_cancelled" });
    clickHouse.setFault(() => "down");
    expect(await fails("SELECT 1")).toMatchObject({ code: "store_unavailable" });
    expect(String(await fails("SELECT 1"))).toContain("127.0.0.1");
  });

  it("in columns hands over whole blocks", async () => {
    let rows = 0;
    let sum = 0;
    const sql = "SELECT number, repeat('x', number % 200) AS text FROM numbers(100000)";
    await engine.queryNative({ sql }, (bytes) => {
      for (const block of readBlocks(bytes)) {
        rows += block.rows;
        const texts = columnOf(block, "text");
        for (let row = 0; row < block.rows; row += 1) sum += textAt(texts, row).length;
      }
    });
    expect([rows, sum]).toEqual([100_000, 9_950_000]);
  });

  it("in columns is over with the failure of who takes the bytes", async () => {
    const stop = new Error("enough");
    const taken = engine.queryNative({ sql: "SELECT number FROM numbers(100000)" }, () => {
      throw stop;
    });
    await expect(taken).rejects.toBe(stop);
    expect(await engine.query({ sql: "SELECT 1 AS one" })).toEqual([{ one: 1 }]);
  });
});

describe("a block for a remote store", () => {
  const receivedAtMs = Date.now();
  let next = 1n;

  async function writeBlock(
    value: number,
  ): Promise<{ table: string; block: bigint; receivedAtMs: number; files: string[] }> {
    const column = new FixedColumn("UInt64", 8);
    column.appendUint64(value, 0);
    const file = join(directory, `${value}.native`);
    await writeFile(file, Buffer.concat(new NativeBlockWriter().encode([{ name: "value", column }], 1)));
    return { table: "kept", block: (next += 1n), receivedAtMs, files: [file] };
  }
  const count = async (value: number): Promise<number> => {
    const sql = "SELECT count() AS rows FROM kept WHERE value = {value:UInt64}";
    return Number((await engine.query<{ rows: string }>({ sql, parameters: { value } }))[0]?.rows);
  };

  it("is stored, and listed by its number", async () => {
    const block = await writeBlock(1);
    await engine.insertBlock(block);
    expect(await count(1)).toBe(1);
    expect(await engine.listBlocks("kept", block.block)).toEqual(new Set([block.block]));
  });

  it.each<Fault>(["down", "reset", "late", "slow"])(
    "is stored once when its request meets the fault '%s'",
    async (fault) => {
      const value = 10 + ["down", "reset", "late", "slow"].indexOf(fault);
      const block = await writeBlock(value);
      const metBefore = clickHouse.met[fault];
      let isFirst = true;
      clickHouse.setFault((sql) => {
        if (!sql.startsWith("INSERT") || !isFirst) return "none";
        isFirst = false;
        return fault;
      });
      for (let tries = 0; tries < 10; tries += 1) {
        const isDone = await engine.insertBlock(block).then(
          () => true,
          () => false,
        );
        if (isDone) break;
      }
      await clickHouse.releaseLate(); // it finds what its successor did
      expect(clickHouse.met[fault]).toBe(metBefore + 1);
      expect(await count(value)).toBe(1);
    },
  );

  it("of another writer has a number of its own", async () => {
    const other = await connect(7);
    const block = await writeBlock(30);
    await engine.insertBlock(block);
    await other.insertBlock(block);
    expect(await count(30)).toBe(2);
    expect(await other.listBlocks("kept", 0n)).toEqual(new Set([block.block]));
    await other.close();
  });
});

it("a database that is there is not made again: whoever connects may not be allowed to", async () => {
  clickHouse.setFault((sql) => (/create database/i.test(sql) ? "down" : "none"));
  const engine = await connectRemoteEngine({
    address: parseStoreAddress(clickHouse.url),
    writer: 7,
    readers: 1,
  });
  expect(await engine.query({ sql: "SELECT 1 AS one" })).toEqual([{ one: 1 }]);
  await engine.close();
  clickHouse.setFault(() => "none");
});

describe("the address of a store", () => {
  it("has a name, a password, a database and a cluster", () => {
    expect(parseStoreAddress("https://me:p%40ss@ch.example:8443/traces?cluster=main")).toEqual({
      url: "https://ch.example:8443",
      username: "me",
      password: "p@ss",
      database: "traces",
      cluster: "main",
    });
    expect(parseStoreAddress("http://localhost:8123")).toMatchObject({
      username: "default",
      database: "spanlight",
      cluster: undefined,
    });
    expect(() => parseStoreAddress("http://localhost:8123/no;name")).toThrow(/no name/);
  });
});
