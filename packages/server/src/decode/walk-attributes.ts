import { type AttributeList, valueKind } from "./span-view.ts";
import { type Cursor, wireBytes, wireFixed64, wireVarint } from "./wire.ts";

/** Reads one KeyValue that ends at `end` and adds its places to `list`. */
export function walkKeyValue(cursor: Cursor, end: number, list: AttributeList): void {
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
    } else cursor.skip(tag & 7);
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
      cursor.skip(tag & 7);
      continue;
    }
    if ((tag & 7) !== wireTypeOf(kind))
      cursor.fail(`an attribute value of kind ${kind} has wire type ${tag & 7}`);
    const contentEnd = wireTypeOf(kind) === wireBytes ? cursor.contentEnd() : cursor.position;
    places[at + 2] = kind;
    places[at + 3] = cursor.position;
    if (wireTypeOf(kind) === wireBytes) cursor.position = contentEnd;
    else cursor.skip(tag & 7);
    places[at + 4] = cursor.position;
  }
  cursor.leave(end, outerEnd);
}

function wireTypeOf(kind: number): number {
  if (kind === valueKind.bool || kind === valueKind.int) return wireVarint;
  return kind === valueKind.double ? wireFixed64 : wireBytes;
}
