import { ByteView, viewOf } from "./byte-view.ts";

/** So much is kept in any case … */
const keptBytes = 1024 * 1024;
/** … and so much until it was hardly used this many times in a row: groups of requests are now small, now large. */
const keptForLaterBytes = 16 * 1024 * 1024;
const idleResetsToKeep = 64;

/** Bytes that are appended to, kept between blocks and never handed out while they may still grow. */
export class ByteStore {
  bytes: Buffer;
  length = 0;
  /** The same bytes, read and written in words. */
  words: ByteView;
  private idleResets = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
    this.words = new ByteView(this.bytes);
  }

  /** Starts anew. Memory that one unusual block took is given back: much of it at once, the rest when it was not needed for a while. */
  reset(): void {
    const { length, bytes } = this;
    this.length = 0;
    if (bytes.length <= keptBytes || length > bytes.length / 16) {
      this.idleResets = 0;
      return;
    }
    this.idleResets += 1;
    if (bytes.length <= keptForLaterBytes && this.idleResets < idleResetsToKeep) return;
    this.idleResets = 0;
    this.bytes = Buffer.allocUnsafeSlow(keptBytes);
    this.words = new ByteView(this.bytes);
  }

  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(this.bytes.length * 2, this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
    this.words = new ByteView(larger);
  }

  /** Appends a range of another buffer: by words where it is short, because a call to copy costs more than 200 bytes do. */
  append(source: Buffer, start: number, end: number): void {
    const count = end - start;
    this.reserve(count);
    const at = this.length;
    this.length = at + count;
    if (count > 200) source.copy(this.bytes, at, start, end);
    else if (count >= 4) this.words.copy(at, viewOf(source), start, count);
    else for (let index = 0; index < count; index += 1) this.bytes[at + index] = source[start + index] ?? 0;
  }

  appendZeros(count: number): void {
    this.reserve(count);
    for (let index = 0; index < count; index += 1) this.bytes[this.length++] = 0;
  }

  /** Appends 32 bits, the low byte first. */
  appendUint32(value: number): void {
    this.reserve(4);
    this.words.data.setUint32(this.length, value, true);
    this.length += 4;
  }

  appendVarint(value: number): void {
    this.reserve(10);
    let rest = value;
    while (rest > 0x7f) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.bytes[this.length++] = rest;
  }

  /** Appends a whole number from 0 to 2^53 in decimal. */
  appendDecimal(value: number): void {
    this.reserve(16);
    const end = this.length + countDigits(value);
    let at = end;
    let rest = value;
    do {
      const next = Math.floor(rest / 10);
      this.bytes[--at] = 48 + (rest - next * 10);
      rest = next;
    } while (at > this.length);
    this.length = end;
  }

  /** Appends a range of another buffer as lower-case hex. */
  appendHex(source: Buffer, start: number, end: number): void {
    this.reserve((end - start) * 2);
    let at = this.length;
    for (let index = start; index < end; index += 1) {
      const byte = source[index] ?? 0;
      this.bytes[at++] = hexDigits[byte >> 4] ?? 0;
      this.bytes[at++] = hexDigits[byte & 15] ?? 0;
    }
    this.length = at;
  }

  appendText(text: string): void {
    const count = Buffer.byteLength(text);
    this.reserve(count);
    this.bytes.write(text, this.length, "utf8");
    this.length += count;
  }

  /** Appends the length and the text when it is ASCII of at most 127 characters; otherwise appends nothing and answers false. */
  appendShortAscii(text: string): boolean {
    const { length } = text;
    this.reserve(length + 1);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = length;
    for (let index = 0; index < length; index += 1) {
      const code = text.charCodeAt(index);
      if (code > 0x7f) return false;
      bytes[at++] = code;
    }
    this.length = at;
    return true;
  }

  appendUint64(value: number): void {
    this.appendUint32(value % 2 ** 32);
    this.appendUint32(Math.floor(value / 2 ** 32));
  }

  view(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

const hexDigits = Buffer.from("0123456789abcdef", "latin1");

/** Decimal digits of a whole number. */
export function countDigits(value: number): number {
  let digits = 1;
  for (let limit = 10; value >= limit; limit *= 10) digits += 1;
  return digits;
}
