import { Decompress } from "fzstd";

// Source: RFC 8878, "Zstandard Compression": frame header and block header.
const frameMagic = 0xfd2fb528;
const skippableMagic = 0x184d2a50;
/** The format's own advice for decoders is to support 8 MB; encoders at their highest level use up to 128 MB. */
const maxWindowBytes = 128 * 1024 * 1024;

/**
 * Decompresses a Zstandard body. Throws RangeError where the result, or the window a frame asks for, is larger than allowed: headers
 * are read before any memory is taken. Throws Error for anything that is no Zstandard.
 */
export function decompressZstd(raw: Buffer, maxOutputBytes: number): Buffer {
  try {
    checkFrames(raw, maxOutputBytes);
  } catch (cause) {
    // Node says the same of a read past the end as of a size past the limit.
    if (cause instanceof RangeError && "code" in cause) throw new Error("a header is cut off", { cause });
    throw cause;
  }
  const chunks: Uint8Array[] = [];
  let length = 0;
  const stream = new Decompress((chunk) => {
    length += chunk.length;
    if (length > maxOutputBytes) throw new RangeError("the body is larger than allowed");
    chunks.push(chunk);
  });
  stream.push(raw, true);
  return Buffer.concat(chunks, length);
}

/** Walks frames and blocks by their headers alone. */
function checkFrames(raw: Buffer, maxOutputBytes: number): void {
  let at = 0;
  while (at < raw.length) {
    const magic = raw.readUInt32LE(at);
    if (magic >>> 4 === skippableMagic >>> 4) {
      at += 8 + raw.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== frameMagic) throw new Error("no frame of Zstandard");
    const header = readHeader(raw, at + 4);
    if (header.contentBytes > maxOutputBytes) throw new RangeError("the body is larger than allowed");
    if (header.windowBytes > Math.max(maxWindowBytes, maxOutputBytes))
      throw new RangeError("a frame asks for a larger window than allowed");
    at = skipBlocks(raw, header.end) + (header.hasChecksum ? 4 : 0);
  }
  if (at > raw.length) throw new Error("the last frame is cut off");
}

interface FrameHeader {
  readonly end: number;
  readonly windowBytes: number;
  /** 0 where the frame does not say. */
  readonly contentBytes: number;
  readonly hasChecksum: boolean;
}

function readHeader(raw: Buffer, start: number): FrameHeader {
  const descriptor = raw.readUInt8(start);
  const isSingleSegment = (descriptor & 0x20) !== 0;
  let at = start + 1;
  let windowBytes = 0;
  if (!isSingleSegment) {
    const window = raw.readUInt8(at++);
    const base = 2 ** (10 + (window >> 3));
    windowBytes = base + (base / 8) * (window & 7);
  }
  at += [0, 1, 2, 4][descriptor & 3] ?? 0; // dictionary id
  const sizeFlag = descriptor >> 6;
  const sizeBytes = sizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << sizeFlag;
  const contentBytes = readSize(raw, at, sizeBytes);
  return {
    end: at + sizeBytes,
    windowBytes: isSingleSegment ? contentBytes : windowBytes,
    contentBytes,
    hasChecksum: (descriptor & 4) !== 0,
  };
}

function readSize(raw: Buffer, at: number, sizeBytes: number): number {
  if (sizeBytes === 8) return Number(raw.readBigUInt64LE(at));
  if (sizeBytes === 0) return 0;
  return raw.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
}

function skipBlocks(raw: Buffer, start: number): number {
  let at = start;
  for (;;) {
    const header = raw.readUIntLE(at, 3);
    const isRepeated = ((header >> 1) & 3) === 1;
    at += 3 + (isRepeated ? 1 : header >> 3);
    if ((header & 1) === 1) return at;
  }
}
