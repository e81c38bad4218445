import { Buffer } from "node:buffer";
import { crc32 } from "node:zlib";
import type { NumberArray } from "../../../store/native/column.ts";
import type { CountRow } from "../count-rows.ts";

/**
 * A file of counts is frames one after another; the rows of all of them add up. A frame is its length and CRC-32, then what its rows
 * are as JSON, then their columns, each at an address that a typed array can begin at: what is read is looked at, not copied.
 */
const HEADER_BYTES = 16;
const ALIGNMENT = 8;

/** Number types of a row's values, by the bytes of one value. */
const VALUE_TYPES: Readonly<
  Record<number, (buffer: ArrayBuffer, at: number, length: number) => NumberArray>
> = {
  1: (buffer, at, length) => new Uint8Array(buffer, at, length),
  2: (buffer, at, length) => new Uint16Array(buffer, at, length),
  4: (buffer, at, length) => new Uint32Array(buffer, at, length),
  8: (buffer, at, length) => new Float64Array(buffer, at, length),
};

interface RowShape {
  readonly labels: readonly string[];
  readonly day: number;
  readonly earliest: number;
  readonly size: number;
  readonly valueBytes: number;
  readonly hasBuckets: boolean;
  readonly hasSums: boolean;
}

export function encodeFrame(rows: readonly CountRow[]): Buffer {
  const shapes = rows.map(toShape);
  const text = Buffer.from(JSON.stringify(shapes), "utf8");
  const columns = rows.flatMap((row) => columnsOf(row));
  const dataBytes = columns.reduce((sum, column) => sum + align(column.byteLength), 0);
  const frame = Buffer.alloc(HEADER_BYTES + align(text.length) + dataBytes);
  text.copy(frame, HEADER_BYTES);
  let at = HEADER_BYTES + align(text.length);
  for (const column of columns) {
    frame.set(new Uint8Array(column.buffer, column.byteOffset, column.byteLength), at);
    at += align(column.byteLength);
  }
  frame.writeUInt32LE(frame.length, 0);
  frame.writeUInt32LE(text.length, 4);
  frame.writeUInt32LE(crc32(frame.subarray(HEADER_BYTES)), 8);
  return frame;
}

/** The rows of all frames, as views of the bytes; undefined where a byte has changed. */
export function decodeFrames(bytes: ArrayBuffer): CountRow[] | undefined {
  const all = Buffer.from(bytes);
  const rows: CountRow[] = [];
  for (let at = 0; at < all.length;) {
    const end = at + HEADER_BYTES <= all.length ? at + all.readUInt32LE(at) : Infinity;
    if (end <= at || end > all.length) return undefined;
    if (crc32(all.subarray(at + HEADER_BYTES, end)) !== all.readUInt32LE(at + 8)) return undefined;
    const textEnd = at + HEADER_BYTES + all.readUInt32LE(at + 4);
    // Written by `encodeFrame`, as the CRC says.
    const shapes = JSON.parse(all.toString("utf8", at + HEADER_BYTES, textEnd)) as readonly RowShape[];
    let column = align(textEnd);
    for (const shape of shapes) {
      const { row, next } = readRow(bytes, shape, column);
      rows.push(row);
      column = next;
    }
    at = end;
  }
  return rows;
}

function align(bytes: number): number {
  return Math.ceil(bytes / ALIGNMENT) * ALIGNMENT;
}

function toShape({ labels, daySeconds, earliest, slots, buckets, values, sums }: CountRow): RowShape {
  return {
    labels,
    day: daySeconds,
    earliest,
    size: slots.length,
    valueBytes: values.BYTES_PER_ELEMENT,
    hasBuckets: buckets !== null,
    hasSums: sums !== null,
  };
}

function columnsOf({ slots, buckets, values, sums }: CountRow): NumberArray[] {
  return [slots, values, ...(buckets === null ? [] : [buckets]), ...(sums === null ? [] : [sums])];
}

function readRow(bytes: ArrayBuffer, shape: RowShape, from: number): { row: CountRow; next: number } {
  const { labels, day, earliest, size, valueBytes, hasBuckets, hasSums } = shape;
  let next = from;
  const take = <Column extends NumberArray>(make: (at: number) => Column): Column => {
    const column = make(next);
    next += align(column.byteLength);
    return column;
  };
  const makeValues = VALUE_TYPES[valueBytes];
  if (makeValues === undefined) throw new RangeError(`a row has values of ${valueBytes} bytes`);
  const slots = take((at) => new Uint16Array(bytes, at, size));
  const values = take((at) => makeValues(bytes, at, size));
  const buckets = hasBuckets ? take((at) => new Uint8Array(bytes, at, size)) : null;
  const sums = hasSums ? take((at) => new Float64Array(bytes, at, size)) : null;
  return { row: { labels, daySeconds: day, earliest, slots, buckets, values, sums }, next };
}
