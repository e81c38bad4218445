import type { Attributes } from "@opentelemetry/api";
import { encodeAttributes } from "./encode-attributes.ts";
import { ProtobufWriter } from "./protobuf-writer.ts";

/** The `resource` field (1) of an OTLP ResourceSpans, ResourceLogs or ResourceMetrics message. */
export function encodeResource(resource: Attributes): Buffer {
  const writer = new ProtobufWriter();
  const message = writer.begin(0x0a);
  encodeAttributes(writer, 0x0a, resource);
  writer.end(message);
  return writer.toBytes();
}
