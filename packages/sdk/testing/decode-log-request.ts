import { readAny, readAttributes, readFields, type Field } from "./decode-trace-request.ts";

/** A log record as it stands on the wire. */
export interface WireLog {
  timeNs: bigint;
  severityNumber: number;
  severityText: string;
  body: unknown;
  eventName: string;
  attributes: Record<string, unknown>;
  traceId: string;
  spanId: string;
}

/** Reads the bytes of an OTLP ExportLogsServiceRequest. */
export function decodeLogRequest(body: Buffer): WireLog[] {
  return nested(body, 1).flatMap((resourceLogs) =>
    nested(resourceLogs, 2).flatMap((scopeLogs) => nested(scopeLogs, 2).map(readLog)),
  );
}

/** The embedded messages under one field number. */
export function nested(bytes: Buffer, number: number): Buffer[] {
  return [...readFields(bytes)]
    .filter((field) => field.number === number)
    .map(({ value }) => value as Buffer);
}

function readLog(bytes: Buffer): WireLog {
  const fields: Field[] = [...readFields(bytes)];
  const one = (number: number): bigint | Buffer | undefined =>
    fields.find((field) => field.number === number)?.value;
  const bytesOf = (number: number): Buffer => (one(number) as Buffer | undefined) ?? Buffer.alloc(0);
  const content = one(5) as Buffer | undefined;
  return {
    timeNs: one(1) as bigint,
    severityNumber: Number(one(2)),
    severityText: bytesOf(3).toString(),
    body: content === undefined ? undefined : readAny(content),
    eventName: bytesOf(12).toString(),
    attributes: readAttributes(fields, 6),
    traceId: bytesOf(9).toString("hex"),
    spanId: bytesOf(10).toString("hex"),
  };
}
