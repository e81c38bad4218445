import type { FinishedEvent, FinishedLink, FinishedSpan } from "../tracing/finished-span.ts";
import { AttributeWriter, encodeAttributes } from "./encode-attributes.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

/** Flag bits of the OTLP span: the low eight are the W3C ones, then "we know whether the parent is remote", "it is". */
const hasIsRemote = 0x100;
const isRemote = 0x200;

/** Appends one span as a `spans` entry of an OTLP ScopeSpans message. */
export function encodeSpan(writer: ProtobufWriter, span: FinishedSpan): void {
  const message = writer.begin(0x12);
  writer.hex(0x0a, span.traceId);
  writer.hex(0x12, span.spanId);
  if (span.traceState !== "") writer.string(0x1a, span.traceState);
  if (span.parentSpanId !== "") writer.hex(0x22, span.parentSpanId);
  writer.string(0x2a, span.name);
  // The API counts kinds from 0 (internal), OTLP from 1.
  writer.uint(0x30, span.kind + 1);
  writer.fixed64(0x39, span.startNs);
  writer.fixed64(0x41, span.endNs);
  if (span.writeAttributes === undefined) encodeAttributes(writer, 0x4a, span.attributes);
  else span.writeAttributes(new AttributeWriter(writer, 0x4a));
  if (span.droppedAttributes > 0) writer.uint(0x50, span.droppedAttributes);
  for (const event of span.events) encodeEvent(writer, event);
  if (span.droppedEvents > 0) writer.uint(0x60, span.droppedEvents);
  for (const link of span.links) encodeLink(writer, link);
  if (span.droppedLinks > 0) writer.uint(0x70, span.droppedLinks);
  encodeStatus(writer, span);
  writer.fixed32(0x85, span.traceFlags | hasIsRemote | (span.parentIsRemote ? isRemote : 0));
  writer.end(message);
}

function encodeEvent(writer: ProtobufWriter, event: FinishedEvent): void {
  const message = writer.begin(0x5a);
  writer.fixed64(0x09, event.timeNs);
  writer.string(0x12, event.name);
  encodeAttributes(writer, 0x1a, event.attributes);
  if (event.dropped !== undefined && event.dropped > 0) writer.uint(0x20, event.dropped);
  writer.end(message);
}

function encodeLink(writer: ProtobufWriter, link: FinishedLink): void {
  const message = writer.begin(0x6a);
  writer.hex(0x0a, link.traceId);
  writer.hex(0x12, link.spanId);
  if (link.traceState !== "") writer.string(0x1a, link.traceState);
  encodeAttributes(writer, 0x22, link.attributes);
  if (link.dropped !== undefined && link.dropped > 0) writer.uint(0x28, link.dropped);
  writer.fixed32(0x35, link.traceFlags);
  writer.end(message);
}

function encodeStatus(writer: ProtobufWriter, span: FinishedSpan): void {
  if (span.status.code === 0) return;
  const message = writer.begin(0x7a);
  if (span.status.message !== undefined) writer.string(0x12, span.status.message);
  writer.uint(0x18, span.status.code);
  writer.end(message);
}
