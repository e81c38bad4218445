import type { RetrievedDocument } from "@spanlight/contract";
import { isRecord, parseText, toText } from "./content-map.ts";

/** Documents in any form: a list of texts or of objects with some of id, content, score; unknown fields are kept. */
export function toDocuments(value: unknown): RetrievedDocument[] {
  const list = isRecord(value) && Array.isArray(value["documents"]) ? value["documents"] : value;
  if (list === undefined || list === null) return [];
  return (Array.isArray(list) ? list : [list]).map((item) => toDocument(item));
}

function toDocument(item: unknown): RetrievedDocument {
  if (!isRecord(item)) return { content: toText(item) };
  const { id, content, text, pageContent, page_content, score, metadata, ...rest } = item;
  const body = content ?? text ?? pageContent ?? page_content;
  return {
    ...rest,
    ...(id == null ? {} : { id: toText(id) }),
    ...(body == null ? {} : { content: toText(body) }),
    ...(score == null || !Number.isFinite(Number(score)) ? {} : { score: Number(score) }),
    ...(metadata == null ? {} : { metadata: typeof metadata === "string" ? parseText(metadata) : metadata }),
  };
}
