// Compares a segment's data with its frames: which are whole, and what lies beyond them.
import { open, type FileHandle } from "node:fs/promises";
import { crc32 } from "node:zlib";
import type { Frame } from "./frame.ts";
import { countBlocks } from "./native-blocks.ts";
import { readPart } from "./read-part.ts";
import { dataFile } from "./segment-files.ts";

export interface FrameCheck {
  readonly sound: readonly Frame[];
  /** Their bytes are not what was written. */
  readonly damaged: readonly Frame[];
  /** True when the last frame is none of them, because a file ends before its data do. */
  readonly isLastTorn: boolean;
  /** How many frames lie behind the last one, at least; 0 where its data end the files. */
  readonly framesBeyond: number;
  /** Bytes behind the last frame and in gaps between frames, of all tables. */
  readonly unaccountedBytes: number;
}

export async function checkFrames(
  directory: string,
  block: number,
  found: {
    readonly frames: readonly Frame[];
    readonly tables: readonly string[];
    readonly mayBeTorn: boolean;
  },
): Promise<FrameCheck> {
  const sound: Frame[] = [];
  const damaged: Frame[] = [];
  let torn: Frame | undefined;
  const handles = new Map<string, FileHandle>();
  try {
    for (const table of found.tables) handles.set(table, await open(dataFile(directory, block, table), "r"));
    for (const [index, frame] of found.frames.entries()) {
      const isLast = index === found.frames.length - 1;
      if (await fitsItsChecksums(frame, handles)) sound.push(frame);
      else if (isLast && found.mayBeTorn && (await endsWithin(frame, handles))) torn = frame;
      else damaged.push(frame);
    }
    const beyond = torn === undefined ? await measureBeyond(found.frames, handles) : nothingBeyond;
    return { sound, damaged, isLastTorn: torn !== undefined, ...beyond };
  } finally {
    for (const handle of handles.values()) await handle.close();
  }
}

/** What is beyond the last frame belongs to it where it is torn. */
const nothingBeyond = { framesBeyond: 0, unaccountedBytes: 0 };

async function measureBeyond(
  frames: readonly Frame[],
  handles: ReadonlyMap<string, FileHandle>,
): Promise<{ framesBeyond: number; unaccountedBytes: number }> {
  const beyond = { ...nothingBeyond };
  for (const [table, handle] of handles) {
    const parts = frames.flatMap((frame) => frame.parts[table] ?? []);
    const end = parts.reduce((furthest, { offset, length }) => Math.max(furthest, offset + length), 0);
    const { size } = await handle.stat();
    const known = parts.reduce((sum, { length }) => sum + length, 0);
    beyond.unaccountedBytes += Math.max(0, Math.max(size, end) - known);
    if (size > end) beyond.framesBeyond = Math.max(beyond.framesBeyond, await countBlocks(handle, end));
  }
  return beyond;
}

/** True when a file ends within the frame's data. One that ends before them has lost data of others too, which no kill does. */
async function endsWithin(frame: Frame, handles: ReadonlyMap<string, FileHandle>): Promise<boolean> {
  let isShort = false;
  for (const [table, { offset, length }] of Object.entries(frame.parts)) {
    const size = (await handles.get(table)?.stat())?.size ?? offset + length;
    if (size < offset) return false;
    isShort ||= size < offset + length;
  }
  return isShort;
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
