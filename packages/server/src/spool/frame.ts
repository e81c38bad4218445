import { crc32 } from "node:zlib";

/** Where the rows of one table lie in the segment's file of that table. */
export interface FramePart {
  readonly offset: number;
  readonly length: number;
  /** CRC-32 of the bytes: the Native format has no checksum of its own. */
  readonly crc: number;
  readonly rows: number;
}

export type Signal = "traces" | "metrics" | "logs";

/** What a group of requests of one key amounted to for one signal: received = accepted + Σ rejected + duplicates. */
export interface FrameCounts {
  readonly signal: Signal;
  readonly project: string;
  /** Id of the key the requests came with; absent where they came without one, and in frames of versions that did not tell keys apart. */
  readonly keyId?: string | undefined;
  readonly received: number;
  readonly accepted: number;
  readonly rejected: Readonly<Record<string, number>>;
  readonly duplicates: number;
  /** Of the accepted ones those without a known price, and those that came long after they ended. */
  readonly unpriced?: number;
  readonly late?: number;
}

/** The reason of items that were acknowledged, and whose bytes the disk lost before the store had them. */
const lostReason = "lost_in_spool";

/** What remains of a frame whose rows are lost: its items are counted as such, and its requests may be sent again. */
export function toLostFrame({ at, counts }: Frame): Frame {
  return {
    at,
    parts: {},
    counts: counts.map((count) => ({
      ...count,
      accepted: 0,
      rejected: { ...count.rejected, [lostReason]: (count.rejected[lostReason] ?? 0) + count.accepted },
      unpriced: 0,
      late: 0,
    })),
    requests: [],
  };
}

/** One group commit: what was written, what it counts, and which requests it holds. */
export interface Frame {
  /** Unix milliseconds. */
  readonly at: number;
  /** By table. */
  readonly parts: Readonly<Record<string, FramePart>>;
  readonly counts: readonly FrameCounts[];
  /** Fingerprints of the requests, by which one that is sent again is known. */
  readonly requests: readonly string[];
}

/** One line of a segment's sidecar: the CRC-32 of the JSON text in hex, a space, the text. */
export function encodeFrame(frame: Frame): Buffer {
  const text = JSON.stringify(frame);
  return Buffer.from(`${crc32(text).toString(16).padStart(8, "0")} ${text}\n`, "utf8");
}

/** Reads a sidecar. A line that was not written to its end, or has changed since, is counted and left out. */
export function decodeFrames(bytes: Buffer): { frames: Frame[]; damagedLines: number; isTornAtEnd: boolean } {
  const lines = bytes.toString("utf8").split("\n");
  const rest = lines.pop() ?? "";
  const frames: Frame[] = [];
  let damagedLines = 0;
  for (const line of lines) {
    const frame = decodeLine(line);
    if (frame === undefined) damagedLines += 1;
    else frames.push(frame);
  }
  return { frames, damagedLines, isTornAtEnd: rest !== "" };
}

function decodeLine(line: string): Frame | undefined {
  const text = line.slice(9);
  if (Number.parseInt(line.slice(0, 8), 16) !== crc32(text)) return undefined;
  return JSON.parse(text); // written by encodeFrame: the checksum says so
}
