// Tells how many blocks of the Native format lie in bytes that nothing describes.
import type { FileHandle } from "node:fs/promises";

/** Enough for the counts of columns and rows, and the name and type of the first column. */
const headBytes = 1024;
const chunkBytes = 1024 * 1024;

/**
 * Blocks that begin at or behind an offset: the name and type of the first column, which every block of a file repeats, are counted. At
 * least 1, for there are bytes.
 */
export async function countBlocks(handle: FileHandle, from: number): Promise<number> {
  const mark = findMark(await readChunk(handle, 0, headBytes));
  if (mark === undefined) return 1;
  let blocks = 0;
  let at = from;
  for (;;) {
    const chunk = await readChunk(handle, at, chunkBytes);
    for (let found = chunk.indexOf(mark); found >= 0; found = chunk.indexOf(mark, found + 1)) blocks += 1;
    if (chunk.length < chunkBytes) return Math.max(1, blocks);
    at += chunkBytes - mark.length + 1; // one may lie across the end
  }
}

async function readChunk(handle: FileHandle, from: number, bytes: number): Promise<Buffer> {
  const chunk = Buffer.allocUnsafe(bytes);
  const { bytesRead } = await handle.read(chunk, 0, bytes, from);
  return chunk.subarray(0, bytesRead);
}

/** The name and the type of the first column as they are written; undefined where the bytes are no block. */
function findMark(head: Buffer): Buffer | undefined {
  const columnsEnd = skipVarint(head, 0);
  const start = skipVarint(head, columnsEnd);
  const nameEnd = skipText(head, start);
  const end = skipText(head, nameEnd);
  return start > 0 && nameEnd > start + 1 && end > nameEnd + 1 && end <= head.length
    ? head.subarray(start, end)
    : undefined;
}

function skipVarint(bytes: Buffer, from: number): number {
  let at = from;
  while ((bytes[at] ?? 0) >= 0x80) at += 1;
  return at + 1;
}

/** Names and types are short: their length is one byte. */
function skipText(bytes: Buffer, from: number): number {
  const length = bytes[from] ?? 0;
  return length < 0x80 ? from + 1 + length : from;
}
