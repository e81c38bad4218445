// Scores, and what an SDK says of a span that is stored already, as log records.
import { ProtoWriter } from "../../decode/proto-writer.ts";
import { writeAttributes, type OtlpAttributes } from "./otlp-span.ts";

export interface OtlpLog {
  readonly service: string;
  readonly timeNs: bigint;
  readonly eventName: string;
  /** Hexadecimal; empty = not known. */
  readonly traceId: string;
  readonly spanId: string;
  readonly attributes: OtlpAttributes;
}

/** SeverityNumber INFO. */
const severityInfo = 9;

/** Encodes an ExportLogsServiceRequest. */
export function encodeLogs(records: readonly OtlpLog[]): Buffer {
  const writer = new ProtoWriter();
  for (const record of records) {
    writer.message(1, () => {
      writer.message(1, () => writeAttributes(writer, 1, { "service.name": record.service }));
      writer.message(2, () => writer.message(2, () => writeRecord(writer, record)));
    });
  }
  return writer.finish();
}

function writeRecord(writer: ProtoWriter, record: OtlpLog): void {
  writer.fixed64(1, record.timeNs);
  writer.varint(2, severityInfo);
  writer.text(3, "INFO");
  writeAttributes(writer, 6, record.attributes);
  if (record.traceId !== "") writer.raw(9, Buffer.from(record.traceId, "hex"));
  if (record.spanId !== "") writer.raw(10, Buffer.from(record.spanId, "hex"));
  writer.text(12, record.eventName);
}
