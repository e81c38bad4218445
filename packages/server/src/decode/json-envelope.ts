// OTLP/JSON becomes OTLP/protobuf, so that everything after this door reads one format.
// Source: OTLP specification 1.9, "JSON Protobuf Encoding": lowerCamelCase names, ids in hex, 64-bit integers as strings or numbers.
import {
  isRecord,
  readJsonBody,
  readList,
  readText,
  writeKeyValues,
  type JsonObject,
} from "./json-fields.ts";
import { MalformedRequestError } from "./malformed-request-error.ts";
import { ProtoWriter } from "./proto-writer.ts";

/** What a signal calls its three levels. */
export interface EnvelopeNames {
  readonly resources: string;
  readonly scopes: string;
  readonly items: string;
}

/** Encodes an export request given as JSON text. Throws MalformedRequestError for anything else. */
export function encodeJsonEnvelope(
  body: Buffer,
  names: EnvelopeNames,
  writeItem: (writer: ProtoWriter, item: JsonObject) => void,
): Buffer {
  const request = readRequest(body, names);
  const writer = new ProtoWriter();
  for (const holder of readList(request, names.resources)) {
    writer.message(1, () => {
      const resource = holder["resource"];
      if (isRecord(resource))
        writer.message(1, () => writeKeyValues(writer, 1, readList(resource, "attributes")));
      for (const scoped of readList(holder, names.scopes)) {
        writer.message(2, () => {
          writeScope(writer, scoped["scope"]);
          for (const item of readList(scoped, names.items)) writer.message(2, () => writeItem(writer, item));
        });
      }
    });
  }
  return writer.finish();
}

/** Protobuf's own JSON writers may keep the fields' original names (`resource_spans`), which readers of that JSON have to take too. */
function readRequest(body: Buffer, { resources }: EnvelopeNames): JsonObject {
  const request = readJsonBody(body);
  const original = resources.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return original in request && !(resources in request) ? renameFields(request, 0) : request;
}

/** Deeper than any request is: attribute values end at 64 levels of three objects each. */
const maxFieldDepth = 256;

function renameFields(message: JsonObject, depth: number): JsonObject {
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
      renameValue(value, depth),
    ]),
  );
}

function renameValue(value: unknown, depth: number): unknown {
  if (depth > maxFieldDepth) throw new MalformedRequestError("the body is nested too deeply");
  if (Array.isArray(value)) return value.map((item: unknown) => renameValue(item, depth + 1));
  return isRecord(value) ? renameFields(value, depth + 1) : value;
}

function writeScope(writer: ProtoWriter, scope: unknown): void {
  if (!isRecord(scope)) return;
  writer.message(1, () => {
    writer.text(1, readText(scope, "name"));
    writer.text(2, readText(scope, "version"));
    writeKeyValues(writer, 3, readList(scope, "attributes"));
  });
}

/** The specification wants enums as numbers; some exporters send the names. Anything else is the zero value. */
export function readEnum(value: unknown, names: readonly string[]): number {
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value;
  return typeof value === "string" ? Math.max(0, names.indexOf(value)) : 0;
}
