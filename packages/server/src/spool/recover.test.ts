import {
  cpSync,
  existsSync,
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
import { crc32 } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FixedColumn } from "../columns/fixed-column.ts";
import { NativeBlockWriter } from "../columns/native-block.ts";
import type { Frame } from "./frame.ts";
import { recoverSpool, type FoundSegment } from "./recover.ts";
import { dataFile, framesFile } from "./segment-files.ts";
import { SegmentWriter, type Batch } from "./segment-writer.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-recover-"));
});
afterEach(() => rmSync(directory, { recursive: true }));

const block = 7;
const sidecar = (): string => framesFile(directory, block);
const data = (): string => dataFile(directory, block, "left");

function batch(value: number): Batch {
  const column = new FixedColumn("UInt64", 8);
  column.appendUint64(value, 0);
  const buffers = new NativeBlockWriter()
    .encode([{ name: "value", column }], 1)
    .map((buffer) => Buffer.from(buffer));
  const counts = {
    signal: "traces" as const,
    project: "default",
    received: 2,
    accepted: 1,
    rejected: { invalid_time: 1 },
    duplicates: 0,
  };
  return { tables: [{ table: "left", rows: 1, buffers }], counts: [counts], requests: [`${value}`] };
}

type Ending = "sealed" | "killed";

/** A segment of three frames as a stop or a kill leaves it. */
async function writeSegment(ending: Ending, number: number = block): Promise<void> {
  const writer = await SegmentWriter.open(directory, number);
  for (const value of [1, 2, 3]) await writer.append(batch(value), value);
  const copy = `${directory}-copy`;
  if (ending === "killed") cpSync(directory, copy, { recursive: true });
  await writer.seal();
  if (ending === "killed") {
    rmSync(directory, { recursive: true });
    renameSync(copy, directory);
  }
}

/** What older versions wrote: no numbers, no room, no seal. */
function writeAsBefore(): void {
  const lines = readFileSync(sidecar(), "utf8")
    .split("\n")
    .filter((line) => line.includes("{") && !line.includes('"seal"'))
    .map((line) => JSON.stringify({ ...JSON.parse(line.slice(9)), block: undefined, number: undefined }))
    .map((text) => `${crc32(text).toString(16).padStart(8, "0")} ${text}\n`);
  writeFileSync(sidecar(), lines.join(""));
}

/** Where the line of the frame ends, from 1 on. */
function lineEnd(number: number): number {
  const bytes = readFileSync(sidecar());
  let end = 0;
  for (let line = 0; line < number; line += 1) end = bytes.indexOf("\n", end) + 1;
  return end;
}

/** The requests whose rows are there, the damage that was told, and all counts together. */
interface Outcome {
  readonly sound: string[];
  readonly damagedFrames: number;
  readonly unaccountedBytes: number;
  readonly received: number;
  readonly accepted: number;
}

async function recover(): Promise<Outcome> {
  const segments = await recoverSpool(directory);
  const frames = segments.flatMap((segment) => segment.frames);
  const sum = (count: (frame: Frame["counts"][number]) => number): number =>
    frames.flatMap(({ counts }) => counts).reduce((all, each) => all + count(each), 0);
  const total = (of: (segment: FoundSegment) => number): number =>
    segments.reduce((all, segment) => all + of(segment), 0);
  return {
    sound: frames.flatMap(({ requests }) => requests),
    damagedFrames: total(({ damage }) => damage.frames),
    unaccountedBytes: total(({ damage }) => damage.unaccountedBytes),
    received: sum((count) => count.received),
    accepted: sum((count) => count.accepted),
  };
}

const everything = {
  sound: ["1", "2", "3"],
  damagedFrames: 0,
  unaccountedBytes: 0,
  received: 6,
  accepted: 3,
};

/** Every start after the first finds nothing damaged any more, and the same counts. */
async function expectSettled({ received, accepted }: Outcome): Promise<void> {
  expect(await recover()).toMatchObject({ damagedFrames: 0, received, accepted });
}

