// Attribute values as JavaScript values: for the rare ones (structured values, events, links, resources), never per attribute.
import { AttributeList, placesPerAttribute, valueKind } from "./span-view.ts";
import { walkAnyValue, walkKeyValue } from "./walk-attributes.ts";
import { Cursor, readInt64, readSmallInt } from "./wire.ts";

export type AttributeValue =
  | string
  | number
  | boolean
  | null
  | AttributeValue[]
  | { [key: string]: AttributeValue };

/** Deeper nesting is cut off with a marker: no producer needs it, and a bomb of brackets must not cost more than its bytes. */
const maxDepth = 32;

/** Reads the value at place `at` of an attribute list. Integers beyond 2^53 become decimal strings, bytes become base64. */
export function readValue(bytes: Buffer, places: Int32Array, at: number, depth = 0): AttributeValue {
  const kind = places[at + 2];
  const start = places[at + 3] ?? 0;
  const end = places[at + 4] ?? 0;
  switch (kind) {
    case valueKind.string:
      return bytes.toString("utf8", start, end);
    case valueKind.bool:
      return bytes[start] !== 0;
    case valueKind.int:
      return readInteger(bytes, start);
    case valueKind.double:
      return finiteOrText(bytes.readDoubleLE(start));
    case valueKind.array:
    case valueKind.kvlist:
      return readNested(bytes, { start, end, depth }, kind);
    case valueKind.bytes:
      return bytes.toString("base64", start, end);
    default:
      return null;
  }
}

function readNested(
  bytes: Buffer,
  range: { start: number; end: number; depth: number },
  kind: number,
): AttributeValue {
  if (range.depth >= maxDepth) return "…";
  if (kind === valueKind.array) return readArray(bytes, range);
  return readKeyValues(bytes, { start: range.start, end: range.end, field: 0x0a, depth: range.depth + 1 });
}

function readInteger(bytes: Buffer, start: number): number | string {
  const small = readSmallInt(bytes, start);
  if (small !== undefined) return small;
  const value = readInt64(bytes, start);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value.toString();
}

function finiteOrText(value: number): number | string {
  return Number.isFinite(value) ? value : String(value);
}

function readArray(bytes: Buffer, range: { start: number; end: number; depth: number }): AttributeValue[] {
  const cursor = cursorAt(bytes, range);
  const values: AttributeValue[] = [];
  const places = new Int32Array(placesPerAttribute);
  while (cursor.position < range.end) {
    const tag = cursor.varint();
    if (tag === 0x0a) {
      walkAnyValue(cursor, places, 0);
      values.push(readValue(bytes, places, 0, range.depth + 1));
    } else cursor.skipField(tag);
  }
  return values;
}

/** Reads the repeated KeyValue `field` (its tag) of the message in the range as an object. */
export function readKeyValues(
  bytes: Buffer,
  range: { start: number; end: number; field: number; depth?: number },
): { [key: string]: AttributeValue } {
  const cursor = cursorAt(bytes, range);
  const list = new AttributeList();
  while (cursor.position < range.end) {
    const tag = cursor.varint();
    if (tag === range.field) {
      const end = cursor.contentEnd();
      walkKeyValue(cursor, end, list);
      cursor.position = end;
    } else cursor.skipField(tag);
  }
  return readAttributes(bytes, list, range.depth ?? 0);
}

/** Reads a whole attribute list as an object; of a repeated key the last value stays. */
export function readAttributes(
  bytes: Buffer,
  list: AttributeList,
  depth = 0,
): { [key: string]: AttributeValue } {
  const entries: [string, AttributeValue][] = [];
  for (let index = 0; index < list.count; index += 1) {
    const at = index * placesPerAttribute;
    const key = bytes.toString("utf8", list.places[at], list.places[at + 1]);
    entries.push([key, readValue(bytes, list.places, at, depth)]);
  }
  return Object.fromEntries(entries);
}

function cursorAt(bytes: Buffer, range: { start: number; end: number }): Cursor {
  const cursor = new Cursor(bytes);
  cursor.position = range.start;
  cursor.end = range.end;
  return cursor;
}
