// A segment whose bytes have changed on disk is written anew without its damaged frames; the old files are kept aside.
import { copyFile, mkdir, open, readdir, rename, stat, truncate } from "node:fs/promises";
import { basename, join } from "node:path";
import type { Frame } from "./frame.ts";
import { readPart } from "./read-part.ts";
import { dataFile, framesFile } from "./segment-files.ts";
import { removeIfThere, syncDirectory } from "./segment-writer.ts";
import { encodeSidecar, roomFor, type Sidecar } from "./sidecar.ts";

const newEnding = ".new";
const swapEnding = ".swap";

export interface DamagedSegment {
  readonly sound: readonly Frame[];
  readonly tables: readonly string[];
}

/** Copies the damaged segment to `quarantine/` and swaps in files that hold the sound frames alone. */
export async function repairSegment(
  directory: string,
  block: number,
  segment: DamagedSegment,
): Promise<void> {
  const quarantine = join(directory, "quarantine");
  await mkdir(quarantine, { recursive: true });
  const paths = [
    ...segment.tables.map((table) => dataFile(directory, block, table)),
    framesFile(directory, block),
  ];
  for (const path of paths) await copyFile(path, join(quarantine, `${basename(path)}.damaged`));
  const moved: Frame[] = segment.sound.map((frame) => ({ ...frame, parts: {} }));
  for (const table of segment.tables)
    await copySound(dataFile(directory, block, table), table, { ...segment, moved });
  await writeDurably(`${framesFile(directory, block)}${newEnding}`, encodeSidecar(block, moved));
  const swapFile = join(directory, `${block}${swapEnding}`);
  await writeDurably(swapFile, [Buffer.from(paths.map((path) => basename(path)).join("\n"))]);
  await syncDirectory(directory);
  await swap(directory, swapFile, paths);
}

/**
 * Seals a segment that a kill left open, without the tail that it cut off: safe to be interrupted anywhere and done again. Without room
 * for a seal the tail is taken away all the same.
 */
export async function cutTail(
  directory: string,
  block: number,
  found: DamagedSegment & { readonly sidecar: Sidecar },
): Promise<void> {
  const path = framesFile(directory, block);
  try {
    await writeDurably(`${path}${newEnding}`, encodeSidecar(block, found.sound));
    await rename(`${path}${newEnding}`, path);
  } catch {
    await removeIfThere(`${path}${newEnding}`);
    const length = found.sidecar.lineEnds[found.sound.length - 1] ?? 0;
    await truncate(path, length);
    if (found.sidecar.end === "open") await truncate(path, roomFor(length));
  }
  await syncDirectory(directory);
  for (const table of found.tables) {
    const end = found.sound.reduce((sum, frame) => sum + (frame.parts[table]?.length ?? 0), 0);
    await (end === 0
      ? removeIfThere(dataFile(directory, block, table))
      : truncate(dataFile(directory, block, table), end));
  }
}

/** Moves data whose sidecar is gone to `quarantine/`: nothing says where its rows begin and end. Answers their bytes. */
export async function putAside(directory: string, block: number, tables: readonly string[]): Promise<number> {
  const quarantine = join(directory, "quarantine");
  await mkdir(quarantine, { recursive: true });
  let bytes = 0;
  for (const table of tables) {
    const path = dataFile(directory, block, table);
    bytes += (await stat(path)).size;
    await rename(path, join(quarantine, `${basename(path)}.damaged`));
  }
  await syncDirectory(directory);
  return bytes;
}

/** Ends what a kill interrupted: a repair whose new files were complete is finished, any other is forgotten. */
export async function finishRepairs(directory: string): Promise<void> {
  const names = await readdir(directory);
  for (const name of names.filter((each) => each.endsWith(swapEnding))) {
    const targets = names
      .filter((each) => each.endsWith(newEnding))
      .map((each) => join(directory, each.slice(0, -newEnding.length)));
    const block = name.slice(0, -swapEnding.length).padStart(12, "0");
    await swap(
      directory,
      join(directory, name),
      targets.filter((path) => basename(path).startsWith(`${block}.`)),
    );
  }
  for (const name of await readdir(directory))
    if (name.endsWith(newEnding)) await removeIfThere(join(directory, name));
}

async function swap(directory: string, swapFile: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await rename(`${path}${newEnding}`, path);
  await syncDirectory(directory);
  await removeIfThere(swapFile);
}

/** Copies the sound frames of one table and notes in `moved` where they lie now. */
async function copySound(
  path: string,
  table: string,
  found: { sound: readonly Frame[]; moved: Frame[] },
): Promise<void> {
  const source = await open(path, "r");
  try {
    const kept: Buffer[] = [];
    let offset = 0;
    for (const [index, frame] of found.sound.entries()) {
      const part = frame.parts[table];
      const before = found.moved[index];
      if (part === undefined || before === undefined) continue;
      kept.push(await readPart(source, part));
      found.moved[index] = { ...before, parts: { ...before.parts, [table]: { ...part, offset } } };
      offset += part.length;
    }
    await writeDurably(`${path}${newEnding}`, kept);
  } finally {
    await source.close();
  }
}

async function writeDurably(path: string, buffers: readonly Buffer[]): Promise<void> {
  const handle = await open(path, "w");
  try {
    for (const buffer of buffers) await handle.writeFile(buffer);
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
