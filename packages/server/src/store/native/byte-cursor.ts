import { NativeFormatError } from "../errors.ts";

/** A place in the bytes of a result. Reads past the end fail with `NativeFormatError`. */
export class ByteCursor {
  readonly bytes: Buffer;
  offset = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.offset >= this.bytes.length;
  }

  /** Moves on by so many bytes and answers where they begin. */
  skip(length: number): number {
    const from = this.offset;
    if (from + length > this.bytes.length) {
      throw new NativeFormatError("the engine's answer ends in the middle of a block; ask again");
    }
    this.offset = from + length;
    return from;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.bytes[this.skip(1)] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  }

  text(): string {
    const length = this.varint();
    const from = this.skip(length);
    return this.bytes.toString("utf8", from, from + length);
  }

  /** An unsigned integer of 64 bits; exact up to 2^53. */
  uint64(): number {
    const from = this.skip(8);
    return this.bytes.readUInt32LE(from) + this.bytes.readUInt32LE(from + 4) * 2 ** 32;
  }

  /** The next bytes, in the memory of the result. */
  take(length: number): Uint8Array {
    const from = this.skip(length);
    return this.bytes.subarray(from, from + length);
  }
}

/** The memory of bytes at a multiple of `alignment`: the bytes themselves where they lie so, else a copy. */
export function align(
  bytes: Uint8Array,
  alignment: number,
): { readonly buffer: ArrayBufferLike; readonly offset: number } {
  const { buffer, byteOffset, length } = bytes;
  if (byteOffset % alignment === 0) return { buffer, offset: byteOffset };
  return { buffer: buffer.slice(byteOffset, byteOffset + length), offset: 0 };
}
