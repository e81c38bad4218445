// A segment's sidecar: a line a frame, with a checksum and a number, so that a line that is gone is seen. While the segment is written
// zeros lie behind the lines, and the last line of a sealed one says so: a file that ends in neither was cut.
import { crc32 } from "node:zlib";
import { addFrames, subtractCounts, toLostFrame, type Frame, type FrameCounts } from "./frame.ts";

/** What the last line of a sealed segment says of it. */
interface Seal {
  readonly frames: number;
  /** Of all its frames together. */
  readonly counts: readonly FrameCounts[];
}

/** A line: older versions wrote no block and no number, and read a seal as a frame without anything. */
interface Line extends Frame {
  readonly block?: number;
  /** From 1 on. */
  readonly number?: number;
  readonly seal?: Seal;
}

/**
 * How a sidecar ends: by its seal; in room for more lines; without either, because it was cut; or without either, because it is of a
 * version that wrote neither.
 */
export type SidecarEnd = "sealed" | "open" | "cut" | "unmarked";

export interface Sidecar {
  readonly frames: readonly Frame[];
  /** Frames that were written and whose lines are gone, damaged or of another segment. */
  readonly missingFrames: number;
  /** What those counted; empty where nothing says it. */
  readonly missingCounts: readonly FrameCounts[];
  readonly end: SidecarEnd;
  /** Where the line of each frame ends. */
  readonly lineEnds: readonly number[];
}

/** The CRC-32 of the JSON text in hex, a space, the text. */
function encodeLine(line: Line): Buffer {
  const text = JSON.stringify(line);
  return Buffer.from(`${crc32(text).toString(16).padStart(8, "0")} ${text}\n`, "utf8");
}

export function encodeFrame(
  frame: Frame,
  place: { readonly block: number; readonly number: number },
): Buffer {
  return encodeLine({ ...place, ...frame });
}

export function encodeSeal(block: number, frames: readonly Frame[]): Buffer {
  const seal = { frames: frames.length, counts: addFrames(frames) };
  return encodeLine({ block, at: frames.at(-1)?.at ?? 0, parts: {}, counts: [], requests: [], seal });
}

/** A whole sidecar, sealed. */
export function encodeSidecar(block: number, frames: readonly Frame[]): Buffer[] {
  const lines = frames.map((frame, index) => encodeFrame(frame, { block, number: index + 1 }));
  return [...lines, encodeSeal(block, frames)];
}

/** Bytes of a file whose lines take `length`: there is room for more, in steps. */
export function roomFor(length: number): number {
  return Math.ceil((length + 1) / roomStep) * roomStep;
}

/** True of the length of a file that has room and was not cut. */
export function isRoom(length: number): boolean {
  return length % roomStep === 0;
}

const roomStep = 64 * 1024;
const newline = 0x0a;

interface Lines {
  readonly frames: Map<number, { readonly frame: Frame; readonly end: number }>;
  seal: Seal | undefined;
  highest: number;
  hasNumbers: boolean;
  /** Lines that cannot be read, behind the last one that can. */
  damagedAtEnd: number;
}

/** Reads a sidecar. What was not written to its end is left out; what has changed since is left out and counted. */
export function decodeSidecar(bytes: Buffer, block: number): Sidecar {
  const textLength = measureText(bytes);
  const { frames, seal, ...lines } = readLines(bytes.subarray(0, textLength), block);
  const hasRoom = textLength < bytes.length && isRoom(bytes.length);
  const end = endOf(seal, hasRoom, frames.size > 0 && !lines.hasNumbers);
  const written = seal?.frames ?? lines.highest + lines.damagedAtEnd;
  const missingFrames = Math.max(0, written - frames.size);
  const found = [...frames.values()].map(({ frame }) => frame);
  const missingCounts = seal === undefined ? [] : subtractCounts(seal.counts, addFrames(found));
  const lineEnds = [...frames.values()].map((line) => line.end);
  return { frames: found, missingFrames, missingCounts, end, lineEnds };
}

/** What is left of frames whose lines are gone: their counts, as far as those are known. */
export function toMissingFrame({ frames, missingCounts }: Sidecar, areRowsStored: boolean): Frame[] {
  if (missingCounts.length === 0) return [];
  const frame = { at: frames.at(-1)?.at ?? 0, parts: {}, counts: missingCounts, requests: [] };
  return [areRowsStored ? frame : toLostFrame(frame)];
}

function measureText(bytes: Buffer): number {
  let length = bytes.length;
  while (length > 0 && bytes[length - 1] === 0) length -= 1;
  return length;
}

function endOf(seal: Seal | undefined, hasRoom: boolean, isOfOlderVersion: boolean): SidecarEnd {
  if (seal !== undefined) return "sealed";
  if (hasRoom) return "open";
  return isOfOlderVersion ? "unmarked" : "cut";
}

function readLines(text: Buffer, block: number): Lines {
  const lines: Lines = {
    frames: new Map(),
    seal: undefined,
    highest: 0,
    hasNumbers: false,
    damagedAtEnd: 0,
  };
  let start = 0;
  for (let count = 1; start < text.length && lines.seal === undefined; count += 1) {
    const { line, end, isDamaged } = readLine(text, start);
    if (line !== undefined && (line.block ?? block) === block) takeLine(lines, line, { count, end });
    else if (isDamaged || isFrame(line)) lines.damagedAtEnd += 1;
    start = end;
  }
  return lines;
}

/** A seal is none. */
function isFrame(line: Line | undefined): boolean {
  return line !== undefined && line.seal === undefined;
}

/** One that was not written to its end is not damaged. */
function readLine(
  text: Buffer,
  start: number,
): { readonly line?: Line | undefined; readonly end: number; readonly isDamaged: boolean } {
  const next = text.indexOf(newline, start);
  if (next >= 0) {
    const bytes = text.subarray(start, next);
    const line = decodeLine(bytes);
    return { line, end: next + 1, isDamaged: line === undefined && !isUnwritten(bytes) };
  }
  const bytes = text.subarray(start);
  // All but its last byte may be there, or another one in its place.
  return {
    line: decodeLine(bytes) ?? decodeLine(bytes.subarray(0, -1)),
    end: text.length,
    isDamaged: false,
  };
}

function takeLine(
  lines: Lines,
  { number, seal, ...line }: Line,
  at: { readonly count: number; readonly end: number },
): void {
  if (seal !== undefined) {
    lines.seal = seal;
    return;
  }
  const place = number ?? at.count;
  lines.frames.set(place, { frame: toFrame(line), end: at.end });
  lines.highest = Math.max(lines.highest, place);
  lines.hasNumbers ||= number !== undefined;
  lines.damagedAtEnd = 0; // a gap in the numbers tells of them
}

function toFrame({ at, parts, counts, requests }: Frame): Frame {
  return { at, parts, counts, requests };
}

/** Without power pages of a line may be written in any order: one that misses is zeros. No single bit makes that of a line. */
function isUnwritten(line: Buffer): boolean {
  return line[0] === 0 || line.includes("\0\0");
}

function decodeLine(bytes: Buffer): Line | undefined {
  const text = bytes.subarray(9);
  const written = bytes.toString("latin1", 0, 9);
  if (written !== `${crc32(text).toString(16).padStart(8, "0")} `) return undefined;
  return JSON.parse(text.toString("utf8")) as Line; // written by encodeLine: the checksum says so
}
