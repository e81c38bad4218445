import { encodeJsonEnvelope, readEnum } from "./json-envelope.ts";
import {
  isRecord,
  readList,
  readText,
  readUnsigned,
  writeKeyValues,
  type JsonObject,
} from "./json-fields.ts";
import type { ProtoWriter } from "./proto-writer.ts";

/** Encodes an ExportTraceServiceRequest given as JSON text. Throws MalformedRequestError for anything else. */
export function encodeJsonTraces(body: Buffer): Buffer {
  return encodeJsonEnvelope(
    body,
    { resources: "resourceSpans", scopes: "scopeSpans", items: "spans" },
    writeSpan,
  );
}

function writeSpan(writer: ProtoWriter, span: JsonObject): void {
  writer.raw(1, Buffer.from(readText(span, "traceId"), "hex"));
  writer.raw(2, Buffer.from(readText(span, "spanId"), "hex"));
  writer.text(3, readText(span, "traceState"));
  writer.raw(4, Buffer.from(readText(span, "parentSpanId"), "hex"));
  writer.text(5, readText(span, "name"));
  writer.varint(6, readEnum(span["kind"], spanKinds));
  writer.fixed64(7, readUnsigned(span, "startTimeUnixNano"));
  writer.fixed64(8, readUnsigned(span, "endTimeUnixNano"));
  writeKeyValues(writer, 9, readList(span, "attributes"));
  for (const event of readList(span, "events")) {
    writer.message(11, () => {
      writer.fixed64(1, readUnsigned(event, "timeUnixNano"));
      writer.text(2, readText(event, "name"));
      writeKeyValues(writer, 3, readList(event, "attributes"));
    });
  }
  for (const link of readList(span, "links")) writer.message(13, () => writeLink(writer, link));
  const status = span["status"];
  if (isRecord(status)) {
    writer.message(15, () => {
      writer.text(2, readText(status, "message"));
      writer.varint(3, readEnum(status["code"], statusCodes));
    });
  }
}

function writeLink(writer: ProtoWriter, link: JsonObject): void {
  writer.raw(1, Buffer.from(readText(link, "traceId"), "hex"));
  writer.raw(2, Buffer.from(readText(link, "spanId"), "hex"));
  writeKeyValues(writer, 4, readList(link, "attributes"));
}

const spanKinds: readonly string[] = [
  "SPAN_KIND_UNSPECIFIED",
  "SPAN_KIND_INTERNAL",
  "SPAN_KIND_SERVER",
  "SPAN_KIND_CLIENT",
  "SPAN_KIND_PRODUCER",
  "SPAN_KIND_CONSUMER",
];
const statusCodes: readonly string[] = ["STATUS_CODE_UNSET", "STATUS_CODE_OK", "STATUS_CODE_ERROR"];
