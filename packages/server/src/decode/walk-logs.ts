// Walks an ExportLogsServiceRequest in place. Source: opentelemetry-proto v1.9, logs/v1/logs.proto.
import { LogView } from "./log-view.ts";
import { walkAnyValue, walkKeyValue } from "./walk-attributes.ts";
import { walkEnvelope, type EnvelopeVisitor } from "./walk-envelope.ts";
import { type Cursor, wireBytes } from "./wire.ts";

export interface LogVisitor extends EnvelopeVisitor {
  record(bytes: Buffer, record: LogView): void;
}

const view = new LogView();

/** Visits every log record of the request. Throws MalformedRequestError for bytes that are no such message. */
export function walkLogs(bytes: Buffer, visitor: LogVisitor): void {
  walkEnvelope(bytes, visitor, (cursor, end) => {
    view.clear();
    walkRecord(cursor, end);
    visitor.record(bytes, view);
  });
}

function walkRecord(cursor: Cursor, end: number): void {
  const outerEnd = cursor.end;
  cursor.end = end;
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag === 0x2a) walkAnyValue(cursor, view.body, 0);
    else if ((tag & 7) === wireBytes) walkBytesField(cursor, tag >>> 3);
    else walkNumberField(cursor, tag);
  }
  cursor.leave(end, outerEnd);
}

function walkNumberField(cursor: Cursor, tag: number): void {
  if (tag === 0x10) {
    view.severity = cursor.varint();
    return;
  }
  const at = cursor.position;
  cursor.skipField(tag);
  if (tag === 0x09) {
    view.timeLow = cursor.bytes.readUInt32LE(at);
    view.timeHigh = cursor.bytes.readUInt32LE(at + 4);
  } else if (tag === 0x59) {
    view.observedLow = cursor.bytes.readUInt32LE(at);
    view.observedHigh = cursor.bytes.readUInt32LE(at + 4);
  }
}

function walkBytesField(cursor: Cursor, field: number): void {
  const end = cursor.contentEnd();
  const start = cursor.position;
  switch (field) {
    case 3:
      view.severityTextStart = start;
      view.severityTextEnd = end;
      break;
    case 6:
      walkKeyValue(cursor, end, view.attributes);
      break;
    case 9:
      view.traceIdStart = start;
      view.traceIdLength = end - start;
      break;
    case 10:
      view.spanIdStart = start;
      view.spanIdLength = end - start;
      break;
    case 12:
      view.eventNameStart = start;
      view.eventNameEnd = end;
      break;
    default:
  }
  cursor.position = end;
}
