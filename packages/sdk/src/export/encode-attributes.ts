import type { AttributeValue } from "@opentelemetry/api";
import type { AttributeTarget } from "../tracing/attribute-target.ts";
import type { ProtobufWriter } from "./protobuf-writer.ts";

/** Past this depth a nested value is written as null: attributes are no place for cyclic objects. */
const maxDepth = 16;

// AnyValue: string 1, bool 2, int 3, double 4, array 5, key-value list 6, bytes 7.
const stringTag = 0x0a;
const boolTag = 0x10;
const intTag = 0x18;
const doubleTag = 0x21;
const arrayTag = 0x2a;
const listTag = 0x32;
const bytesTag = 0x3a;

/** Writes attributes as repeated KeyValue messages under `tag`. Undefined and null values are left out. */
export function encodeAttributes(
  writer: ProtobufWriter,
  tag: number,
  attributes: Readonly<Record<string, unknown>>,
): void {
  for (const key in attributes) {
    const value = attributes[key];
    if (value !== undefined && value !== null) encodeAttribute(writer, tag, key, value);
  }
}

/** Writes attributes one by one as KeyValue messages under `tag`. */
export class AttributeWriter implements AttributeTarget {
  readonly #writer: ProtobufWriter;
  readonly #tag: number;

  constructor(writer: ProtobufWriter, tag: number) {
    this.#writer = writer;
    this.#tag = tag;
  }

  put(name: string, value: AttributeValue): void {
    encodeAttribute(this.#writer, this.#tag, name, value);
  }
}

function encodeAttribute(writer: ProtobufWriter, tag: number, key: string, value: unknown): void {
  if (typeof value === "string") writer.stringPair(tag, key, value);
  else if (typeof value === "number" && value >= 0 && Number.isSafeInteger(value))
    writer.integerPair(tag, key, value);
  else encodeKeyValue({ writer, tag, key, depth: 0 }, value);
}

interface KeyPlace {
  readonly writer: ProtobufWriter;
  readonly tag: number;
  readonly key: string;
  readonly depth: number;
}

function encodeKeyValue({ writer, tag, key, depth }: KeyPlace, value: unknown): void {
  const pair = writer.begin(tag);
  writer.repeatedString(0x0a, key);
  const any = writer.begin(0x12);
  encodeAnyValue(writer, value, depth);
  writer.end(any);
  writer.end(pair);
}

/** Writes the one field of an AnyValue message; nothing, which means null, for what has no form on the wire. */
function encodeAnyValue(writer: ProtobufWriter, value: unknown, depth: number): void {
  switch (typeof value) {
    case "string":
      return writer.string(stringTag, value);
    case "boolean":
      return writer.uint(boolTag, value ? 1 : 0);
    case "number":
      return Number.isSafeInteger(value) ? writer.int64(intTag, value) : writer.double(doubleTag, value);
    case "bigint":
      return writer.string(stringTag, value.toString());
    case "object":
      return encodeObject(writer, value, depth);
    default:
      return undefined;
  }
}

function encodeObject(writer: ProtobufWriter, value: object | null, depth: number): void {
  if (value === null || depth >= maxDepth) return;
  if (value instanceof Uint8Array) return writer.bytes(bytesTag, value);
  if (Array.isArray(value)) {
    const array = writer.begin(arrayTag);
    for (const item of value) {
      const any = writer.begin(0x0a);
      encodeAnyValue(writer, item, depth + 1);
      writer.end(any);
    }
    return writer.end(array);
  }
  const list = writer.begin(listTag);
  for (const [key, item] of Object.entries(value))
    if (item !== undefined) encodeKeyValue({ writer, tag: 0x0a, key, depth: depth + 1 }, item);
  writer.end(list);
}
