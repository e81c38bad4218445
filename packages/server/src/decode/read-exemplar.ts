import { readMilliseconds } from "./read-times.ts";
import { readKeyValues, type AttributeValue } from "./read-value.ts";
import { Cursor } from "./wire.ts";

/** A measurement that stands for others of its series. */
export interface Exemplar {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly value: number;
  /** Lower-case hex; empty = none. */
  readonly traceId: string;
  readonly spanId: string;
  /** Attributes of the measurement that the series does not have. */
  readonly attributes: { [key: string]: AttributeValue };
}

/** Reads an Exemplar message of OTLP. */
export function readExemplar(bytes: Buffer, start: number, end: number): Exemplar {
  const cursor = new Cursor(bytes);
  cursor.position = start;
  cursor.end = end;
  const found = { timeMs: 0, value: 0, traceId: "", spanId: "" };
  while (cursor.position < end) {
    const tag = cursor.varint();
    const at = cursor.position;
    const contentEnd = (tag & 7) === 2 ? cursor.contentEnd() : at;
    const contentStart = cursor.position;
    if ((tag & 7) === 2) cursor.position = contentEnd;
    else cursor.skipField(tag);
    if (tag === 0x11) found.timeMs = readMilliseconds(bytes, at);
    else if (tag === 0x19) found.value = bytes.readDoubleLE(at);
    else if (tag === 0x31) found.value = Number(bytes.readBigInt64LE(at));
    else if (tag === 0x22) found.spanId = bytes.toString("hex", contentStart, contentEnd);
    else if (tag === 0x2a) found.traceId = bytes.toString("hex", contentStart, contentEnd);
  }
  return { ...found, attributes: readKeyValues(bytes, { start, end, field: 0x3a }) };
}
