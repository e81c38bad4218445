/**
 * Large buffers used again: a body a request costs the garbage collector more than decoding it does.
 * Sizes are powers of two; what is given back beyond `maxBytes` is left to the collector.
 */
export class BufferPool {
  private readonly free = new Map<number, Buffer[]>();
  private readonly maxBytes: number;
  private kept = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** A buffer of at least `size` bytes, its content undefined. */
  take(size: number): Buffer {
    const rounded = roundUp(size);
    const buffer = this.free.get(rounded)?.pop();
    if (buffer === undefined) return Buffer.allocUnsafeSlow(rounded);
    this.kept -= rounded;
    return buffer;
  }

  /** Takes a buffer back; nobody may read it afterwards. */
  give(buffer: Buffer): void {
    if (this.kept + buffer.length > this.maxBytes) return;
    const list = this.free.get(buffer.length);
    if (list === undefined) this.free.set(buffer.length, [buffer]);
    else list.push(buffer);
    this.kept += buffer.length;
  }
}

function roundUp(size: number): number {
  return 2 ** Math.ceil(Math.log2(Math.max(size, 65_536)));
}
