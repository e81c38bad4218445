import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { FixedColumn } from "../columns/fixed-column.ts";
import { NativeBlockWriter } from "../columns/native-block.ts";
import type { Block, Engine } from "../store/engine.ts";
import { createTestStore } from "../store/store.fixture.ts";
import { SpoolFullError, SpoolUnreadableError, SpoolWriteError } from "./errors.ts";
import type { Batch } from "./segment-writer.ts";
import { openSpool, type Spool, type SpoolLimits } from "./spool.ts";

const limits: SpoolLimits = {
  segmentRows: 1000,
  segmentBytes: 1_000_000,
  segmentAgeMs: 60_000,
  maxBytes: 10_000_000,
  duplicateWindowMs: 600_000,
  duplicateWindowRequests: 1000,
};

let engine: Engine;
let directory: string;
let now = Date.UTC(2026, 10, 20);
let opened: Spool[] = [];
let log: { message: string; fields: Record<string, unknown> | undefined }[] = [];

beforeAll(async () => {
  engine = await createTestStore({ migrated: false });
  for (const table of ["left", "right"]) {
    await engine.command(
      `CREATE TABLE ${table} (block UInt64, received_at DateTime64(3, 'UTC'), value UInt64) ENGINE = MergeTree ORDER BY value`,
    );
  }
});
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-spool-"));
  for (const table of ["left", "right"]) await engine.command(`TRUNCATE TABLE ${table}`);
});
afterEach(async () => {
  for (const spool of opened) await spool.close(5000);
  opened = [];
  log = [];
  rmSync(directory, { recursive: true });
});

/** A store that takes nothing, as if it were down. */
const closedStore = (): Engine => ({
  ...engine,
  listBlocks: (table, from) => engine.listBlocks(table, from),
  insertBlock: () => Promise.reject(new Error("the store is down")),
});

async function open(options: { engine?: Engine; limits?: Partial<SpoolLimits> } = {}): Promise<Spool> {
  const spool = await openSpool({
    directory,
    engine: options.engine ?? engine,
    tables: ["left", "right"],
    limits: { ...limits, ...options.limits },
    log: (_level, message, fields) => log.push({ message, fields }),
    now: () => now,
    onStored: () => undefined,
  });
  opened.push(spool);
  return spool;
}

/** Leaves the directory as it is at this moment, as a killed process would. */
async function kill(spool: Spool): Promise<void> {
  const copy = `${directory}-copy`;
  cpSync(directory, copy, { recursive: true });
  await abandon(spool);
  rmSync(directory, { recursive: true });
  renameSync(copy, directory);
}

/** Ends the spool at once: what waits for the store stays in sealed segments. */
async function abandon(spool: Spool): Promise<void> {
  opened = opened.filter((each) => each !== spool);
  await spool.close(0);
}

function batch(value: number, request: string, tables: string[] = ["left", "right"], keyId?: string): Batch {
  const column = new FixedColumn("UInt64", 8);
  column.appendUint64(value, 0);
  const buffers = new NativeBlockWriter()
    .encode([{ name: "value", column }], 1)
    .map((buffer) => Buffer.from(buffer));
  return {
    tables: tables.map((table) => ({ table, rows: 1, buffers })),
    counts: [
      {
        signal: "traces",
        project: "default",
        keyId,
        received: 2,
        accepted: 1,
        rejected: { invalid_time: 1 },
        duplicates: 0,
      },
    ],
    requests: [request],
  };
}

async function values(table: string): Promise<number[]> {
  const rows = await engine.query<{ value: string }>({ sql: `SELECT value FROM ${table} ORDER BY value` });
  return rows.map((row) => Number(row.value));
}

/** Rows of a block vanish from both tables. */
async function dropBlocks(row: { block: string } | undefined): Promise<void> {
  for (const table of ["left", "right"]) {
    await engine.command(
      `ALTER TABLE ${table} DELETE WHERE block = {block:UInt64} SETTINGS mutations_sync = 1`,
      {
        block: row?.block ?? "",
      },
    );
  }
}

