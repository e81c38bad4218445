// Fields of OTLP/JSON messages, read without trust: a wrong type is a malformed request, a missing field its zero value.
import { MalformedRequestError } from "./malformed-request-error.ts";
import type { ProtoWriter } from "./proto-writer.ts";

export type JsonObject = Record<string, unknown>;

export function isRecord(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function readJsonBody(body: Buffer): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body.toString("utf8"));
  } catch (cause) {
    throw new MalformedRequestError("the body is not JSON, though its content type says so", { cause });
  }
  if (!isRecord(parsed))
    throw new MalformedRequestError("the body is JSON but not an object: an OTLP request is expected");
  return parsed;
}

export function readList(message: JsonObject, name: string): JsonObject[] {
  const value = message[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new MalformedRequestError(`"${name}" is not an array`);
  for (const item of value)
    if (!isRecord(item)) throw new MalformedRequestError(`"${name}" holds something that is not an object`);
  return value;
}

export function readText(message: JsonObject, name: string): string {
  const value = message[name];
  if (value === undefined || value === null) return "";
  if (typeof value !== "string") throw new MalformedRequestError(`"${name}" is not a string`);
  return value;
}

/** Reads a 64-bit integer given as a string or a number. */
export function readUnsigned(message: JsonObject, name: string): bigint {
  const value = message[name];
  return value === undefined || value === null ? 0n : toInteger(value, name);
}

/** 64 bits take 20 digits and a sign; reading millions of digits takes minutes. */
const mostDigits = 64;

function toInteger(value: unknown, name: string): bigint {
  try {
    if (typeof value === "number") return BigInt(Math.trunc(value));
    if (typeof value === "string" && value.length <= mostDigits) return BigInt(value);
  } catch (cause) {
    throw new MalformedRequestError(`"${name}" is not an integer`, { cause });
  }
  throw new MalformedRequestError(`"${name}" is not an integer`);
}

export function writeKeyValues(
  writer: ProtoWriter,
  field: number,
  attributes: readonly JsonObject[],
  depth = 0,
): void {
  for (const attribute of attributes) {
    writer.message(field, () => {
      writer.text(1, readText(attribute, "key"));
      const { value } = attribute;
      if (isRecord(value)) writer.message(2, () => writeAnyValue(writer, value, depth));
    });
  }
}

const maxDepth = 64;

export function writeAnyValue(writer: ProtoWriter, value: JsonObject, depth: number): void {
  if (depth > maxDepth)
    throw new MalformedRequestError(`an attribute value is nested deeper than ${maxDepth} levels`);
  const { stringValue, boolValue, intValue, doubleValue, arrayValue, kvlistValue, bytesValue } = value;
  if (typeof stringValue === "string") writer.text(1, stringValue);
  else if (typeof boolValue === "boolean") writer.varint(2, boolValue ? 1 : 0);
  else if (intValue != null) writer.varint(3, toInteger(intValue, "intValue"));
  else if (doubleValue != null) writer.double(4, Number(doubleValue));
  else if (isRecord(arrayValue))
    writer.message(5, () => writeArray(writer, readList(arrayValue, "values"), depth));
  else if (isRecord(kvlistValue))
    writer.message(6, () => writeKeyValues(writer, 1, readList(kvlistValue, "values"), depth + 1));
  else if (typeof bytesValue === "string") writer.raw(7, Buffer.from(bytesValue, "base64"));
}

function writeArray(writer: ProtoWriter, values: readonly JsonObject[], depth: number): void {
  for (const value of values) writer.message(1, () => writeAnyValue(writer, value, depth + 1));
}
