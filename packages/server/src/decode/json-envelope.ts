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
  const request = readJsonBody(body);
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
