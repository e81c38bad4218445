// Images, audio and files that an SDK uploaded apart from what was said, put back to where it refers to them; what is attached to a span
// and referred to nowhere stands with what went in.
import type { Message, MessagePart } from "@spanlight/contract";
import { type ContentMap, isRecord, parseText, readValue } from "./content-map.ts";
import { readEvents } from "./read-events.ts";

/** Langfuse's references, Traceloop's addresses, Opik's names in brackets: each with the id of a file. */
const references: ReadonlyArray<{ readonly form: RegExp; readonly isMedia: boolean }> = [
  { form: /^@@@langfuseMedia:type=(?<type>[^|]*)\|id=(?<id>[^|]*)\|source=[^@]*@@@$/, isMedia: true },
  { form: /\/v2\/traces\/[0-9a-f]{32}\/spans\/[0-9a-f]{16}\/images\/(?<id>[\w.-]+)$/, isMedia: false },
  { form: /^\[(?<id>[^[\]]+)\]$/, isMedia: false },
];

/** Where Opik's SDK took a file out of what came out. */
const outputName = /^output-attachment-/;

/** A file of a span; bytes that were too many are not kept. */
interface Media {
  readonly id: string;
  readonly mimeType: string;
  readonly content: string | undefined;
  readonly isAttached: boolean;
}

interface Messages {
  readonly inputMessages: Message[];
  readonly outputMessages: Message[];
}

/** True where the content refers to media or brings them. */
export function hasMedia(content: ContentMap): boolean {
  return Object.entries(content).some(
    ([key, text]) =>
      key === "spanlight.media" || text.includes("@@@langfuseMedia:") || text.includes('"spanlight.media"'),
  );
}

/** The messages with the media themselves where they were uploaded, else with what is known of them. */
export function resolveMedia({ inputMessages, outputMessages }: Messages, content: ContentMap): Messages {
  const media = readMedia(content);
  const shown = new Set<string>();
  const resolve = (messages: readonly Message[]): Message[] =>
    messages.map((message) => ({
      ...message,
      parts: message.parts.map((part) => resolvePart(part, media, shown)),
    }));
  const [input, output] = [resolve(inputMessages), resolve(outputMessages)];
  const attached = [...media.values()].filter(({ id, isAttached }) => isAttached && !shown.has(id));
  const [out, into] = [
    attached.filter(({ id }) => outputName.test(id)),
    attached.filter(({ id }) => !outputName.test(id)),
  ];
  return {
    inputMessages: attach(input, into, "user"),
    outputMessages: attach(output, out, "assistant"),
  };
}

function resolvePart(part: MessagePart, media: ReadonlyMap<string, Media>, shown: Set<string>): MessagePart {
  for (const name of ["uri", "content", "file_id"]) {
    const text = part[name];
    const found = typeof text === "string" ? findReference(text.trim(), media) : undefined;
    if (found === undefined) continue;
    shown.add(found.id);
    return toPart(found);
  }
  return part;
}

/** The file that a text refers to; undefined where it refers to none. */
function findReference(text: string, media: ReadonlyMap<string, Media>): Media | undefined {
  for (const { form, isMedia } of references) {
    const { id, type = "" } = form.exec(text)?.groups ?? {};
    if (id === undefined) continue;
    const uploaded = media.get(id);
    if (uploaded !== undefined) return { ...uploaded, mimeType: type || uploaded.mimeType };
    if (isMedia) return { id, mimeType: type, content: undefined, isAttached: false };
  }
  return undefined;
}

function toPart({ id, mimeType, content, isAttached }: Media): MessagePart {
  const base = { modality: modalityOf(mimeType), mime_type: mimeType };
  if (content === undefined) return { type: "file", ...base, file_id: id };
  return { type: "blob", ...base, content, ...(isAttached ? { name: id } : {}) };
}

/** Puts files to the last message of the role, or into one of their own. */
function attach(messages: Message[], media: readonly Media[], role: string): Message[] {
  if (media.length === 0) return messages;
  const parts = media.map(toPart);
  const last = messages.at(-1);
  if (last?.role !== role) return [...messages, { role, parts }];
  return [...messages.slice(0, -1), { ...last, parts: [...last.parts, ...parts] }];
}

function modalityOf(mimeType: string): string {
  const [kind = ""] = mimeType.split("/");
  return ["image", "audio", "video"].includes(kind) ? kind : "document";
}

/** The files by what refers to them: those of events, and those that came with the span itself. */
function readMedia(content: ContentMap): Map<string, Media> {
  const own = readValue(content, "spanlight.media");
  const told = readEvents(content).map(({ attributes }) => {
    const said = attributes["spanlight.media"];
    return typeof said === "string" ? parseText(said) : said;
  });
  const all = [...(Array.isArray(own) ? (own as unknown[]) : []), ...told].filter(isRecord);
  return new Map(all.flatMap(toMedia).map((media) => [media.id, media]));
}

function toMedia({ id, mime_type, content, attached }: Record<string, unknown>): Media[] {
  if (typeof id !== "string") return [];
  return [
    {
      id,
      mimeType: typeof mime_type === "string" ? mime_type : "",
      content: typeof content === "string" ? content : undefined,
      isAttached: attached === true,
    },
  ];
}
