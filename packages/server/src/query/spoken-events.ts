import type { Engine } from "../store/engine.ts";
import { type ContentQuestion, type ContentRow, eventMarginNs } from "./content-question.ts";

/** Events in which Claude Code says what was asked and answered; they stay log records, where they are searched. */
const eventNames = [
  "user_prompt",
  "assistant_response",
  "claude_code.user_prompt",
  "claude_code.assistant_response",
];

const maxEvents = 1000;

interface EventRow {
  readonly spanId: string;
  readonly timeNs: string;
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** What log events of Claude Code say of the trace's spans, in the form of content; nothing for other traces. */
export async function readSpokenEvents(
  store: Engine,
  { project, traceId, spans, bounds }: ContentQuestion,
  signal?: AbortSignal,
): Promise<ContentRow[]> {
  if (!spans.some((span) => span.dialect === "claude-code")) return [];
  const rows = await store.query<EventRow>({
    sql: `SELECT lower(hex(span_id)) AS spanId, toUnixTimestamp64Nano(time) AS timeNs, event_name AS name,
  mapFilter((key, value) -> key IN ('prompt', 'response'), attributes) AS attributes
FROM logs
WHERE project = {project:String} AND trace_id = unhex({traceId:String}) AND event_name IN {eventNames:Array(String)}
  AND time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND time <= fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')
  AND span_id IN (SELECT toFixedString(unhex(arrayJoin({spanIds:Array(String)})), 8))
ORDER BY time
LIMIT ${maxEvents}`,
    parameters: {
      project,
      traceId,
      eventNames,
      fromNs: BigInt(bounds.firstStartNs) - eventMarginNs,
      toNs: BigInt(bounds.lastStartNs) + eventMarginNs,
      spanIds: spans.map((span) => span.spanId),
    },
    timeoutMs: 10_000,
    signal,
  });
  return rows.map(({ spanId, ...event }) => ({ spanId, content: { events: JSON.stringify([event]) } }));
}
