/** Bytes read and written four at a time: a DataView's accesses compile to single ones, a Buffer's own to one for each byte. */
export class ByteView {
  readonly data: DataView;

  constructor(bytes: Buffer) {
    this.data = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** True when `length` bytes of both are the same. Names of one family differ at their ends: these are looked at first. */
  equals(start: number, other: ByteView, otherStart: number, length: number): boolean {
    const words = this.data;
    const others = other.data;
    let left = length;
    if (length < 4) {
      while (left > 0) {
        left -= 1;
        if (words.getUint8(start + left) !== others.getUint8(otherStart + left)) return false;
      }
      return true;
    }
    while (left >= 4) {
      left -= 4;
      if (words.getInt32(start + left) !== others.getInt32(otherStart + left)) return false;
    }
    return left === 0 || words.getInt32(start) === others.getInt32(otherStart);
  }

  /** Copies a range of another's bytes, of at least four bytes. */
  copy(start: number, from: ByteView, fromStart: number, length: number): void {
    const words = this.data;
    const source = from.data;
    const last = length - 4;
    for (let at = 0; at < last; at += 4) words.setInt32(start + at, source.getInt32(fromStart + at));
    words.setInt32(start + last, source.getInt32(fromStart + last));
  }
}

let lastBytes: Buffer = Buffer.alloc(0);
let lastView = new ByteView(lastBytes);
let otherBytes = lastBytes;
let otherView = lastView;

/** The view of some bytes; made once for a request that is read span after span, and for what is read in turn with it. */
export function viewOf(bytes: Buffer): ByteView {
  if (bytes === lastBytes) return lastView;
  const view = bytes === otherBytes ? otherView : new ByteView(bytes);
  otherBytes = lastBytes;
  otherView = lastView;
  lastBytes = bytes;
  lastView = view;
  return view;
}
