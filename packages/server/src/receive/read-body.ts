import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { BodyMemory, type HeldBytes } from "./body-memory.ts";
import { BufferPool } from "./buffer-pool.ts";
import { findDecompressor, type Decompressor } from "./decompress.ts";
import { BodyTooLargeError, IncompleteBodyError, UnsupportedBodyError } from "./errors.ts";
import { GrowingBuffer } from "./growing-buffer.ts";
import { YoungGarbage } from "./young-garbage.ts";

export interface BodyLimits {
  /** Largest body in bytes, before and after decompression. */
  readonly maxBodyBytes: number;
  /** Bytes of all bodies that are in the house at one time. */
  readonly maxBytesInFlight: number;
}

/** Bodies up to this size come in one or two chunks: nothing to be gained from a pool. */
const smallBodyBytes = 64 * 1024;
/** Buffers of bodies kept for the next ones. */
const pooledBytes = 64 * 1024 * 1024;

/** A body as it comes over the wire. */
export interface SentBody {
  readonly stream: Readable;
  /** Bytes that it is said to have; 0 = unknown. */
  readonly declaredBytes: number;
  /** null = it is as it is. */
  readonly decompress: Decompressor | null;
}

/** How large a body may be, before and after decompression. */
interface SizeLimit {
  readonly bytes: number;
  /** What the sender of a larger one is told. */
  readonly refusal: string;
}

/** Reads bodies from the Node stream (the web-standard body costs a third of the rate) and bounds what they take together. */
export class BodyReader {
  private readonly limit: SizeLimit;
  private readonly memory: BodyMemory;
  private readonly pool = new BufferPool(pooledBytes);
  private readonly garbage = new YoungGarbage();

  constructor(limits: BodyLimits) {
    this.limit = {
      bytes: limits.maxBodyBytes,
      refusal: `the body is larger than ${limits.maxBodyBytes} bytes: send smaller batches, or raise SPANLIGHT_MAX_BODY_BYTES`,
    };
    this.memory = new BodyMemory(limits.maxBytesInFlight);
  }

  /** Hands the decoded body of a request to `handle` and counts its bytes until that has settled. */
  withBody<Result>(request: IncomingMessage, handle: (body: Buffer) => Promise<Result>): Promise<Result> {
    const decompress = findContentDecompressor(request.headers["content-encoding"]);
    return this.withSent({ stream: request, declaredBytes: declaredLength(request), decompress }, handle);
  }

  /** The same for any body. Throws BodyTooLargeError, OverloadedError, IncompleteBodyError and MalformedRequestError. */
  async withSent<Result>(
    { stream, declaredBytes, decompress }: SentBody,
    handle: (body: Buffer) => Promise<Result>,
  ): Promise<Result> {
    const { limit } = this;
    if (declaredBytes > limit.bytes) throw tooLarge(limit);
    this.memory.refuseIfTooMany(declaredBytes);
    const held = this.memory.open();
    const room = declaredBytes > smallBodyBytes ? new GrowingBuffer(this.pool, declaredBytes) : undefined;
    try {
      const raw =
        room === undefined ? await readChunks(stream, { held, limit }) : await readInto(room, stream, held);
      const body =
        decompress === null || raw.length === 0
          ? raw
          : await decompressWithin(limit, () => decompress(raw, { maxOutputBytes: limit.bytes, held }));
      return await handle(body);
    } finally {
      this.garbage.add(held.release());
      // A request that ended early may still be written into by its stream: only a finished one gives its room back.
      if (stream.readableEnded) room?.giveBack();
    }
  }

  /** Counts the bytes of a body that another door has read and decompressed until `handle` has settled. Throws OverloadedError. */
  async withBytes<Result>(body: Buffer, handle: (body: Buffer) => Promise<Result>): Promise<Result> {
    const held = this.memory.open();
    try {
      held.take(body.length);
      return await handle(body);
    } finally {
      this.garbage.add(held.release());
    }
  }
}

/** Node refuses a body that is longer than it was declared. */
async function readInto(room: GrowingBuffer, stream: Readable, held: HeldBytes): Promise<Buffer> {
  await readToEnd(stream, (chunk) => {
    held.take(chunk.length);
    room.append(chunk);
  });
  return room.content();
}

async function readChunks(
  stream: Readable,
  { held, limit }: { held: HeldBytes; limit: SizeLimit },
): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  await readToEnd(stream, (chunk) => {
    length += chunk.length;
    if (length > limit.bytes) throw tooLarge(limit);
    held.take(chunk.length);
    chunks.push(chunk);
  });
  return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
}

async function decompressWithin(limit: SizeLimit, decompress: () => Promise<Buffer>): Promise<Buffer> {
  try {
    return await decompress();
  } catch (error) {
    throw error instanceof RangeError ? tooLarge(limit) : error;
  }
}

function tooLarge({ refusal }: SizeLimit): BodyTooLargeError {
  return new BodyTooLargeError(refusal);
}

/** Hands every chunk to `take` until the body has ended, or `take` wants no more. */
function readToEnd(stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const takeOrStop = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (error) {
        stream.off("data", takeOrStop);
        stream.pause();
        reject(error);
      }
    };
    stream.on("data", takeOrStop);
    stream.on("end", () => resolve());
    stream.on("close", () => reject(new IncompleteBodyError("the connection ended before the body did")));
    stream.on("error", (cause) => reject(new IncompleteBodyError("the body could not be read", { cause })));
  });
}

function findContentDecompressor(encoding: string | undefined): Decompressor | null {
  const decompress = findDecompressor(encoding);
  if (decompress !== undefined) return decompress;
  throw new UnsupportedBodyError(
    `content encoding "${encoding}" is not read here: send gzip, deflate, zstd, snappy or identity`,
  );
}

function declaredLength(request: IncomingMessage): number {
  const length = Number(request.headers["content-length"]);
  return Number.isFinite(length) && length > 0 ? length : 0;
}
