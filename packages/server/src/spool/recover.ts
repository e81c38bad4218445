// What a start finds in the spool directory: segments written to their end, cut off by a kill, or damaged on disk.
import { mkdir, open, readdir, readFile, truncate, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import { decodeFrames, encodeFrame, toLostFrame, type Frame } from "./frame.ts";
import { dataFile, framesFile, parseFileName } from "./segment-files.ts";
import { readPart } from "./read-part.ts";
import { finishRepairs, putAside, repairSegment } from "./repair.ts";
import { removeIfThere } from "./segment-writer.ts";

/** A segment as found: its frames, and which data files are still there. */
export interface FoundSegment {
  readonly block: number;
  /** Damaged ones are there without rows: their items count as lost. */
  readonly frames: readonly Frame[];
  /** Tables whose data file is there and has rows. Empty: stored before, or nothing but rejects. */
  readonly tables: readonly string[];
  readonly bytes: number;
}

export interface Recovery {
  /** In order of block number. */
  readonly segments: readonly FoundSegment[];
  /** Frames whose bytes do not fit their checksum although they were acknowledged once; moved to `quarantine/`. */
  readonly damagedFrames: number;
}

/**
 * Reads the directory. Tails that a kill cut off were never acknowledged and are dropped; a damaged frame goes to
 * `quarantine/` and its segment is written anew without it.
 */
export async function recoverSpool(directory: string): Promise<Recovery> {
  await mkdir(directory, { recursive: true });
  await finishRepairs(directory);
  const byBlock = new Map<number, string[]>();
  for (const name of await readdir(directory)) {
    const parsed = parseFileName(name);
    if (parsed === undefined) continue;
    const tables = byBlock.get(parsed.block) ?? [];
    if (parsed.table !== null) tables.push(parsed.table);
    byBlock.set(parsed.block, tables);
  }
  const segments: FoundSegment[] = [];
  let damagedFrames = 0;
  for (const [block, tables] of [...byBlock].toSorted((a, b) => a[0] - b[0])) {
    const found = await recoverSegment(directory, block, tables);
    segments.push(found.segment);
    damagedFrames += found.damagedFrames;
  }
  return { segments, damagedFrames };
}

async function recoverSegment(
  directory: string,
  block: number,
  tables: readonly string[],
): Promise<{ segment: FoundSegment; damagedFrames: number }> {
  const bytes = await readSidecar(directory, block);
  if (bytes === null) {
    await putAside(directory, block, tables);
    return { segment: { block, frames: [], tables: [], bytes: 0 }, damagedFrames: 1 };
  }
  const { frames, damagedLines, isTornAtEnd } = decodeFrames(bytes);
  if (tables.length === 0)
    return { segment: { block, frames, tables: [], bytes: 0 }, damagedFrames: damagedLines };
  const check = await checkFrames(directory, block, { frames, tables });
  const isTorn = isTornAtEnd || check.tornFrames > 0 || check.hasExtraBytes;
  const kept = [...check.sound, ...check.damaged.map((frame) => toLostFrame(frame))];
  if (check.damaged.length > 0 || damagedLines > 0)
    await repairSegment(directory, block, { sound: kept, tables });
  else if (isTorn) await cutTails(directory, block, { sound: check.sound, tables });
  const remaining = tables.filter((table) => check.sound.some((frame) => frame.parts[table] !== undefined));
  return {
    segment: { block, frames: kept, tables: remaining, bytes: sizeOf(check.sound) },
    damagedFrames: check.damaged.length + damagedLines,
  };
}

/** Null where it is gone: it is made durable before any data, so data without it are damage. */
async function readSidecar(directory: string, block: number): Promise<Buffer | null> {
  return readFile(framesFile(directory, block)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw cause;
  });
}

interface Check {
  readonly sound: Frame[];
  readonly damaged: Frame[];
  /** 1 when the last frame's data were not written to their end: it was never acknowledged. */
  readonly tornFrames: number;
  readonly hasExtraBytes: boolean;
}

async function checkFrames(
  directory: string,
  block: number,
  found: { frames: readonly Frame[]; tables: readonly string[] },
): Promise<Check> {
  const sound: Frame[] = [];
  const damaged: Frame[] = [];
  let tornFrames = 0;
  const handles = new Map<string, FileHandle>();
  try {
    for (const table of found.tables) handles.set(table, await open(dataFile(directory, block, table), "r"));
    for (const [index, frame] of found.frames.entries()) {
      const isLast = index === found.frames.length - 1;
      if (await fitsItsChecksums(frame, handles)) sound.push(frame);
      else if (isLast && (await isShort(frame, handles))) tornFrames += 1;
      else damaged.push(frame);
    }
    let hasExtraBytes = false;
    for (const [table, handle] of handles)
      hasExtraBytes ||= (await handle.stat()).size !== endOf(sound, table);
    return { sound, damaged, tornFrames, hasExtraBytes };
  } finally {
    for (const handle of handles.values()) await handle.close();
  }
}

/** True when a file ends before the frame's data do. */
async function isShort(frame: Frame, handles: ReadonlyMap<string, FileHandle>): Promise<boolean> {
  for (const [table, part] of Object.entries(frame.parts)) {
    const handle = handles.get(table);
    if (handle !== undefined && (await handle.stat()).size < part.offset + part.length) return true;
  }
  return false;
}

/** Cuts the files back to the sound frames: safe to be interrupted anywhere and done again. */
async function cutTails(
  directory: string,
  block: number,
  found: { sound: readonly Frame[]; tables: readonly string[] },
): Promise<void> {
  let sidecarLength = 0;
  for (const frame of found.sound) sidecarLength += encodeFrame(frame).length;
  await truncate(framesFile(directory, block), sidecarLength).catch(ignoreMissing);
  for (const table of found.tables) {
    const end = endOf(found.sound, table);
    await (end === 0
      ? removeIfThere(dataFile(directory, block, table))
      : truncate(dataFile(directory, block, table), end));
  }
}

function ignoreMissing(cause: NodeJS.ErrnoException): void {
  if (cause.code !== "ENOENT") throw cause;
}

function endOf(frames: readonly Frame[], table: string): number {
  return frames.reduce(
    (end, { parts: { [table]: part } }) => (part === undefined ? end : part.offset + part.length),
    0,
  );
}

/** A table whose file is gone was stored: files are removed one by one, and a kill may fall between two. */
async function fitsItsChecksums(frame: Frame, handles: ReadonlyMap<string, FileHandle>): Promise<boolean> {
  for (const [table, part] of Object.entries(frame.parts)) {
    const handle = handles.get(table);
    if (handle === undefined) continue;
    const bytes = await readPart(handle, part);
    if (bytes.length !== part.length || crc32(bytes) !== part.crc) return false;
  }
  return true;
}

function sizeOf(frames: readonly Frame[]): number {
  let bytes = 0;
  for (const frame of frames) for (const part of Object.values(frame.parts)) bytes += part.length;
  return bytes;
}
