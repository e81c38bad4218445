// The protobuf wire format, read in place: no objects, no strings, positions only.
// Source: protobuf encoding guide (varint, 64-bit, length-delimited, 32-bit).
import { MalformedRequestError } from "./malformed-request-error.ts";

export const wireVarint = 0;
export const wireFixed64 = 1;
export const wireBytes = 2;
export const wireFixed32 = 5;

/** A position in a message. Reading past `end` of the message throws; nested messages are read by narrowing `end`. */
export class Cursor {
  readonly bytes: Buffer;
  position: number;
  end: number;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.position = 0;
    this.end = bytes.length;
  }

  /** Reads a varint that fits 32 bits: tags, lengths, enum values; higher bits are read and dropped. */
  varint(): number {
    const { bytes } = this;
    let position = this.position;
    let byte = bytes[position++] ?? this.fail("a number is cut off");
    if (byte < 0x80) {
      this.position = position;
      return byte;
    }
    let value = byte & 0x7f;
    for (let shift = 7; shift < 70; shift += 7) {
      byte = bytes[position++] ?? this.fail("a number is cut off");
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        this.position = position;
        return value >>> 0;
      }
    }
    return this.fail("a number is longer than ten bytes");
  }

  /** Reads the length of a length-delimited field and returns where its content ends. */
  contentEnd(): number {
    const length = this.varint();
    const contentEnd = this.position + length;
    if (contentEnd > this.end) this.fail(`a field of ${length} bytes does not fit its message`);
    return contentEnd;
  }

  /** Moves past a field whose tag was read. */
  skipField(tag: number): void {
    if (tag >>> 3 === 0) this.fail("a field has the number 0");
    this.skip(tag & 7);
  }

  /** Moves past a field of the wire type. */
  skip(wireType: number): void {
    if (wireType === wireVarint) this.varint();
    else if (wireType === wireFixed64) this.advance(8);
    else if (wireType === wireBytes) this.position = this.contentEnd();
    else if (wireType === wireFixed32) this.advance(4);
    else this.fail(`wire type ${wireType} does not exist in this format`);
  }

  advance(count: number): void {
    this.position += count;
    if (this.position > this.end) this.fail("a fixed-size field is cut off");
  }

  /** Ends a nested message that had to stop exactly at `end`, and widens the view to the message around it. */
  leave(end: number, outerEnd: number): void {
    if (this.position !== end) this.fail("a field reaches past the message it belongs to");
    this.end = outerEnd;
  }

  fail(reason: string): never {
    throw new MalformedRequestError(
      `the body is not the protobuf message its address asks for: ${reason} (at byte ${this.position})`,
    );
  }
}

/** Reads the varint at `position` as a signed 64-bit integer. */
export function readInt64(bytes: Buffer, position: number): bigint {
  let value = 0n;
  for (let shift = 0n; shift < 70n; shift += 7n) {
    const byte = bytes[position++] ?? 0;
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return BigInt.asIntN(64, value);
}

/**
 * Reads the varint at `position` as a number; exact below 2^53, undefined for anything larger or negative.
 * The caller falls back to `readInt64`.
 */
export function readSmallInt(bytes: Buffer, position: number): number | undefined {
  let value = 0;
  let scale = 1;
  for (let index = 0; index < 8; index += 1) {
    const byte = bytes[position + index] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value <= Number.MAX_SAFE_INTEGER ? value : undefined;
    scale *= 128;
  }
  return undefined;
}
