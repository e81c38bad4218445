// Walks an ExportTraceServiceRequest in place. Source: opentelemetry-proto v1.9, trace/v1/trace.proto.
import { SpanView } from "./span-view.ts";
import { walkKeyValue } from "./walk-attributes.ts";
import { walkEnvelope, type EnvelopeVisitor } from "./walk-envelope.ts";
import { type Cursor, wireBytes } from "./wire.ts";

export interface TraceVisitor extends EnvelopeVisitor {
  span(bytes: Buffer, span: SpanView): void;
}

const view = new SpanView();

/** Visits every span of the request. Throws MalformedRequestError for bytes that are no such message. */
export function walkTraces(bytes: Buffer, visitor: TraceVisitor): void {
  walkEnvelope(bytes, visitor, (cursor, end) => {
    view.clear();
    walkSpan(cursor, end);
    visitor.span(bytes, view);
  });
}

function walkSpan(cursor: Cursor, end: number): void {
  const outerEnd = cursor.end;
  cursor.end = end;
  while (cursor.position < end) {
    const tag = cursor.varint();
    if ((tag & 7) === wireBytes) walkBytesField(cursor, tag >>> 3);
    else walkNumberField(cursor, tag);
  }
  cursor.leave(end, outerEnd);
}

function walkNumberField(cursor: Cursor, tag: number): void {
  const { bytes } = cursor;
  if (tag === 0x30) {
    view.kind = cursor.varint();
    return;
  }
  const at = cursor.position;
  cursor.skipField(tag);
  if (tag === 0x39) {
    view.startLow = bytes.readUInt32LE(at);
    view.startHigh = bytes.readUInt32LE(at + 4);
  } else if (tag === 0x41) {
    view.endLow = bytes.readUInt32LE(at);
    view.endHigh = bytes.readUInt32LE(at + 4);
  }
}

function walkBytesField(cursor: Cursor, field: number): void {
  const end = cursor.contentEnd();
  const start = cursor.position;
  switch (field) {
    case 1:
      view.traceIdStart = start;
      view.traceIdLength = end - start;
      break;
    case 2:
      view.spanIdStart = start;
      view.spanIdLength = end - start;
      break;
    case 3:
      view.traceStateStart = start;
      view.traceStateEnd = end;
      break;
    case 4:
      view.parentStart = start;
      view.parentLength = end - start;
      break;
    case 5:
      view.nameStart = start;
      view.nameEnd = end;
      break;
    case 9:
      walkKeyValue(cursor, end, view.attributes);
      break;
    default:
      walkRareField(cursor, field, end);
  }
  cursor.position = end;
}

function walkRareField(cursor: Cursor, field: number, end: number): void {
  if (field === 11) view.events.push(cursor.position, end);
  else if (field === 13) view.links.push(cursor.position, end);
  else if (field === 15) walkStatus(cursor, end);
  else if (field === 0) cursor.fail("a field has the number 0");
}

function walkStatus(cursor: Cursor, end: number): void {
  const outerEnd = cursor.end;
  cursor.end = end;
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 0x12) {
      view.statusMessageEnd = cursor.contentEnd();
      view.statusMessageStart = cursor.position;
      cursor.position = view.statusMessageEnd;
    } else if (tag === 0x18) view.status = cursor.varint();
    else cursor.skipField(tag);
  }
  cursor.leave(end, outerEnd);
}
