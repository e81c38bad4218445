import type { IncomingMessage } from "node:http";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { gunzip, inflate, type ZlibOptions } from "node:zlib";
import { uncompress } from "snappyjs";
import { MalformedRequestError } from "../decode/malformed-request-error.ts";
import { readSmallInt } from "../decode/wire.ts";
import { BufferPool } from "./buffer-pool.ts";
import { BodyTooLargeError, IncompleteBodyError, OverloadedError, UnsupportedBodyError } from "./errors.ts";
import { YoungGarbage } from "./young-garbage.ts";
import { decompressZstd } from "./zstd.ts";

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

const gunzipAsync = promisify<Buffer, ZlibOptions, Buffer>(gunzip);
const inflateAsync = promisify<Buffer, ZlibOptions, Buffer>(inflate);

/** Reads bodies from the Node stream (the web-standard body costs a third of the rate) and bounds what they take together. */
export class BodyReader {
  private readonly limits: BodyLimits;
  private readonly pool = new BufferPool(pooledBytes);
  private readonly garbage = new YoungGarbage();
  private inFlight = 0;

  constructor(limits: BodyLimits) {
    this.limits = limits;
  }

  /** Hands the decoded body to `handle` and counts its bytes until that has settled. */
  async withBody<Result>(
    request: IncomingMessage,
    handle: (body: Buffer) => Promise<Result>,
  ): Promise<Result> {
    const decompress = findDecompressor(request.headers["content-encoding"]);
    const declared = declaredLength(request);
    let held = this.hold(declared);
    const room = declared > smallBodyBytes ? this.pool.take(declared) : undefined;
    try {
      const raw = await (room === undefined ? this.readChunks(request) : this.readInto(room, request));
      held += this.hold(raw.length - held);
      const body = await this.decompress(raw, decompress);
      held += this.hold(body.length - held);
      return await handle(body);
    } finally {
      this.inFlight -= held;
      this.garbage.add(held);
      // A request that ended early may still be written into by its stream: only a finished one gives its room back.
      if (room !== undefined && request.readableEnded) this.pool.give(room);
    }
  }

  /** Counts the bytes of a body that another door has read and decompressed until `handle` has settled. */
  async withBytes<Result>(body: Buffer, handle: (body: Buffer) => Promise<Result>): Promise<Result> {
    const held = this.hold(body.length);
    try {
      return await handle(body);
    } finally {
      this.inFlight -= held;
    }
  }

  private hold(bytes: number): number {
    if (bytes > this.limits.maxBodyBytes) throw this.tooLarge();
    if (bytes > 0 && this.inFlight + bytes > this.limits.maxBytesInFlight) {
      throw new OverloadedError("requests come faster than they can be taken: try again in a second");
    }
    this.inFlight += bytes;
    return bytes;
  }

  /** Node refuses a body that is longer than it was declared, so that it fits the room taken for it. */
  private async readInto(room: Buffer, request: IncomingMessage): Promise<Buffer> {
    let length = 0;
    await readToEnd(request, (chunk) => {
      chunk.copy(room, length);
      length += chunk.length;
    });
    return room.subarray(0, length);
  }

  private async readChunks(request: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    let length = 0;
    await readToEnd(request, (chunk) => {
      length += chunk.length;
      if (length > this.limits.maxBodyBytes) {
        request.pause();
        throw this.tooLarge();
      }
      chunks.push(chunk);
    });
    return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
  }

  private async decompress(raw: Buffer, decompress: Decompressor | null): Promise<Buffer> {
    if (decompress === null || raw.length === 0) return raw;
    try {
      return await decompress(raw, { maxOutputLength: this.limits.maxBodyBytes });
    } catch (cause) {
      if (cause instanceof RangeError) throw this.tooLarge();
      throw new MalformedRequestError("the body does not decompress as its content encoding says", { cause });
    }
  }

  private tooLarge(): BodyTooLargeError {
    const limit = this.limits.maxBodyBytes;
    return new BodyTooLargeError(
      `the body is larger than ${limit} bytes: send smaller batches, or raise SPANLIGHT_MAX_BODY_BYTES`,
    );
  }
}

/** Hands every chunk to `take` until the body has ended. */
function readToEnd(request: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    request.on("data", (chunk: Buffer) => {
      try {
        take(chunk);
      } catch (error) {
        reject(error);
      }
    });
    request.on("end", () => resolve());
    request.on("aborted", () => reject(new IncompleteBodyError("the connection ended before the body did")));
    request.on("error", (cause) => reject(new IncompleteBodyError("the body could not be read", { cause })));
  });
}

type Decompressor = (raw: Buffer, options: ZlibOptions) => Promise<Buffer>;

function findDecompressor(encoding: string | undefined): Decompressor | null {
  switch (encoding?.trim().toLowerCase() ?? "identity") {
    case "":
    case "identity":
      return null;
    case "gzip":
    case "x-gzip":
      return gunzipAsync;
    case "deflate":
      return inflateAsync;
    case "zstd":
      return inTurn(decompressZstd);
    case "snappy":
      return inTurn(decompressSnappy);
    default:
      throw new UnsupportedBodyError(
        `content encoding "${encoding}" is not read here: send gzip, deflate, zstd, snappy or identity`,
      );
  }
}

/** Libraries in JavaScript work in this thread: others come to their turn before each body. */
function inTurn(decompress: (raw: Buffer, maxOutputBytes: number) => Buffer): Decompressor {
  return async (raw, { maxOutputLength = 0 }) => {
    await nextTurn();
    return decompress(raw, maxOutputLength);
  };
}

/** The block format of Snappy, as Prometheus sends it. */
function decompressSnappy(raw: Buffer, maxOutputBytes: number): Buffer {
  if ((readSmallInt(raw, 0) ?? Infinity) > maxOutputBytes)
    throw new RangeError("the body is larger than allowed");
  return uncompress(raw, maxOutputBytes);
}

function declaredLength(request: IncomingMessage): number {
  const length = Number(request.headers["content-length"]);
  return Number.isFinite(length) && length > 0 ? length : 0;
}
