// What a start finds in the spool directory: segments written to their end, cut off by a kill, or damaged on disk.
import { access, constants, mkdir, readdir, readFile } from "node:fs/promises";
import { checkFrames, type FrameCheck } from "./check-frames.ts";
import { toLostFrame, type Frame } from "./frame.ts";
import { framesFile, parseFileName } from "./segment-files.ts";
import { cutTail, finishRepairs, putAside, repairSegment } from "./repair.ts";
import { decodeSidecar, toMissingFrame, type Sidecar } from "./sidecar.ts";

/** A segment as found: its frames, and which data files are still there. */
export interface FoundSegment {
  readonly block: number;
  /** Damaged ones are there without rows: their items count as lost. */
  readonly frames: readonly Frame[];
  /** Tables whose data file is there and has rows. Empty: stored before, or nothing but rejects. */
  readonly tables: readonly string[];
  readonly bytes: number;
  readonly damage: Damage;
  /** True where there is a sidecar with nothing in it: just made, or emptied. */
  readonly isEmptied: boolean;
}

/** What was acknowledged once and is not there any more, or not what was written; its files are kept in `quarantine/`. */
export interface Damage {
  /** At least so many. */
  readonly frames: number;
  /** Bytes that no frame accounts for. */
  readonly unaccountedBytes: number;
}

/**
 * Reads the directory, in order of block number. The tail that a kill cut off was never acknowledged and is dropped; a damaged frame goes
 * to `quarantine/` and its segment is written anew without it.
 */
export async function recoverSpool(directory: string): Promise<FoundSegment[]> {
  await mkdir(directory, { recursive: true });
  await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
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
  const newest = Math.max(...byBlock.keys());
  for (const [block, tables] of [...byBlock].toSorted((a, b) => a[0] - b[0]))
    segments.push(await recoverSegment(directory, { block, tables, isNewest: block === newest }));
  return segments;
}

interface SegmentName {
  readonly block: number;
  /** Of which there is a data file. */
  readonly tables: readonly string[];
  /** Only this one may have been written when a kill came. */
  readonly isNewest: boolean;
}

async function recoverSegment(directory: string, name: SegmentName): Promise<FoundSegment> {
  const { block, tables, isNewest } = name;
  const bytes = await readSidecar(directory, block);
  if (bytes === null) {
    const unaccountedBytes = await putAside(directory, block, tables);
    return {
      block,
      frames: [],
      tables: [],
      bytes: 0,
      damage: { frames: 1, unaccountedBytes },
      isEmptied: false,
    };
  }
  const sidecar = decodeSidecar(bytes, block);
  const mayBeTorn = isNewest && (sidecar.end === "open" || sidecar.end === "unmarked");
  const check = await checkFrames(directory, block, { frames: sidecar.frames, tables, mayBeTorn });
  const damage = findDamage(sidecar, check, { tables, mayBeTorn });
  const kept = [
    ...check.sound,
    ...check.damaged.map((frame) => toLostFrame(frame)),
    ...toMissingFrame(sidecar, tables.length === 0),
  ];
  if (damage.frames > 0) await repairSegment(directory, block, { sound: kept, tables });
  else if (isUnsettled(sidecar, check, isNewest))
    await cutTail(directory, block, { sound: check.sound, tables, sidecar });
  const remaining = tables.filter((table) => check.sound.some((frame) => frame.parts[table] !== undefined));
  const isEmptied = sidecar.end === "cut" && kept.length + tables.length + damage.frames === 0;
  return { block, frames: kept, tables: remaining, bytes: sizeOf(check.sound), damage, isEmptied };
}

/** Null where it is gone: it is made durable before any data, so data without it are damage. */
async function readSidecar(directory: string, block: number): Promise<Buffer | null> {
  return readFile(framesFile(directory, block)).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    throw cause;
  });
}

/**
 * Data beyond the frames were never acknowledged where a seal says that there are no more, and where a kill came: then they are one group.
 * Everywhere else they have lost their lines. Nothing says how many lines a sidecar has lost that was cut; data that end where its frames
 * do say that there were none.
 */
function findDamage(
  { frames, missingFrames, missingCounts, end }: Sidecar,
  { damaged, framesBeyond, unaccountedBytes }: FrameCheck,
  { tables, mayBeTorn }: { readonly tables: readonly string[]; readonly mayBeTorn: boolean },
): Damage {
  let missing = missingFrames;
  if (end !== "sealed" && framesBeyond > 0)
    missing = Math.max(missing, mayBeTorn && missing === 0 ? framesBeyond - 1 : framesBeyond);
  const isVouchedFor = tables.length > 0 && frames.every((frame) => hasAll(tables, frame));
  if (end === "cut" && frames.length > 0 && !isVouchedFor) missing = Math.max(missing, 1);
  const isUnaccounted = missing > 0 && missingCounts.length === 0;
  return { frames: damaged.length + missing, unaccountedBytes: isUnaccounted ? unaccountedBytes : 0 };
}

function hasAll(tables: readonly string[], { parts }: Frame): boolean {
  return Object.keys(parts).every((table) => tables.includes(table));
}

/** True where a kill came before the seal, or before what it cut off was taken away; what was cut is told once. */
function isUnsettled({ end }: Sidecar, { isLastTorn, framesBeyond }: FrameCheck, isNewest: boolean): boolean {
  return isLastTorn || framesBeyond > 0 || end === "cut" || (isNewest && end !== "sealed");
}

function sizeOf(frames: readonly Frame[]): number {
  let bytes = 0;
  for (const frame of frames) for (const part of Object.values(frame.parts)) bytes += part.length;
  return bytes;
}
