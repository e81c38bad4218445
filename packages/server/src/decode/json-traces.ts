// OTLP/JSON becomes OTLP/protobuf, so that everything after this door reads one format.
// Source: OTLP specification 1.9, "JSON Protobuf Encoding": lowerCamelCase names, ids in hex, 64-bit integers as strings or numbers.
import { isRecord, readJsonBody, readList, readText, readUnsigned, writeKeyValues } from "./json-fields.ts";
import { ProtoWriter } from "./proto-writer.ts";

/** Encodes an ExportTraceServiceRequest given as JSON text. Throws MalformedRequestError for anything else. */
export function encodeJsonTraces(body: Buffer): Buffer {
  const request = readJsonBody(body);
  const writer = new ProtoWriter();
  for (const resourceSpans of readList(request, "resourceSpans")) {
    writer.message(1, () => writeResourceSpans(writer, resourceSpans));
  }
  return writer.finish();
}

type JsonObject = Record<string, unknown>;

function writeResourceSpans(writer: ProtoWriter, resourceSpans: JsonObject): void {
  const resource = resourceSpans["resource"];
  if (isRecord(resource))
    writer.message(1, () => writeKeyValues(writer, 1, readList(resource, "attributes")));
  for (const scopeSpans of readList(resourceSpans, "scopeSpans")) {
    writer.message(2, () => writeScopeSpans(writer, scopeSpans));
  }
}

function writeScopeSpans(writer: ProtoWriter, scopeSpans: JsonObject): void {
  const scope = scopeSpans["scope"];
  if (isRecord(scope)) {
    writer.message(1, () => {
      writer.text(1, readText(scope, "name"));
      writer.text(2, readText(scope, "version"));
      writeKeyValues(writer, 3, readList(scope, "attributes"));
    });
  }
  for (const span of readList(scopeSpans, "spans")) writer.message(2, () => writeSpan(writer, span));
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

/** The specification wants numbers; some exporters send the names. Anything else is the zero value. */
function readEnum(value: unknown, names: readonly string[]): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  return typeof value === "string" ? Math.max(0, names.indexOf(value)) : 0;
}
