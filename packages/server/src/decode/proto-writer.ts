/** Writes protobuf messages. Nested lengths take four bytes always, which every reader accepts: no message has to be built twice. */
export class ProtoWriter {
  private buffer: Buffer = Buffer.allocUnsafe(4096);
  private length = 0;

  varint(field: number, value: number | bigint): void {
    this.tag(field, 0);
    let rest = BigInt.asUintN(64, BigInt(value));
    this.reserve(10);
    while (rest > 0x7fn) {
      this.buffer[this.length++] = Number(rest & 0x7fn) | 0x80;
      rest >>= 7n;
    }
    this.buffer[this.length++] = Number(rest);
  }

  fixed64(field: number, value: bigint): void {
    this.tag(field, 1);
    this.reserve(8);
    this.length = this.buffer.writeBigUInt64LE(BigInt.asUintN(64, value), this.length);
  }

  double(field: number, value: number): void {
    this.tag(field, 1);
    this.reserve(8);
    this.length = this.buffer.writeDoubleLE(value, this.length);
  }

  text(field: number, value: string): void {
    this.tag(field, 2);
    const size = Buffer.byteLength(value);
    this.reserve(size + 5);
    this.size(size);
    this.length += this.buffer.write(value, this.length, "utf8");
  }

  raw(field: number, value: Uint8Array): void {
    this.tag(field, 2);
    this.reserve(value.length + 5);
    this.size(value.length);
    this.buffer.set(value, this.length);
    this.length += value.length;
  }

  message(field: number, write: () => void): void {
    this.tag(field, 2);
    this.reserve(4);
    const at = this.length;
    this.length += 4;
    write();
    const size = this.length - at - 4;
    if (size >= 2 ** 28) throw new RangeError("a message of 256 MB or more cannot be written");
    this.buffer[at] = (size & 0x7f) | 0x80;
    this.buffer[at + 1] = ((size >>> 7) & 0x7f) | 0x80;
    this.buffer[at + 2] = ((size >>> 14) & 0x7f) | 0x80;
    this.buffer[at + 3] = size >>> 21;
  }

  finish(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private tag(field: number, wireType: number): void {
    this.reserve(5);
    this.size((field << 3) | wireType);
  }

  private size(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  private reserve(count: number): void {
    if (this.length + count <= this.buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.buffer.length * 2, this.length + count));
    this.buffer.copy(larger, 0, 0, this.length);
    this.buffer = larger;
  }
}
