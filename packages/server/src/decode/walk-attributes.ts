import { type AttributeList, valueKind } from "./span-view.ts";
import { type Cursor, wireBytes, wireFixed64, wireVarint } from "./wire.ts";

/** Reads one KeyValue that ends at `end` and adds its places to `list`. */
export function walkKeyValue(cursor: Cursor, end: number, list: AttributeList): void {
  if (!walkPlainKeyValue(cursor, end, list)) walkAnyKeyValue(cursor, end, list);
}

/**
 * The layout that SDKs write: a key of at most 127 bytes, then a value of one field. Answers false, with nothing read, for any other,
 * and for what is not well formed. Local positions only: through the cursor the same takes twice as long.
 */
function walkPlainKeyValue(cursor: Cursor, end: number, list: AttributeList): boolean {
  const { bytes } = cursor;
  const keyStart = cursor.position + 2;
  const keyLength = bytes[keyStart - 1] ?? 0x80;
  const keyEnd = keyStart + keyLength;
  const isKeyFirst = bytes[keyStart - 2] === 0x0a && keyLength < 0x80 && keyEnd + 4 <= end;
  if (!isKeyFirst || bytes[keyEnd] !== 0x12) return false;
  const valueStart = findContent(bytes, keyEnd + 1, end);
  if (valueStart < 0) return false;
  const tag = bytes[valueStart] ?? 0;
  const start = findPlainValue(bytes, valueStart, end);
  if (start < 0) return false;
  const at = list.push(keyStart, keyEnd);
  const { places } = list;
  places[at + 2] = tag >>> 3;
  places[at + 3] = start;
  places[at + 4] = end;
  cursor.position = end;
  return true;
}

/** Where the value begins whose tag lies at `at`, if it is a string, an int or a double that ends at `end`; else -1. */
function findPlainValue(bytes: Buffer, at: number, end: number): number {
  const start = at + 1;
  switch (bytes[at]) {
    case 0x0a:
      return findContent(bytes, start, end);
    case 0x18:
      return isLastVarint(bytes, start, end) ? start : -1;
    case 0x21:
      return start + 8 === end ? start : -1;
    default:
      return -1;
  }
}

/** Where the content begins whose length lies at `at`, if that is of one or two bytes and the content ends at `end`; else -1. */
function findContent(bytes: Buffer, at: number, end: number): number {
  const low = bytes[at] ?? 0;
  if (low < 0x80) return at + 1 + low === end ? at + 1 : -1;
  const high = bytes[at + 1] ?? 0x80;
  const length = (low & 0x7f) | (high << 7);
  return high < 0x80 && at + 2 + length === end ? at + 2 : -1;
}

function isLastVarint(bytes: Buffer, start: number, end: number): boolean {
  const last = end - 1;
  if (last < start || last - start > 9) return false;
  let at = start;
  while (at < last && (bytes[at] ?? 0) >= 0x80) at += 1;
  return at === last && (bytes[last] ?? 0x80) < 0x80;
}

function walkAnyKeyValue(cursor: Cursor, end: number, list: AttributeList): void {
  const outerEnd = cursor.end;
  cursor.end = end;
  const at = list.push(cursor.position, cursor.position);
  list.places[at + 2] = valueKind.none;
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 0x0a) {
      const keyEnd = cursor.contentEnd();
      list.places[at] = cursor.position;
      list.places[at + 1] = keyEnd;
      cursor.position = keyEnd;
    } else if (tag === 0x12) {
      walkAnyValue(cursor, list.places, at);
    } else cursor.skipField(tag);
  }
  cursor.leave(end, outerEnd);
}

/** Reads an AnyValue (its length first) and writes kind, start and end at `at + 2` of `places`. */
export function walkAnyValue(cursor: Cursor, places: Int32Array, at: number): void {
  const end = cursor.contentEnd();
  const outerEnd = cursor.end;
  cursor.end = end;
  places[at + 2] = valueKind.none;
  while (cursor.position < end) {
    const tag = cursor.varint();
    const kind = tag >>> 3;
    if (kind < valueKind.string || kind > valueKind.bytes) {
      cursor.skipField(tag);
      continue;
    }
    if ((tag & 7) !== wireTypeOf(kind))
      cursor.fail(`an attribute value of kind ${kind} has wire type ${tag & 7}`);
    const contentEnd = wireTypeOf(kind) === wireBytes ? cursor.contentEnd() : cursor.position;
    places[at + 2] = kind;
    places[at + 3] = cursor.position;
    if (wireTypeOf(kind) === wireBytes) cursor.position = contentEnd;
    else cursor.skipField(tag);
    places[at + 4] = cursor.position;
  }
  cursor.leave(end, outerEnd);
}

function wireTypeOf(kind: number): number {
  if (kind === valueKind.bool || kind === valueKind.int) return wireVarint;
  return kind === valueKind.double ? wireFixed64 : wireBytes;
}
