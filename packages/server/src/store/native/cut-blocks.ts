import { NativeFormatError } from "../errors.ts";
import { ByteCursor } from "./byte-cursor.ts";
import { parseType } from "./parse-type.ts";

/** Bytes of a result as the network cuts them, handed on in whole blocks. */
export interface BlockCutter {
  /** Takes the next bytes; answers the whole blocks there are now, or undefined. */
  push(bytes: Uint8Array): Uint8Array | undefined;
  /** What is left at the end: nothing, unless the result was cut off or has a type that cannot be read. */
  rest(): Uint8Array;
}

/** Blocks are looked for when twice as much has come as at the last look, so that a large block is not read again and again. */
export function createBlockCutter(): BlockCutter {
  let kept: Uint8Array[] = [];
  let keptBytes = 0;
  let lookAt = 1;
  return {
    push(bytes) {
      kept.push(bytes);
      keptBytes += bytes.length;
      if (keptBytes < lookAt) return undefined;
      const all = Buffer.concat(kept);
      const length = measureWholeBlocks(all);
      const rest = all.subarray(length);
      kept = [rest];
      keptBytes = rest.length;
      lookAt = Math.max(1, rest.length * 2);
      return length === 0 ? undefined : all.subarray(0, length);
    },
    rest: () => Buffer.concat(kept),
  };
}

function measureWholeBlocks(bytes: Uint8Array): number {
  const cursor = new ByteCursor(bytes);
  let whole = 0;
  try {
    while (!cursor.isAtEnd) {
      skipBlock(cursor);
      whole = cursor.offset;
    }
  } catch (error) {
    if (!(error instanceof NativeFormatError)) throw error; // the last block is not here as a whole yet
  }
  return whole;
}

function skipBlock(cursor: ByteCursor): void {
  const width = cursor.varint();
  const rows = cursor.varint();
  for (let index = 0; index < width; index += 1) {
    cursor.text();
    const reader = parseType(cursor.text());
    if (rows > 0) reader.readPrefix(cursor);
    reader.readValues(cursor, rows);
  }
}
