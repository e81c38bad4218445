/** A span as it stands on the wire, in plain JavaScript. Independent of the encoder: written from the .proto files alone. */
export interface WireSpan {
  scope: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  traceState: string;
  name: string;
  kind: number;
  startNs: bigint;
  endNs: bigint;
  attributes: Record<string, unknown>;
  events: { name: string; timeNs: bigint; attributes: Record<string, unknown> }[];
  links: { traceId: string; spanId: string; attributes: Record<string, unknown> }[];
  status: { code: number; message: string };
  flags: number;
  droppedAttributes: number;
}

export interface WireRequest {
  resource: Record<string, unknown>;
  spans: WireSpan[];
}

/** A field of a protobuf message. */
export type Field = { number: number; value: bigint | Buffer };

/** Every field of a message, in order. Throws on bytes that are no protobuf. */
export function* readFields(bytes: Buffer): Generator<Field> {
  let position = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[position++];
      if (byte === undefined) throw new Error("truncated varint");
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (position < bytes.length) {
    const tag = varint();
    const number = Number(tag >> 3n);
    switch (Number(tag & 7n)) {
      case 0:
        yield { number, value: varint() };
        break;
      case 1:
        yield { number, value: bytes.readBigUInt64LE(position) };
        position += 8;
        break;
      case 2: {
        const size = Number(varint());
        if (position + size > bytes.length) throw new Error("truncated field");
        yield { number, value: bytes.subarray(position, position + size) };
        position += size;
        break;
      }
      case 5:
        yield { number, value: BigInt(bytes.readUInt32LE(position)) };
        position += 4;
        break;
      default:
        throw new Error(`wire type ${tag & 7n}`);
    }
  }
}

/** The number these 64 bits are. */
export const readDouble = (bits: bigint): number => {
  const buffer = Buffer.alloc(8);
  buffer.writeBigUInt64LE(bits);
  return buffer.readDoubleLE();
};

export function readAny(bytes: Buffer): unknown {
  for (const { number, value } of readFields(bytes)) {
    if (number === 1) return (value as Buffer).toString();
    if (number === 2) return value === 1n;
    if (number === 3) return Number(BigInt.asIntN(64, value as bigint));
    if (number === 4) return readDouble(value as bigint);
    if (number === 5) return [...readFields(value as Buffer)].map((item) => readAny(item.value as Buffer));
    if (number === 6) return readAttributes([...readFields(value as Buffer)], 1);
    if (number === 7) return Buffer.from(value as Buffer);
  }
  return null;
}

export function readAttributes(fields: Field[], number: number): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const field of fields) {
    if (field.number !== number) continue;
    let key = "";
    let value: unknown = null;
    for (const part of readFields(field.value as Buffer)) {
      if (part.number === 1) key = (part.value as Buffer).toString();
      if (part.number === 2) value = readAny(part.value as Buffer);
    }
    attributes[key] = value;
  }
  return attributes;
}

function readSpan(bytes: Buffer, scope: string): WireSpan {
  const fields = [...readFields(bytes)];
  const one = (number: number): bigint | Buffer | undefined =>
    fields.find((field) => field.number === number)?.value;
  const text = (number: number): string => (one(number) as Buffer | undefined)?.toString() ?? "";
  const hex = (number: number): string => (one(number) as Buffer | undefined)?.toString("hex") ?? "";
  const int = (number: number): bigint => (one(number) as bigint | undefined) ?? 0n;
  const nested = (number: number): Field[][] =>
    fields.filter((field) => field.number === number).map((field) => [...readFields(field.value as Buffer)]);
  const of = (list: Field[], number: number): bigint | Buffer | undefined =>
    list.find((field) => field.number === number)?.value;
  const status = nested(15)[0] ?? [];
  return {
    scope,
    traceId: hex(1),
    spanId: hex(2),
    traceState: text(3),
    parentSpanId: hex(4),
    name: text(5),
    kind: Number(int(6)),
    startNs: int(7),
    endNs: int(8),
    attributes: readAttributes(fields, 9),
    droppedAttributes: Number(int(10)),
    events: nested(11).map((event) => ({
      timeNs: of(event, 1) as bigint,
      name: (of(event, 2) as Buffer).toString(),
      attributes: readAttributes(event, 3),
    })),
    links: nested(13).map((link) => ({
      traceId: (of(link, 1) as Buffer).toString("hex"),
      spanId: (of(link, 2) as Buffer).toString("hex"),
      attributes: readAttributes(link, 4),
    })),
    status: {
      code: Number((of(status, 3) as bigint | undefined) ?? 0n),
      message: (of(status, 2) as Buffer | undefined)?.toString() ?? "",
    },
    flags: Number(int(16)),
  };
}

/** Reads the bytes of an OTLP ExportTraceServiceRequest. */
export function decodeTraceRequest(body: Buffer): WireRequest {
  const request: WireRequest = { resource: {}, spans: [] };
  for (const resourceSpans of readFields(body)) {
    const fields = [...readFields(resourceSpans.value as Buffer)];
    for (const { number, value } of fields) {
      if (number === 1) request.resource = readAttributes([...readFields(value as Buffer)], 1);
      if (number !== 2) continue;
      const scopeSpans = [...readFields(value as Buffer)];
      const scope = scopeSpans.find((field) => field.number === 1)?.value as Buffer;
      const name = [...readFields(scope)].find((field) => field.number === 1)?.value as Buffer;
      const spans = scopeSpans.filter((field) => field.number === 2);
      request.spans.push(...spans.map((span) => readSpan(span.value as Buffer, name.toString())));
    }
  }
  return request;
}