/** Changes one bit in the middle of a file of the spool. */
function flipBit(name: string): void {
  const bytes = readFileSync(join(directory, name));
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
  writeFileSync(join(directory, name), bytes);
}

/** The fields of the log's lines of an event. */
const logged = (event: string): unknown[] =>
  log.filter(({ message }) => message === event).map(({ fields }) => fields);

const dataFiles = (): string[] => readdirSync(directory).filter((name) => name.endsWith(".native"));

describe("openSpool", () => {
  it("stores what was appended, once, and keeps no data behind", async () => {
    const spool = await open();
    await spool.append(batch(1, "a"));
    await spool.append(batch(2, "b", ["left"]));
    expect(spool.snapshot()).toMatchObject({ inSpool: { traces: 2 }, segments: 1 });
    await abandon(await closeAfterStoring(spool));
    expect([await values("left"), await values("right")]).toEqual([[1, 2], [1]]);
    expect(dataFiles()).toEqual([]);
  });

  it("shows a segment in every snapshot from its first row until the store has it", async () => {
    const spool = await open({ engine: closedStore(), limits: { segmentRows: 1 } });
    const seen = new Set<string>();
    let isOver = false;
    const look = (): void => {
      const { inSpool, segments, bytes, oldestAgeMs } = spool.snapshot();
      seen.add(`${inSpool.traces} ${segments} ${bytes > 0} ${oldestAgeMs !== null}`);
      if (!isOver) setImmediate(look);
    };
    look();
    await spool.append(batch(1, "a"));
    await spool.append(batch(2, "b"));
    isOver = true;
    expect([...seen]).toEqual(["0 0 false false", "1 1 true true", "2 2 true true"]);
  });

  it("counts items that have no rows as stored once their segment is sealed", async () => {
    const spool = await open({ limits: { segmentAgeMs: 1 } });
    await spool.append(batch(1, "a", []));
    await abandon(await closeAfterStoring(spool));
    expect(spool.snapshot()).toMatchObject({ inSpool: { traces: 0 }, segments: 0 });
    expect((await open()).snapshot()).toMatchObject({ inSpool: { traces: 0 } });
  });

  it("hands over a segment by age, also after the clock was put back by an hour", async () => {
    const spool = await open({ limits: { segmentAgeMs: 1, segmentRows: 1_000_000 } });
    const column = new FixedColumn("UInt64", 8);
    const rows = 5000; // so many that a young segment waits for more
    for (let row = 0; row < rows; row += 1) column.appendUint64(row, 0);
    const buffers = new NativeBlockWriter().encode([{ name: "value", column }], rows);
    await spool.append({ ...batch(1, "a"), tables: [{ table: "left", rows, buffers: [...buffers] }] });
    now -= 3_600_000;
    await vi.waitFor(async () => expect((await values("left")).length).toBe(rows), { timeout: 30_000 });
    now += 3_600_000;
    await abandon(spool);
  });

  it("replays at the next start what the store did not take", async () => {
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a"));
    await abandon(down);
    expect([await values("left"), dataFiles().length]).toEqual([[], 2]);
    const spool = await open();
    await abandon(await closeAfterStoring(spool));
    expect([await values("left"), await values("right")]).toEqual([[1], [1]]);
  });

  it("does not store again what the store has from before a kill, table by table", async () => {
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a"));
    await abandon(down);
    const [file = ""] = dataFiles().filter((name) => name.includes("left"));
    const block: Block = {
      table: "left",
      block: BigInt(Number.parseInt(file, 10)),
      receivedAtMs: now,
      files: [join(directory, file)],
    };
    await engine.insertBlock(block);
    const spool = await open();
    await abandon(await closeAfterStoring(spool));
    expect([await values("left"), await values("right")]).toEqual([[1], [1]]);
    expect(dataFiles()).toEqual([]);
  });

  it("counts a stored segment once, and knows its requests, when a kill fell between removing two of its files", async () => {
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a"));
    await down.append(batch(2, "b"));
    await abandon(down);
    const kept = dataFiles().find((name) => name.includes("right")) ?? "";
    const bytes = readFileSync(join(directory, kept));
    await abandon(await closeAfterStoring(await open()));
    writeFileSync(join(directory, kept), bytes);
    const spool = await open();
    expect(spool.snapshot()).toMatchObject({
      totals: { traces: { received: 4, accepted: 2 } },
      damagedFrames: 0,
    });
    expect([spool.knows("a"), spool.knows("b")]).toEqual([true, true]);
    await abandon(await closeAfterStoring(spool));
    expect([await values("left"), await values("right"), dataFiles()]).toEqual([[1, 2], [1, 2], []]);
  });

  it("asks the store before it tries a refused insert again", async () => {
    let tries = 0;
    const flaky: Engine = {
      ...engine,
      async insertBlock(block) {
        await engine.insertBlock(block);
        tries += 1;
        if (tries === 1) throw new Error("the answer got lost");
      },
    };
    const spool = await open({ engine: flaky });
    await spool.append(batch(1, "a", ["left"]));
    await abandon(await closeAfterStoring(spool));
    expect(await values("left")).toEqual([1]);
  });

  it("drops a tail that a kill cut off and keeps what was acknowledged before it", async () => {
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a"));
    await down.append(batch(2, "b"));
    await kill(down);
    const [file = ""] = dataFiles().filter((name) => name.includes("right"));
    const whole = readFileSync(join(directory, file));
    truncateSync(join(directory, file), whole.length - 3);
    const spool = await open();
    expect([spool.knows("a"), spool.knows("b"), spool.snapshot().damagedFrames]).toEqual([true, false, 0]);
    await abandon(await closeAfterStoring(spool));
    expect([await values("left"), await values("right")]).toEqual([[1], [1]]);
  });

  it("puts a damaged frame aside, says so, and replays the rest", async () => {
    const down = await open({ engine: closedStore() });
    for (const [index, request] of ["a", "b", "c"].entries()) await down.append(batch(index + 1, request));
    await abandon(down);
    const [file = ""] = dataFiles().filter((name) => name.includes("left"));
    const bytes = readFileSync(join(directory, file));
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 0x10;
    writeFileSync(join(directory, file), bytes);
    const spool = await open();
    expect(spool.snapshot().damagedFrames).toBe(1);
    expect(readdirSync(join(directory, "quarantine")).length).toBeGreaterThan(0);
    await abandon(await closeAfterStoring(spool));
    expect([await values("left"), await values("right")]).toEqual([
      [1, 3],
      [1, 3],
    ]);
  });

  it("counts what a damaged frame held as lost, for good, and takes its request again", async () => {
    const down = await open({ engine: closedStore() });
    for (const [index, request] of ["a", "b", "c"].entries()) await down.append(batch(index + 1, request));
    await abandon(down);
    flipBit(dataFiles().find((name) => name.includes("left")) ?? "");
    const lost = { received: 6, accepted: 2, rejected: { invalid_time: 3, lost_in_spool: 1 } };
    const spool = await open();
    expect(spool.snapshot().totals.traces).toMatchObject(lost);
    expect([spool.knows("a"), spool.knows("b"), spool.knows("c")]).toEqual([true, false, true]);
    await abandon(await closeAfterStoring(spool));
    expect((await open()).snapshot().totals.traces).toMatchObject(lost);
  });

  it("tells of a data file that is gone although the store never had it, and stores the other table's", async () => {
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a"));
    await down.append(batch(2, "b", ["right"]));
    await abandon(down);
    rmSync(join(directory, dataFiles().find((name) => name.includes("left")) ?? ""));
    const spool = await open();
    expect(spool.snapshot()).toMatchObject({
      damagedFrames: 1,
      totals: { traces: { received: 4, accepted: 1, rejected: { invalid_time: 2, lost_in_spool: 1 } } },
      inSpool: { traces: 1 },
    });
    expect([spool.knows("a"), spool.knows("b")]).toEqual([false, true]);
    await abandon(await closeAfterStoring(spool));
    expect([await values("left"), await values("right")]).toEqual([[], [1, 2]]);
    expect(readdirSync(join(directory, "quarantine")).length).toBeGreaterThan(0);
    const again = await open();
    expect(again.snapshot()).toMatchObject({
      damagedFrames: 0,
      totals: { traces: { received: 4, accepted: 1, rejected: { invalid_time: 2, lost_in_spool: 1 } } },
    });
  });

  it("does not take for lost what retention dropped with its day, and does while the table has older blocks", async () => {
    for (const request of ["a", "b"]) {
      const spool = await open();
      await spool.append(batch(request === "a" ? 1 : 2, request));
      await abandon(await closeAfterStoring(spool));
    }
    const [oldest, newest] = await engine.query<{ block: string }>({
      sql: "SELECT DISTINCT block FROM left ORDER BY block",
    });
    now += 2 * 86_400_000;
    await dropBlocks(oldest);
    const expired = await open({ limits: { duplicateWindowMs: 7 * 86_400_000 } });
    expect(expired.snapshot()).toMatchObject({ damagedFrames: 0, totals: { traces: { accepted: 2 } } });
    await abandon(expired);
    await engine.command("INSERT INTO left SELECT {block:UInt64}, now(), 1", { block: oldest?.block ?? "" });
    await engine.command("INSERT INTO right SELECT {block:UInt64}, now(), 1", { block: oldest?.block ?? "" });
    await dropBlocks(newest);
    const lost = await open({ limits: { duplicateWindowMs: 7 * 86_400_000 } });
    expect(lost.snapshot()).toMatchObject({ damagedFrames: 1, totals: { traces: { accepted: 1 } } });
  });

  it.each([
    ["is empty", () => ""],
    ["was cut off", (text: string) => text.slice(0, -10)],
    ["holds other figures", (text: string) => text.replace('"received":2', '"received":3')],
  ])("starts with accounting that %s: puts it aside, says so and counts anew", async (_, damage) => {
    const before = await open({ limits: { duplicateWindowMs: 0 } });
    await before.append(batch(1, "a"));
    await abandon(await closeAfterStoring(before));
    const path = join(directory, "accounting.json");
    const text = readFileSync(path, "utf8");
    expect(text).toContain('"received":2');
    writeFileSync(path, damage(text));
    const spool = await open();
    expect(spool.snapshot()).toMatchObject({ totals: { traces: { received: 0 } }, damagedFrames: 1 });
    expect(readdirSync(join(directory, "quarantine"))).toEqual(["accounting.json.damaged"]);
    await spool.append(batch(2, "b"));
    await abandon(await closeAfterStoring(spool));
    expect(await values("left")).toEqual([1, 2]);
  });

  it("puts data aside whose sidecar is gone, and says so", async () => {
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a"));
    await abandon(down);
    rmSync(join(directory, readdirSync(directory).find((name) => name.endsWith(".frames")) ?? ""));
    const spool = await open();
    expect(spool.snapshot()).toMatchObject({ damagedFrames: 1, totals: { traces: { received: 0 } } });
    expect([dataFiles(), readdirSync(join(directory, "quarantine")).length]).toEqual([[], 2]);
  });

  it("tells of acknowledged data whose lines a cut sidecar has lost, and stores the rest", async () => {
    const down = await open({ engine: closedStore() });
    for (const [index, request] of ["a", "b", "c"].entries()) await down.append(batch(index + 1, request));
    await kill(down);
    const sidecar = join(directory, readdirSync(directory).find((name) => name.endsWith(".frames")) ?? "");
    const dataBytes = readFileSync(join(directory, dataFiles()[0] ?? "")).length;
    truncateSync(sidecar, readFileSync(sidecar).indexOf("\n") + 1);
    const spool = await open();
    expect(spool.snapshot()).toMatchObject({
      damagedFrames: 2,
      unaccountedBytes: (2 * 2 * dataBytes) / 3, // of two tables
      totals: { traces: { received: 2, accepted: 1 } },
    });
    await abandon(await closeAfterStoring(spool));
    expect([await values("left"), await values("right")]).toEqual([[1], [1]]);
    expect(logged("spool damaged")).toMatchObject([{ damagedFrames: 2 }]);
    expect((await open()).snapshot()).toMatchObject({ damagedFrames: 0, unaccountedBytes: 0 });
  });

  it("does not start on what it cannot read, and says what to do", async () => {
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a"));
    await abandon(down);
    const inTheWay = join(directory, "900000000000.frames");
    mkdirSync(inTheWay);
    await expect(open()).rejects.toThrow(SpoolUnreadableError);
    await expect(open()).rejects.toThrow(/cannot take up the spool in .*EISDIR.*give its files to the user/);
    rmSync(inTheWay, { recursive: true });
    await abandon(await closeAfterStoring(await open()));
    expect(await values("left")).toEqual([1]);
  });

  it("tells of a sidecar that was emptied after its block was stored, and not of one that a kill left empty", async () => {
    const spool = await open();
    await spool.append(batch(1, "a"));
    await abandon(await closeAfterStoring(spool));
    const [sidecar = ""] = readdirSync(directory).filter((name) => name.endsWith(".frames"));
    truncateSync(join(directory, sidecar), 0);
    writeFileSync(join(directory, "900000000000.frames"), "");
    const again = await open();
    expect(again.snapshot().damagedFrames).toBe(1);
    await abandon(again);
    expect((await open()).snapshot().damagedFrames).toBe(0);
  });

  it("says in the log where the store has blocks that no counts are of", async () => {
    const spool = await open();
    await spool.append(batch(1, "a"));
    await abandon(await closeAfterStoring(spool));
    rmSync(directory, { recursive: true });
    const fresh = await open();
    expect(fresh.snapshot()).toMatchObject({ damagedFrames: 0, uncountedBlocks: 1 });
    expect(logged("blocks in the store that the accounting lacks")).toEqual([{ blocks: 1 }]);
  });

  it("knows a request that was accepted within the window, also across a start, and forgets it after", async () => {
    const spool = await open();
    await spool.append(batch(1, "a"));
    expect([spool.knows("a"), spool.knows("b")]).toEqual([true, false]);
    await abandon(await closeAfterStoring(spool));
    const again = await open();
    expect(again.knows("a")).toBe(true);
    now += limits.duplicateWindowMs + 1;
    expect(again.knows("a")).toBe(false);
  });

  it.each([
    ["the server was away for a day", 86_400_000],
    ["the clock was put back by a day", -86_400_000],
  ])("knows a request for as long as the server runs, also after %s", async (_, awayMs) => {
    const spool = await open();
    await spool.append(batch(1, "a"));
    now += limits.duplicateWindowMs - 1000;
    await spool.append(batch(2, "b"));
    await abandon(await closeAfterStoring(spool));
    now += awayMs;
    const again = await open();
    expect([again.knows("a"), again.knows("b")]).toEqual([true, true]);
    now += 2000;
    await again.append(batch(3, "c"));
    expect([again.knows("a"), again.knows("b")]).toEqual([false, true]);
  });

  it("adds up at every moment: received = stored + rejected + duplicates + in the spool, also after a start", async () => {
    const addsUp = (spool: Spool): [number, number] => {
      const { totals, inSpool } = spool.snapshot();
      const { received, accepted, rejected, duplicates } = totals.traces;
      const stored = accepted - inSpool.traces;
      expect(received).toBe(stored + (rejected["invalid_time"] ?? 0) + duplicates + inSpool.traces);
      return [received, stored];
    };
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a"));
    await down.append(batch(2, "b"));
    expect(addsUp(down)).toEqual([4, 0]);
    await abandon(down);
    const spool = await open();
    await closeAfterStoring(spool);
    expect(addsUp(spool)).toEqual([4, 2]);
    await abandon(spool);
    const later = await open();
    now += limits.duplicateWindowMs + 1;
    await later.append(batch(3, "c"));
    await closeAfterStoring(later);
    expect(addsUp(later)).toEqual([6, 3]);
    expect(readdirSync(directory).filter((name) => name.endsWith(".frames"))).toHaveLength(1);
    await abandon(later);
    expect(addsUp(await open())).toEqual([6, 3]);
  });

  it("keeps what came with which key through kills, starts, and beyond the window of duplicates", async () => {
    const tables = ["left", "right"];
    const tell = (spool: Spool): object[] =>
      spool.snapshot("default").accounts.map(({ keyId, totals: { traces }, inSpool, lastReceivedAtMs }) => {
        const { received, accepted } = traces;
        return {
          keyId,
          received,
          stored: accepted - inSpool.traces,
          waiting: inSpool.traces,
          lastReceivedAtMs,
        };
      });
    const down = await open({ engine: closedStore() });
    await down.append(batch(1, "a", tables, "one"));
    await down.append(batch(2, "b", tables));
    const firstAt = now;
    now += 1000;
    await down.append(batch(3, "c", tables, "one"));
    const one = { keyId: "one", received: 4, lastReceivedAtMs: now };
    const none = { keyId: null, received: 2, lastReceivedAtMs: firstAt };
    const waiting = [
      { ...one, stored: 0, waiting: 2 },
      { ...none, stored: 0, waiting: 1 },
    ];
    expect(tell(down)).toEqual(waiting);
    await abandon(down);
    const downAgain = await open({ engine: closedStore() });
    expect(tell(downAgain)).toEqual(waiting);
    await abandon(downAgain);
    const stored = [
      { ...one, stored: 2, waiting: 0 },
      { ...none, stored: 1, waiting: 0 },
    ];
    const spool = await closeAfterStoring(await open());
    expect(tell(spool)).toEqual(stored);
    await abandon(spool);
    const later = await open({ limits: { duplicateWindowMs: 0 } });
    expect(readdirSync(directory).filter((name) => name.endsWith(".frames"))).toHaveLength(0);
    expect(tell(later)).toEqual(stored);
  });

  it("inserts the tables of a segment in the order it was given, whichever was written first", async () => {
    const inserted: string[] = [];
    const watched: Engine = {
      ...engine,
      insertBlock(block) {
        inserted.push(block.table);
        return engine.insertBlock(block);
      },
    };
    const spool = await open({ engine: watched });
    await spool.append(batch(1, "a", ["right", "left"]));
    await abandon(await closeAfterStoring(spool));
    expect(inserted).toEqual(["left", "right"]);
  });

  it("asks to be tried again while no file can be made, and takes what comes once one can", async () => {
    const spool = await open({ limits: { segmentRows: 1 } });
    await spool.append(batch(1, "a"));
    await vi.waitFor(() => expect(spool.snapshot().inSpool.traces).toBe(0), { timeout: 30_000 });
    const elsewhere = `${directory}-elsewhere`;
    renameSync(directory, elsewhere);
    await expect(spool.append(batch(2, "b"))).rejects.toBeInstanceOf(SpoolWriteError);
    expect([spool.knows("b"), spool.snapshot().totals.traces.received]).toEqual([false, 2]);
    expect(spool.snapshot().isWriteFailing).toBe(true);
    renameSync(elsewhere, directory);
    await spool.append(batch(2, "b"));
    expect(spool.snapshot().isWriteFailing).toBe(false);
    await abandon(await closeAfterStoring(spool));
    expect(await values("left")).toEqual([1, 2]);
  });

  it("takes nothing more once it is full", async () => {
    const spool = await open({ engine: closedStore(), limits: { maxBytes: 10 } });
    await spool.append(batch(1, "a"));
    expect(spool.isFull()).toBe(true);
    await expect(spool.append(batch(2, "b"))).rejects.toBeInstanceOf(SpoolFullError);
  });

  it("never gives a block number again that the store has, even where the spool's directory was emptied", async () => {
    const spool = await open();
    await spool.append(batch(1, "a", ["left"]));
    await abandon(await closeAfterStoring(spool));
    rmSync(directory, { recursive: true });
    const fresh = await open();
    await fresh.append(batch(2, "b", ["left"]));
    await abandon(await closeAfterStoring(fresh));
    const blocks = await engine.query<{ block: string }>({ sql: "SELECT DISTINCT block FROM left" });
    expect(new Set(blocks.map((row) => row.block)).size).toBe(2);
  });
});

/** Closing seals the segment and waits for the store to have it. */
async function closeAfterStoring(spool: Spool): Promise<Spool> {
  await spool.close(20_000);
  expect(spool.snapshot().inSpool.traces).toBe(0);
  return spool;
}
