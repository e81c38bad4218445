// The three export requests have one shape: resources, in them scopes, in them items. Source: opentelemetry-proto v1.9.
import { Cursor } from "./wire.ts";

/** Told what lies where, outer before inner. A range of -1, -1 = absent. */
export interface EnvelopeVisitor {
  resource(bytes: Buffer, start: number, end: number): void;
  scope(bytes: Buffer, start: number, end: number): void;
}

/** Reads one item (span, metric, log record) that ends at `end`; the cursor stands at its start and has to stop at its end. */
export type ItemWalker = (cursor: Cursor, end: number) => void;

/** Walks a request's resources and scopes. Throws MalformedRequestError for bytes that are no such message. */
export function walkEnvelope(bytes: Buffer, visitor: EnvelopeVisitor, walkItem: ItemWalker): void {
  const cursor = new Cursor(bytes);
  while (cursor.position < cursor.end) {
    const tag = cursor.varint();
    if (tag === 0x0a) walkResource(cursor, visitor, walkItem);
    else cursor.skipField(tag);
  }
}

function walkResource(cursor: Cursor, visitor: EnvelopeVisitor, walkItem: ItemWalker): void {
  const end = cursor.contentEnd();
  const outerEnd = cursor.end;
  cursor.end = end;
  const resource = findFirst(cursor);
  visitor.resource(cursor.bytes, resource.start, resource.end);
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 0x12) walkScope(cursor, visitor, walkItem);
    else cursor.skipField(tag);
  }
  cursor.leave(end, outerEnd);
}

function walkScope(cursor: Cursor, visitor: EnvelopeVisitor, walkItem: ItemWalker): void {
  const end = cursor.contentEnd();
  const outerEnd = cursor.end;
  cursor.end = end;
  const scope = findFirst(cursor);
  visitor.scope(cursor.bytes, scope.start, scope.end);
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 0x12) walkItem(cursor, cursor.contentEnd());
    else cursor.skipField(tag);
  }
  cursor.leave(end, outerEnd);
}

/** Finds field 1 of the message at the cursor, which may stand anywhere in it, and leaves the cursor where it was. */
function findFirst(cursor: Cursor): { start: number; end: number } {
  const from = cursor.position;
  let found = { start: -1, end: -1 };
  while (cursor.position < cursor.end && found.start === -1) {
    const tag = cursor.varint();
    if (tag === 0x0a) found = { end: cursor.contentEnd(), start: cursor.position };
    else cursor.skipField(tag);
  }
  cursor.position = from;
  return found;
}
