import { mkdir, open, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";

const chunkBytes = 1024 * 1024;

/** Copies a file durably and answers its size and the CRC-32 of what was read. */
export async function copyFileWithChecksum(
  from: string,
  to: string,
): Promise<{ readonly bytes: number; readonly crc: number }> {
  await mkdir(dirname(to), { recursive: true });
  const source = await open(from, "r");
  try {
    const target = await open(to, "wx", 0o600);
    try {
      return await copyAll(source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function copyAll(source: FileHandle, target: FileHandle): Promise<{ bytes: number; crc: number }> {
  const buffer = Buffer.allocUnsafe(chunkBytes);
  let bytes = 0;
  let crc = 0;
  for (;;) {
    const { bytesRead } = await source.read(buffer, 0, chunkBytes, bytes);
    if (bytesRead === 0) break;
    const chunk = buffer.subarray(0, bytesRead);
    crc = crc32(chunk, crc);
    await target.writeFile(chunk);
    bytes += bytesRead;
  }
  await target.datasync();
  return { bytes, crc };
}
