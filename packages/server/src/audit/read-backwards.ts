import type { FileHandle } from "node:fs/promises";

const chunkBytes = 64 * 1024;
const newline = 0x0a;

export interface Line {
  readonly text: string;
  /** Where it begins in the file. */
  readonly offset: number;
}

/** Lines of an open file that begin before the offset, the last one first. */
export async function* readLinesBackwards(
  file: FileHandle,
  before: number | undefined,
): AsyncGenerator<Line> {
  const { size } = await file.stat();
  let start = Math.min(size, before ?? size);
  /** From `start` on, up to the first line that was told. */
  let rest = Buffer.alloc(0);
  while (start > 0) {
    const length = Math.min(chunkBytes, start);
    start -= length;
    const chunk = Buffer.alloc(length);
    await file.read(chunk, 0, length, start);
    rest = Buffer.concat([chunk, rest]);
    // The newline at the very end closes the last line; the first line of the rest may begin further ahead.
    for (let at = rest.lastIndexOf(newline, -2); at !== -1; at = rest.lastIndexOf(newline, -2)) {
      yield { text: rest.toString("utf8", at + 1), offset: start + at + 1 };
      rest = rest.subarray(0, at + 1);
    }
  }
  if (rest.length > 0) yield { text: rest.toString("utf8"), offset: 0 };
}

/** Whether nothing, or a whole line, stands at the end of a file. */
export async function endsWithLine(file: FileHandle): Promise<boolean> {
  const { size } = await file.stat();
  if (size === 0) return true;
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer[0] === newline;
}
