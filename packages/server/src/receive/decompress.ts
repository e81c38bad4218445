import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip, inflate, type ZlibOptions } from "node:zlib";
import { uncompress } from "snappyjs";
import { MalformedRequestError } from "../decode/malformed-request-error.ts";
import { readSmallInt } from "../decode/wire.ts";
import type { HeldBytes } from "./body-memory.ts";
import { OverloadedError } from "./errors.ts";
import { decompressZstd } from "./zstd.ts";

export interface DecompressOptions {
  readonly maxOutputBytes: number;
  /** The result is counted here before it takes memory. */
  readonly held: HeldBytes;
}

/** Throws RangeError where the result is larger than allowed, OverloadedError, and MalformedRequestError. */
export type Decompressor = (raw: Buffer, options: DecompressOptions) => Promise<Buffer>;

const decompressors: Readonly<Record<string, Decompressor>> = {
  gzip: growing(promisify<Buffer, ZlibOptions, Buffer>(gunzip), readGzipLength),
  deflate: growing(promisify<Buffer, ZlibOptions, Buffer>(inflate), () => 0),
  zstd: inTurn(decompressZstd),
  snappy: inTurn(decompressSnappy),
};

/** The way to read a content encoding; null = the body is as it is, undefined = none is known. */
export function findDecompressor(encoding: string | undefined): Decompressor | null | undefined {
  const name = encoding?.trim().toLowerCase() ?? "";
  if (name === "" || name === "identity") return null;
  const found = Object.hasOwn(decompressors, name === "x-gzip" ? "gzip" : name)
    ? decompressors[name === "x-gzip" ? "gzip" : name]
    : undefined;
  return found === undefined ? undefined : explained(found);
}

function explained(decompress: Decompressor): Decompressor {
  return async (raw, options) => {
    try {
      return await decompress(raw, options);
    } catch (cause) {
      if (cause instanceof RangeError || cause instanceof OverloadedError) throw cause;
      throw new MalformedRequestError("the body does not decompress as its content encoding says", { cause });
    }
  };
}

/** A first guess too small by far costs a seventh of the work again. */
const growth = 8;
const smallestGuessBytes = 16 * 1024;
const maxChunkBytes = 1024 * 1024;

/**
 * Bodies that inflate in libuv's threads, many at a time: of each no more is written than was counted before, and one that turns out
 * larger is begun again with more.
 */
function growing(
  run: (raw: Buffer, options: ZlibOptions) => Promise<Buffer>,
  guessLength: (raw: Buffer) => number,
): Decompressor {
  return async (raw, { maxOutputBytes, held }) => {
    const guess = Math.max(guessLength(raw), raw.length, smallestGuessBytes);
    for (let room = Math.min(guess, maxOutputBytes); ; room = Math.min(room * growth, maxOutputBytes)) {
      held.take(room);
      try {
        const chunkSize = Math.min(room, maxChunkBytes);
        const body = await run(raw, { maxOutputLength: room, chunkSize });
        held.giveBack(room - body.length);
        return body;
      } catch (error) {
        held.giveBack(room);
        if (!(error instanceof RangeError) || room === maxOutputBytes) throw error;
      }
    }
  };
}

/** A gzip member ends with the length of what it holds. Source: RFC 1952, ISIZE. */
function readGzipLength(raw: Buffer): number {
  return raw.length < 18 ? 0 : raw.readUInt32LE(raw.length - 4);
}

/** Libraries in JavaScript work in this thread, one body at a time: others come to their turn before each. */
function inTurn(decompress: (raw: Buffer, maxOutputBytes: number) => Buffer): Decompressor {
  return async (raw, { maxOutputBytes, held }) => {
    await nextTurn();
    const body = decompress(raw, maxOutputBytes);
    held.take(body.length);
    return body;
  };
}

/** The block format of Snappy, as Prometheus sends it. */
function decompressSnappy(raw: Buffer, maxOutputBytes: number): Buffer {
  if ((readSmallInt(raw, 0) ?? Infinity) > maxOutputBytes)
    throw new RangeError("the body is larger than allowed");
  return uncompress(raw, maxOutputBytes);
}
