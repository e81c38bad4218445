import { encodeJsonEnvelope, readEnum } from "./json-envelope.ts";
import {
  isRecord,
  readList,
  readText,
  readUnsigned,
  writeAnyValue,
  writeKeyValues,
  type JsonObject,
} from "./json-fields.ts";
import type { ProtoWriter } from "./proto-writer.ts";

/** Encodes an ExportLogsServiceRequest given as JSON text. Throws MalformedRequestError for anything else. */
export function encodeJsonLogs(body: Buffer): Buffer {
  return encodeJsonEnvelope(
    body,
    { resources: "resourceLogs", scopes: "scopeLogs", items: "logRecords" },
    writeRecord,
  );
}

function writeRecord(writer: ProtoWriter, record: JsonObject): void {
  writer.fixed64(1, readUnsigned(record, "timeUnixNano"));
  writer.fixed64(11, readUnsigned(record, "observedTimeUnixNano"));
  writer.varint(2, readEnum(record["severityNumber"], severities));
  writer.text(3, readText(record, "severityText"));
  const { body } = record;
  if (isRecord(body)) writer.message(5, () => writeAnyValue(writer, body, 0));
  writeKeyValues(writer, 6, readList(record, "attributes"));
  writer.raw(9, Buffer.from(readText(record, "traceId"), "hex"));
  writer.raw(10, Buffer.from(readText(record, "spanId"), "hex"));
  writer.text(12, readText(record, "eventName"));
}

/** Names of SeverityNumber in order: unspecified, then four steps of each level. */
const severities: readonly string[] = [
  "SEVERITY_NUMBER_UNSPECIFIED",
  ...["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((level) =>
    ["", "2", "3", "4"].map((step) => `SEVERITY_NUMBER_${level}${step}`),
  ),
];
