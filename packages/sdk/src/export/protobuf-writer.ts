const initialBytes = 16 * 1024;
/** Past this, Buffer's native UTF-8 writer beats a loop over the characters (bench/sdk.ts). */
const shortString = 24;
const maxCachedKeys = 512;
/** Up to this size a loop copies faster than `set` (bench/sdk.ts). */
const maxLoopedKey = 64;

/** Appends protobuf fields to a growing buffer. Tags are given whole: field number × 8 + wire type. */
export class ProtobufWriter {
  #buffer: Buffer;
  #length = 0;
  readonly #keys = new Map<string, Buffer>();

  /** `capacity`: bytes to begin with; the buffer grows when they do not do. */
  constructor(capacity: number = initialBytes) {
    this.#buffer = Buffer.allocUnsafe(capacity);
  }

  get length(): number {
    return this.#length;
  }

  /** A copy of what was written; the writer stays usable. */
  toBytes(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length));
  }

  /** What was written, without a copy: valid until the next write. */
  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  /** Takes back what was written past a length that the writer once had. */
  truncate(length: number): void {
    this.#length = length;
  }

  /** Appends bytes that are encoded fields already. */
  appendRaw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  reset(): void {
    this.#length = 0;
    // One large span must not hold its memory for the rest of the process.
    if (this.#buffer.length > 4 * 1024 * 1024) this.#buffer = Buffer.allocUnsafe(initialBytes);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }

  varint(value: number): void {
    this.#reserve(10);
    this.#varintAt(value);
  }

  #varintAt(value: number): void {
    const buffer = this.#buffer;
    let at = this.#length;
    let rest = value;
    for (; rest > 0x7fffffff; rest = Math.floor(rest / 0x80)) buffer[at++] = (rest % 0x80) | 0x80;
    for (; rest > 0x7f; rest >>>= 7) buffer[at++] = (rest & 0x7f) | 0x80;
    buffer[at++] = rest;
    this.#length = at;
  }

  /** A signed 64-bit varint field (two's complement, ten bytes when negative). */
  int64(tag: number, value: number): void {
    this.#reserve(12);
    this.#varintAt(tag);
    if (value >= 0) return this.#varintAt(value);
    let rest = BigInt.asUintN(64, BigInt(value));
    while (rest > 0x7fn) {
      this.#buffer[this.#length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.#buffer[this.#length++] = Number(rest);
  }

  uint(tag: number, value: number): void {
    this.#reserve(12);
    this.#varintAt(tag);
    this.#varintAt(value);
  }

  fixed64(tag: number, value: bigint): void {
    this.#reserve(10);
    this.#varintAt(tag);
    this.#buffer.writeBigUInt64LE(value, this.#length);
    this.#length += 8;
  }

  fixed32(tag: number, value: number): void {
    this.#reserve(6);
    this.#varintAt(tag);
    this.#buffer.writeUInt32LE(value, this.#length);
    this.#length += 4;
  }

  double(tag: number, value: number): void {
    this.#reserve(10);
    this.#varintAt(tag);
    this.#buffer.writeDoubleLE(value, this.#length);
    this.#length += 8;
  }

  /** A bytes field from hex digits (ids). */
  hex(tag: number, digits: string): void {
    this.#reserve(12 + digits.length / 2);
    this.#varintAt(tag);
    this.#varintAt(digits.length / 2);
    this.#length += this.#buffer.write(digits, this.#length, "hex");
  }

  bytes(tag: number, value: Uint8Array): void {
    this.#reserve(20 + value.length);
    this.#varintAt(tag);
    this.#varintAt(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  string(tag: number, value: string): void {
    if (value.length <= shortString && this.#writeAscii(tag, value)) return;
    const size = Buffer.byteLength(value);
    this.#reserve(20 + size);
    this.#varintAt(tag);
    this.#varintAt(size);
    this.#length += this.#buffer.write(value, this.#length, size, "utf8");
  }

  #writeAscii(tag: number, value: string): boolean {
    this.#reserve(4 + shortString);
    const start = this.#length;
    this.#varintAt(tag);
    this.#buffer[this.#length++] = value.length;
    if (this.#asciiAt(value)) return true;
    this.#length = start;
    return false;
  }

  /** Appends a text of ASCII characters for which there is room; false, and nothing appended, for any other. */
  #asciiAt(value: string): boolean {
    const buffer = this.#buffer;
    let at = this.#length;
    for (let index = 0; index < value.length; index++) {
      const code = value.charCodeAt(index);
      if (code > 0x7f) return false;
      buffer[at++] = code;
    }
    this.#length = at;
    return true;
  }

  /** A string field whose value repeats from message to message: its bytes are kept. */
  repeatedString(tag: number, value: string): void {
    const bytes = this.#bytesOf(value);
    this.#reserve(20 + bytes.length);
    this.#varintAt(tag);
    this.#varintAt(bytes.length);
    this.#copy(bytes);
  }

  /** A KeyValue message with a string for its value; the key repeats from message to message. */
  stringPair(tag: number, key: string, value: string): void {
    const bytes = this.#bytesOf(key);
    if (value.length <= shortString && bytes.length < maxLoopedKey) {
      const start = this.#length;
      this.#beginPair(tag, bytes, value.length + 2);
      this.#buffer[this.#length++] = 0x0a;
      this.#buffer[this.#length++] = value.length;
      if (this.#asciiAt(value)) return;
      this.#length = start;
    }
    const size = Buffer.byteLength(value);
    this.#beginPair(tag, bytes, 1 + varintSize(size) + size);
    this.#buffer[this.#length++] = 0x0a;
    this.#varintAt(size);
    this.#length += this.#buffer.write(value, this.#length, size, "utf8");
  }

  /** A KeyValue message with a whole number from 0 on for its value. */
  integerPair(tag: number, key: string, value: number): void {
    this.#beginPair(tag, this.#bytesOf(key), 1 + varintSize(value));
    this.#buffer[this.#length++] = 0x18;
    this.#varintAt(value);
  }

  /** The key of a KeyValue message and the head of its AnyValue; room for the value, of `size` bytes, is made. */
  #beginPair(tag: number, key: Buffer, size: number): void {
    const keySize = 1 + varintSize(key.length) + key.length;
    this.#reserve(keySize + size + 32);
    this.#varintAt(tag);
    this.#varintAt(keySize + 1 + varintSize(size) + size);
    this.#buffer[this.#length++] = 0x0a;
    this.#varintAt(key.length);
    this.#copy(key);
    this.#buffer[this.#length++] = 0x12;
    this.#varintAt(size);
  }

  #bytesOf(key: string): Buffer {
    let bytes = this.#keys.get(key);
    if (bytes === undefined) {
      bytes = Buffer.from(key);
      if (this.#keys.size < maxCachedKeys) this.#keys.set(key, bytes);
    }
    return bytes;
  }

  /** Appends bytes for which there is room. */
  #copy(bytes: Buffer): void {
    const buffer = this.#buffer;
    const at = this.#length;
    const { length } = bytes;
    if (length > maxLoopedKey) buffer.set(bytes, at);
    else for (let index = 0; index < length; index++) buffer[at + index] = bytes[index] as number;
    this.#length = at + length;
  }

  /** Opens an embedded message; give what it returns to `end`. */
  begin(tag: number): number {
    this.#reserve(12);
    this.#varintAt(tag);
    // One byte is reserved for the size; `end` makes room when it needs more.
    return this.#length++;
  }

  end(start: number): void {
    const size = this.#length - start - 1;
    if (size <= 0x7f) {
      this.#buffer[start] = size;
      return;
    }
    const extra = varintSize(size) - 1;
    this.#reserve(extra);
    this.#buffer.copyWithin(start + 1 + extra, start + 1, this.#length);
    const end = this.#length + extra;
    this.#length = start;
    this.#varintAt(size);
    this.#length = end;
  }
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest > 0x7f; rest = Math.floor(rest / 0x80)) size++;
  return size;
}
