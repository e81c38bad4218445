import type { Message, MessagePart } from "@spanlight/contract";
import { type ContentMap, isRecord, parseText } from "./content-map.ts";
import { readEvents } from "./read-events.ts";

const reference = /^@@@langfuseMedia:type=([^|]*)\|id=([^|]*)\|source=[^@]*@@@$/;

/** True where Langfuse's SDK has put references in the place of media. */
export function refersToMedia(content: ContentMap): boolean {
  return Object.values(content).some((text) => text.includes("@@@langfuseMedia:"));
}

/** The messages with the media themselves where they were uploaded, else with what is known of them. */
export function resolveMedia(messages: readonly Message[], content: ContentMap): Message[] {
  const uploaded = readUploaded(content);
  return messages.map((message) => ({
    ...message,
    parts: message.parts.map((part) => resolvePart(part, uploaded)),
  }));
}

function resolvePart(part: MessagePart, uploaded: ReadonlyMap<string, string>): MessagePart {
  for (const name of ["uri", "content", "file_id"]) {
    const text = part[name];
    const match = typeof text === "string" ? reference.exec(text.trim()) : null;
    if (match === null) continue;
    const [, mimeType = "", id = ""] = match;
    const bytes = uploaded.get(id);
    const base = { modality: modalityOf(mimeType), mime_type: mimeType };
    return bytes === undefined
      ? { type: "file", ...base, file_id: id }
      : { type: "blob", ...base, content: bytes };
  }
  return part;
}

function modalityOf(mimeType: string): string {
  const [kind = ""] = mimeType.split("/");
  return ["image", "audio", "video"].includes(kind) ? kind : "document";
}

/** Base64 by the name that stands in the reference. */
function readUploaded(content: ContentMap): Map<string, string> {
  const uploaded = new Map<string, string>();
  for (const { attributes } of readEvents(content)) {
    const said = attributes["langfuse.media"];
    const media = typeof said === "string" ? parseText(said) : said;
    if (!isRecord(media)) continue;
    const { id, content: bytes } = media;
    if (typeof id === "string" && typeof bytes === "string") uploaded.set(id, bytes);
  }
  return uploaded;
}
