// What a resource or a scope says once for all of its spans.
import { Vocabulary } from "../columns/vocabulary.ts";
import { readKeyValues, type AttributeValue } from "../decode/read-value.ts";
import { Cursor } from "../decode/wire.ts";
import { toName, toWord, type Word } from "../normalise/words.ts";

export interface ResourceWords {
  readonly service: Word;
  readonly environment: Word;
  readonly release: Word;
  /** All attributes as a JSON object. */
  readonly json: Word;
}

export interface ScopeWords {
  readonly name: Word;
  readonly version: Word;
}

const resources = new Vocabulary(
  (bytes, start, end): ResourceWords => toResource(readKeyValues(bytes, { start, end, field: 0x0a })),
  2048,
);
const scopes = new Vocabulary((bytes, start, end): ScopeWords => readScope(bytes, start, end), 2048);

const unknownService = "unknown_service";
const noResource = toResource({});
const noScope: ScopeWords = { name: toWord(""), version: toWord("") };

/** Reads a Resource message; absent (-1) and empty ones are the unknown service. */
export function readResource(bytes: Buffer, start: number, end: number): ResourceWords {
  return end > start ? resources.find(bytes, start, end) : noResource;
}

/** Reads an InstrumentationScope message. */
export function readScopeWords(bytes: Buffer, start: number, end: number): ScopeWords {
  return end > start ? scopes.find(bytes, start, end) : noScope;
}

function toResource(attributes: { [key: string]: AttributeValue }): ResourceWords {
  const text = (...keys: string[]): string => {
    for (const key of keys) {
      const value = attributes[key];
      if (typeof value === "string" && value !== "") return value;
    }
    return "";
  };
  return {
    service: toWord(toName(nameService(text("service.name"), text("openinference.project.name")))),
    environment: toWord(toName(text("deployment.environment.name", "deployment.environment"))),
    release: toWord(toName(text("service.version"))),
    json: toWord(JSON.stringify(attributes)),
  };
}

/** Phoenix names a project where others name a service; SDKs of OpenTelemetry fill in `unknown_service:node` by themselves. */
function nameService(name: string, project: string): string {
  const isNamed = name !== "" && !name.startsWith(unknownService);
  return isNamed || project === "" ? name || unknownService : project;
}

function readScope(bytes: Buffer, start: number, end: number): ScopeWords {
  const cursor = new Cursor(bytes);
  cursor.position = start;
  cursor.end = end;
  let name = "";
  let version = "";
  while (cursor.position < end) {
    const tag = cursor.varint();
    if (tag !== 0x0a && tag !== 0x12) {
      cursor.skipField(tag);
      continue;
    }
    const contentEnd = cursor.contentEnd();
    const text = bytes.toString("utf8", cursor.position, contentEnd);
    if (tag === 0x0a) name = text;
    else version = text;
    cursor.position = contentEnd;
  }
  return { name: toWord(name), version: toWord(version) };
}
