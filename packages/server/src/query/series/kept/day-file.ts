import { createHash, randomBytes } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { DayAnswer, DayFile } from "../count-answers.ts";
import { type CountRow, joinRows } from "../count-rows.ts";
import { decodeFrames, encodeFrame } from "./count-file.ts";

/** A file of more pieces than this is written anew as one. */
const MAX_FRAMES = 64;

/**
 * Brings the file of a day up to date with its rows as they are when this is called; what it held before stays readable until a
 * manifest says otherwise.
 */
export async function saveDay(
  directory: string,
  { key, day, answer }: { key: string; day: number; answer: DayAnswer },
): Promise<void> {
  const { file, unsaved } = answer;
  if (unsaved.length === 0) return;
  const rows = [...answer.rows];
  answer.unsaved = [];
  try {
    const frame = encodeFrame(joinRows(unsaved));
    const isLonger = file !== null && file.frames < MAX_FRAMES;
    const longer = isLonger ? await append(directory, { file, frame }) : undefined;
    answer.file = longer ?? (await writeWhole(directory, { name: nameFile(key, day), rows }));
  } catch (cause) {
    answer.unsaved = [...unsaved, ...answer.unsaved];
    throw cause;
  }
}

function nameFile(key: string, day: number): string {
  const hash = createHash("sha256").update(key).digest("hex").slice(0, 16);
  return `${hash}-${day}-${randomBytes(4).toString("hex")}.counts`;
}

async function writeWhole(
  directory: string,
  { name, rows }: { name: string; rows: readonly CountRow[] },
): Promise<DayFile> {
  const frame = encodeFrame(joinRows(rows));
  const handle = await open(join(directory, name), "wx");
  try {
    await handle.writeFile(frame);
  } finally {
    await handle.close();
  }
  return { name, bytes: frame.length, frames: 1 };
}

/** Writes behind what counts of a file: a process that was killed may have left more. Undefined where the file is not there any more. */
async function append(
  directory: string,
  { file, frame }: { file: DayFile; frame: Buffer },
): Promise<DayFile | undefined> {
  const handle = await open(join(directory, file.name), "r+").catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    await handle.truncate(file.bytes);
    await handle.write(frame, 0, frame.length, file.bytes);
  } finally {
    await handle.close();
  }
  return { name: file.name, bytes: file.bytes + frame.length, frames: file.frames + 1 };
}

/** The rows of a file; undefined where it is not there or a byte of it has changed. */
export async function readDay(directory: string, file: DayFile): Promise<CountRow[] | undefined> {
  const handle = await open(join(directory, file.name), "r").catch(() => undefined);
  if (handle === undefined) return undefined;
  try {
    const bytes = new ArrayBuffer(file.bytes);
    const { bytesRead } = await handle.read(new Uint8Array(bytes), 0, file.bytes, 0);
    return bytesRead === file.bytes ? decodeFrames(bytes) : undefined;
  } finally {
    await handle.close();
  }
}
