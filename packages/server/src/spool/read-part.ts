import type { FileHandle } from "node:fs/promises";
import type { FramePart } from "./frame.ts";

/** Reads the bytes of one frame in a data file; fewer where the file ends early. */
export async function readPart(handle: FileHandle, part: FramePart): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(part.length);
  const { bytesRead } = await handle.read(bytes, 0, part.length, part.offset);
  return bytes.subarray(0, bytesRead);
}