describe("a segment that nothing happened to", () => {
  it.each(["sealed", "killed"] as const)("is found as it was written: %s", async (ending) => {
    await writeSegment(ending);
    expect(await recover()).toEqual(everything);
    expect(await recover()).toEqual(everything);
    expect(existsSync(join(directory, "quarantine"))).toBe(false);
  });

  it("is found as it was written by a version that neither numbered nor sealed", async () => {
    await writeSegment("sealed");
    writeAsBefore();
    expect(await recover()).toEqual(everything);
    expect(await recover()).toEqual(everything);
  });
});

describe("a group that a kill cut off", () => {
  it.each([
    ["its line is not there at all", () => zeroFrom(sidecar(), lineEnd(2))],
    ["its line is there in part", () => zeroFrom(sidecar(), lineEnd(3) - 20)],
    [
      "pages in front of its line's end were not written",
      () => zeroFrom(sidecar(), lineEnd(2), lineEnd(3) - 20),
    ],
    ["its data are there in part", () => truncateSync(data(), readFileSync(data()).length - 3)],
  ])("is dropped without a word when %s", async (_, happens) => {
    await writeSegment("killed");
    happens();
    const cut = { sound: ["1", "2"], damagedFrames: 0, unaccountedBytes: 0, received: 4, accepted: 2 };
    expect(await recover()).toEqual(cut);
    expect(await recover()).toEqual(cut);
    expect(existsSync(join(directory, "quarantine"))).toBe(false);
  });

  it("is there when all of it was written but its line's end", async () => {
    await writeSegment("killed");
    zeroFrom(sidecar(), lineEnd(3) - 1);
    expect(await recover()).toEqual(everything);
    expect(await recover()).toEqual(everything);
  });
});

describe("a sidecar that lost lines", () => {
  it.each<[string, Ending, () => void]>([
    ["was cut at a line's end while it was written", "killed", () => truncateSync(sidecar(), lineEnd(2))],
    ["was cut at a line's end", "sealed", () => truncateSync(sidecar(), lineEnd(2))],
    ["was cut to nothing", "killed", () => truncateSync(sidecar(), 0)],
    ["lost more than the last line", "killed", () => zeroFrom(sidecar(), lineEnd(1))],
    ["was cut at the end of an older version's line", "sealed", cutOlderVersion],
  ])("is told, its data are kept aside, and the rest is there: one that %s", async (_, ending, happens) => {
    await writeSegment(ending);
    const length = readFileSync(data()).length / 3;
    happens();
    const outcome = await recover();
    const rest = outcome.sound.length;
    expect(outcome.sound).toEqual(["1", "2", "3"].slice(0, rest));
    expect(outcome).toMatchObject({ received: 2 * rest, unaccountedBytes: (3 - rest) * length });
    expect(outcome.damagedFrames).toBeGreaterThan(0);
    expect(readdirSync(join(directory, "quarantine")).toSorted()).toEqual([
      "000000000007.frames.damaged",
      "000000000007.left.native.damaged",
    ]);
    await expectSettled(outcome);
  });

  it("is told of every line that is gone from the middle, also where two of them became one", async () => {
    await writeSegment("killed");
    const bytes = readFileSync(sidecar());
    bytes[lineEnd(1) - 1] = 0x20;
    writeFileSync(sidecar(), bytes);
    const outcome = await recover();
    expect(outcome).toMatchObject({ sound: ["3"], damagedFrames: 2, received: 2 });
    expect(outcome.unaccountedBytes).toBe((2 * readFileSync(`${quarantined(data())}`).length) / 3);
    await expectSettled(outcome);
  });

  it("counts its items as lost for good where its seal tells their counts", async () => {
    await writeSegment("sealed");
    flipBit(lineEnd(1) + 30);
    const outcome = await recover();
    expect(outcome).toEqual({
      sound: ["1", "3"],
      damagedFrames: 1,
      unaccountedBytes: 0,
      received: 6,
      accepted: 2,
    });
    const [segment] = await recoverSpool(directory);
    expect(segment?.frames.at(-1)?.counts).toMatchObject([
      { rejected: { invalid_time: 1, lost_in_spool: 1 } },
    ]);
    await expectSettled(outcome);
  });

  it("still counts what is in the store where its seal tells the counts", async () => {
    await writeSegment("sealed");
    rmSync(data());
    flipBit(lineEnd(1) + 30);
    const outcome = await recover();
    expect(outcome).toMatchObject({ sound: ["1", "3"], damagedFrames: 1, received: 6, accepted: 3 });
    await expectSettled(outcome);
  });

  it("is told although its data are in the store", async () => {
    await writeSegment("sealed");
    rmSync(data());
    truncateSync(sidecar(), lineEnd(2));
    expect(await recover()).toMatchObject({ sound: ["1", "2"], damagedFrames: 1 });
  });

  it("is told in a segment that others follow, also where only its last line is gone", async () => {
    await writeSegment("killed");
    zeroFrom(sidecar(), lineEnd(2));
    await writeSegment("sealed", block + 1);
    expect(await recover()).toMatchObject({ sound: ["1", "2", "1", "2", "3"], damagedFrames: 1 });
  });
});

