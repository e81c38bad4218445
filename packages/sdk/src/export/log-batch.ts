import type { Attributes } from "@opentelemetry/api";
import type { Batch, SealedBatch } from "./batch.ts";
import { encodeAttributes } from "./encode-attributes.ts";
import { encodeResource } from "./encode-resource.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";
import { sdkVersion } from "../tracing/resource.ts";

/** A line of a log, or an event. Severity numbers are OpenTelemetry's: 9 info, 13 warn, 17 error. */
export interface LogRecord {
  readonly timeNs: bigint;
  readonly severityNumber: number;
  readonly severityText: string;
  readonly body: string | undefined;
  /** Empty for a plain line. */
  readonly eventName: string;
  readonly attributes: Attributes;
  /** How many attributes were too many. */
  readonly dropped?: number;
  /** Empty outside a span. */
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
}

/** Log records as an OTLP ExportLogsServiceRequest. */
export class LogBatch implements Batch<LogRecord> {
  readonly #resource: Buffer;
  readonly #records = new ProtobufWriter();
  #count = 0;

  constructor(resource: Attributes) {
    this.#resource = encodeResource(resource);
  }

  get count(): number {
    return this.#count;
  }

  get sizeBytes(): number {
    return this.#records.length;
  }

  add(record: LogRecord): void {
    encodeRecord(this.#records, record);
    this.#count++;
  }

  seal(): SealedBatch {
    const writer = new ProtobufWriter(this.#resource.length + this.#records.length + 256);
    const resourceLogs = writer.begin(0x0a);
    writer.appendRaw(this.#resource);
    const scopeLogs = writer.begin(0x12);
    const scope = writer.begin(0x0a);
    writer.string(0x0a, "@spanlight/sdk");
    writer.string(0x12, sdkVersion);
    writer.end(scope);
    writer.appendRaw(this.#records.view());
    this.#records.reset();
    writer.end(scopeLogs);
    writer.end(resourceLogs);
    const count = this.#count;
    this.#count = 0;
    return { body: writer.view(), count };
  }
}

function encodeRecord(writer: ProtobufWriter, record: LogRecord): void {
  const message = writer.begin(0x12);
  writer.fixed64(0x09, record.timeNs);
  writer.uint(0x10, record.severityNumber);
  writer.string(0x1a, record.severityText);
  if (record.body !== undefined) {
    const body = writer.begin(0x2a);
    writer.string(0x0a, record.body);
    writer.end(body);
  }
  encodeAttributes(writer, 0x32, record.attributes);
  if (record.dropped !== undefined && record.dropped > 0) writer.uint(0x38, record.dropped);
  if (record.traceId !== "") {
    writer.fixed32(0x45, record.traceFlags);
    writer.hex(0x4a, record.traceId);
  }
  if (record.spanId !== "") writer.hex(0x52, record.spanId);
  writer.fixed64(0x59, record.timeNs);
  if (record.eventName !== "") writer.string(0x62, record.eventName);
  writer.end(message);
}
