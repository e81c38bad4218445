import { type ContentMap, isRecord, readValue } from "./content-map.ts";

/** A `gen_ai.*` event of a span, sent on the span itself or as a log record. */
export interface GenAiEvent {
  readonly name: string;
  readonly attributes: Record<string, unknown>;
}

export function readEvents(content: ContentMap): GenAiEvent[] {
  const events = readValue(content, "events");
  if (!Array.isArray(events)) return [];
  return events.filter(isRecord).map((event) => ({
    name: typeof event["name"] === "string" ? event["name"] : "",
    attributes: isRecord(event["attributes"]) ? event["attributes"] : {},
  }));
}