describe("data that end too early", () => {
  it("are told where a kill could not have cut them off: before the last group begins", async () => {
    await writeSegment("killed");
    truncateSync(data(), readFileSync(data()).length / 3 - 1);
    const outcome = await recover();
    expect(outcome).toMatchObject({ sound: [], damagedFrames: 3, received: 6, accepted: 0 });
    await expectSettled(outcome);
  });

  it("are told in a sealed segment, also those of the last group", async () => {
    await writeSegment("sealed");
    truncateSync(data(), readFileSync(data()).length - 1);
    const outcome = await recover();
    expect(outcome).toMatchObject({ sound: ["1", "2"], damagedFrames: 1, received: 6, accepted: 2 });
    await expectSettled(outcome);
  });
});

describe("a segment of another number", () => {
  it("is not stored a second time under its new one", async () => {
    await writeSegment("sealed");
    cpSync(sidecar(), framesFile(directory, 9));
    cpSync(data(), dataFile(directory, 9, "left"));
    const outcome = await recover();
    expect(outcome).toMatchObject({ sound: ["1", "2", "3"], received: 6, damagedFrames: 3 });
    expect(readFileSync(dataFile(directory, 9, "left")).length).toBe(0);
    await expectSettled(outcome);
  });
});

describe("whatever byte of a sidecar is hit", () => {
  const hits = {
    flipped: (at: number) => flipBit(at),
    "the last one": (at: number) => truncateSync(sidecar(), at),
    "and all behind it zero": (at: number) => zeroFrom(sidecar(), at),
  };
  it.each(
    (["sealed", "killed"] as const).flatMap((ending) =>
      (Object.keys(hits) as (keyof typeof hits)[]).map((hit) => [hit, ending] as const),
    ),
  )("no acknowledged frame is missed in silence: %s, %s", async (hit, ending) => {
    await writeSegment(ending);
    const copy = `${directory}-whole`;
    cpSync(directory, copy, { recursive: true });
    const length = lineEnd(ending === "sealed" ? 4 : 3);
    const missed: string[] = [];
    for (let at = 0; at < length; at += 89) {
      rmSync(directory, { recursive: true });
      cpSync(copy, directory, { recursive: true });
      hits[hit](at);
      const outcome = await recover();
      const least = mayBeTorn(hit, ending) ? 2 : 3;
      if (outcome.damagedFrames === 0 && outcome.sound.length < least) missed.push(`${at}`);
      if (outcome.accepted > 3 || outcome.received < 2 * outcome.sound.length) missed.push(`${at} counts`);
    }
    rmSync(copy, { recursive: true });
    expect(missed).toEqual([]);
  });
});

/** Where the last line is zeros it looks as if a kill had come before it. */
function mayBeTorn(hit: string, ending: Ending): boolean {
  return ending === "killed" && hit === "and all behind it zero";
}

function cutOlderVersion(): void {
  writeAsBefore();
  truncateSync(sidecar(), lineEnd(1));
}

function zeroFrom(path: string, from: number, to?: number): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.fill(0, from, to));
}

function flipBit(at: number): void {
  const bytes = readFileSync(sidecar());
  bytes[at] = (bytes[at] ?? 0) ^ (1 << (at % 8));
  writeFileSync(sidecar(), bytes);
}

function quarantined(path: string): string {
  return join(directory, "quarantine", `${path.slice(directory.length + 1)}.damaged`);
}
