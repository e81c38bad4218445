import { type ContentMap, parseText } from "../messages/content-map.ts";
import type { Engine, Query } from "../store/engine.ts";
import { type ContentQuestion, type ContentRow, eventMarginNs } from "./content-question.ts";
import { readSpokenEvents } from "./spoken-events.ts";

/** A span that was sent twice has its content twice, and each of its log events has a row; more than this many are not shown. */
const maxRowsPerSpan = 100;

/** What was said in the spans, by span id: on the spans themselves and in the log events that belong to them. */
export async function getContents(
  store: Engine,
  question: ContentQuestion,
  signal?: AbortSignal,
): Promise<Map<string, ContentMap>> {
  const [rows, spoken] = await Promise.all([
    store.query<ContentRow>({ ...renderContents(question), signal }),
    readSpokenEvents(store, question, signal),
  ]);
  const contents = new Map<string, ContentMap>();
  for (const { spanId, content } of [...rows, ...spoken]) {
    const before = contents.get(spanId);
    contents.set(spanId, before === undefined ? content : mergeContents(before, content));
  }
  return contents;
}

/** The row that says most comes first: later ones add what it does not have, and their events. */
export function mergeContents(first: ContentMap, second: ContentMap): ContentMap {
  const { events: firstEvents, ...own } = first;
  const { events: secondEvents, ...others } = second;
  const merged = { ...others, ...own };
  const events = [...new Set([...readEvents(firstEvents), ...readEvents(secondEvents)])];
  return events.length === 0 ? merged : { ...merged, events: `[${events.join(",")}]` };
}

/** The events of a row, each as JSON text, so that equal ones are known. */
function readEvents(text: string | undefined): string[] {
  const events: unknown = text === undefined ? [] : parseText(text);
  return Array.isArray(events) ? events.map((event) => JSON.stringify(event)) : [];
}

/** Contents lie by conversation: the session's id, else the trace's. */
export function renderContents({ project, traceId, spans, bounds }: ContentQuestion): Query {
  const sessions = spans.map((row) => row.sessionId).filter((session) => session !== "");
  return {
    sql: `SELECT lower(hex(span_id)) AS spanId, content
FROM contents
WHERE project = {project:String} AND conversation IN {conversations:Array(String)} AND trace_id = unhex({traceId:String})
  AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')
  AND span_id IN (SELECT toFixedString(unhex(arrayJoin({spanIds:Array(String)})), 8))
ORDER BY span_id, length(content) DESC, block DESC
LIMIT ${maxRowsPerSpan} BY span_id`,
    parameters: {
      project,
      traceId,
      conversations: [...new Set([traceId, ...sessions])],
      firstStartNs: bounds.firstStartNs,
      lastStartNs: String(BigInt(bounds.lastStartNs) + eventMarginNs),
      spanIds: spans.map((row) => row.spanId),
    },
    timeoutMs: 15_000,
  };
}
