// Events and links of a span as plain objects; both are rare on the spans that are many.
import { type AttributeValue, readKeyValues } from "./read-value.ts";
import type { RangeList } from "./span-view.ts";
import { Cursor } from "./wire.ts";

export interface SpanEventRecord {
  readonly timeNs: string;
  readonly name: string;
  readonly attributes: { [key: string]: AttributeValue };
}

export interface SpanLinkRecord {
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: { [key: string]: AttributeValue };
}

/** Reads the events of a span. `timeNs` is Unix nanoseconds in decimal. */
export function readEvents(bytes: Buffer, ranges: RangeList): SpanEventRecord[] {
  const events: SpanEventRecord[] = [];
  for (let index = 0; index < ranges.count; index += 1)
    events.push(readEvent(bytes, ranges.start(index), ranges.end(index)));
  return events;
}

function readEvent(bytes: Buffer, start: number, end: number): SpanEventRecord {
  const cursor = new Cursor(bytes);
  cursor.position = start;
  cursor.end = end;
  let timeNs = "0";
  let name = "";
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 0x09) timeNs = bytes.readBigUInt64LE(skipFixed64(cursor)).toString();
    else if (tag === 0x12) name = readText(cursor);
    else cursor.skipField(tag);
  }
  return { timeNs, name, attributes: readKeyValues(bytes, { start, end, field: 0x1a }) };
}

/** Reads the links of a span; ids in lower-case hex. */
export function readLinks(bytes: Buffer, ranges: RangeList): SpanLinkRecord[] {
  const links: SpanLinkRecord[] = [];
  for (let index = 0; index < ranges.count; index += 1)
    links.push(readLink(bytes, ranges.start(index), ranges.end(index)));
  return links;
}

function readLink(bytes: Buffer, start: number, end: number): SpanLinkRecord {
  const cursor = new Cursor(bytes);
  cursor.position = start;
  cursor.end = end;
  let traceId = "";
  let spanId = "";
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 0x0a) traceId = readHex(cursor);
    else if (tag === 0x12) spanId = readHex(cursor);
    else cursor.skipField(tag);
  }
  return { traceId, spanId, attributes: readKeyValues(bytes, { start, end, field: 0x22 }) };
}

function skipFixed64(cursor: Cursor): number {
  const at = cursor.position;
  cursor.advance(8);
  return at;
}

function readText(cursor: Cursor): string {
  const end = cursor.contentEnd();
  const text = cursor.bytes.toString("utf8", cursor.position, end);
  cursor.position = end;
  return text;
}

function readHex(cursor: Cursor): string {
  const end = cursor.contentEnd();
  const text = cursor.bytes.toString("hex", cursor.position, end);
  cursor.position = end;
  return text;
}
