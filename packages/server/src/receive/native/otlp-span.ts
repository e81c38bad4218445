// Spans of foreign bodies as OTLP: attributes in the words that the SDK's own OpenTelemetry mode uses, so that one dialect reads both.
import { isRecord } from "../../decode/json-fields.ts";
import { ProtoWriter } from "../../decode/proto-writer.ts";

/** An attribute's value: text, number, truth, or a list of texts. */
export type OtlpValue = string | number | boolean | readonly string[];

/** Attributes; what is undefined or an empty text is left out. */
export type OtlpAttributes = Readonly<Record<string, OtlpValue | undefined>>;

export interface OtlpSpan {
  readonly service: string;
  readonly scope: { readonly name: string; readonly version: string };
  readonly traceId: string;
  readonly spanId: string;
  /** Empty = root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly error: { readonly type: string; readonly message: string } | undefined;
  readonly attributes: OtlpAttributes;
}

/** Encodes an ExportTraceServiceRequest. */
export function encodeSpans(spans: readonly OtlpSpan[]): Buffer {
  const writer = new ProtoWriter();
  for (const group of groupBy(spans, ({ service, scope }) => `${service}\n${scope.name}\n${scope.version}`)) {
    const [first] = group;
    if (first === undefined) continue;
    writer.message(1, () => {
      writer.message(1, () => writeAttributes(writer, 1, { "service.name": first.service }));
      writer.message(2, () => {
        writer.message(1, () => {
          writer.text(1, first.scope.name);
          writer.text(2, first.scope.version);
        });
        for (const span of group) writer.message(2, () => writeSpan(writer, span));
      });
    });
  }
  return writer.finish();
}

function writeSpan(writer: ProtoWriter, span: OtlpSpan): void {
  const { error } = span;
  writer.raw(1, Buffer.from(span.traceId, "hex"));
  writer.raw(2, Buffer.from(span.spanId, "hex"));
  if (span.parentSpanId !== "") writer.raw(4, Buffer.from(span.parentSpanId, "hex"));
  writer.text(5, span.name);
  writer.varint(6, 1);
  writer.fixed64(7, span.startNs);
  writer.fixed64(8, span.endNs);
  writeAttributes(writer, 9, { ...span.attributes, "error.type": error?.type });
  if (error === undefined) return;
  writer.message(15, () => {
    writer.text(2, error.message);
    writer.varint(3, 2);
  });
}

export function writeAttributes(writer: ProtoWriter, field: number, attributes: OtlpAttributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    if (value === undefined || value === "") continue;
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: ProtoWriter, value: OtlpValue): void {
  if (typeof value === "string") writer.text(1, value);
  else if (typeof value === "boolean") writer.varint(2, value ? 1 : 0);
  else if (typeof value !== "number")
    writer.message(5, () => value.forEach((item) => writer.message(1, () => writer.text(1, item))));
  else if (Number.isSafeInteger(value)) writer.varint(3, value);
  else writer.double(4, value);
}

/** The entries of an object as attributes below a prefix; what is no plain value becomes JSON. */
export function spreadAttributes(prefix: string, object: unknown): OtlpAttributes {
  if (!isRecord(object)) return {};
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [`${prefix}${key}`, toPlainValue(value)]),
  );
}

function toPlainValue(value: unknown): OtlpValue | undefined {
  if (typeof value === "string" || typeof value === "boolean" || typeof value === "number") return value;
  return value === null || value === undefined ? undefined : JSON.stringify(value);
}

function groupBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}
