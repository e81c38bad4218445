import type { ContentMap } from "../messages/content-map.ts";
import type { Engine, Query } from "../store/engine.ts";
import type { SpanRow } from "./span-row.ts";
import type { TraceBounds } from "./trace-bounds.ts";

interface ContentQuestion {
  readonly project: string;
  readonly traceId: string;
  readonly spans: ReadonlyArray<Pick<SpanRow, "spanId" | "sessionId" | "contentBytes">>;
  readonly bounds: TraceBounds;
}

interface ContentRow {
  readonly spanId: string;
  readonly content: ContentMap;
}

/** What was said in the spans that have content, by span id. */
export async function getContents(
  store: Engine,
  question: ContentQuestion,
  signal?: AbortSignal,
): Promise<Map<string, ContentMap>> {
  const spans = question.spans.filter((row) => row.contentBytes > 0);
  if (spans.length === 0) return new Map();
  const rows = await store.query<ContentRow>({ ...renderContents({ ...question, spans }), signal });
  return new Map(rows.map((row) => [row.spanId, row.content]));
}

/** Contents lie by conversation: the session's id, else the trace's. */
export function renderContents({ project, traceId, spans, bounds }: ContentQuestion): Query {
  const conversations = [...new Set(spans.map((row) => (row.sessionId === "" ? traceId : row.sessionId)))];
  return {
    sql: `SELECT lower(hex(span_id)) AS spanId, content
FROM contents
WHERE project = {project:String} AND conversation IN {conversations:Array(String)} AND trace_id = unhex({traceId:String})
  AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')
  AND span_id IN (SELECT toFixedString(unhex(arrayJoin({spanIds:Array(String)})), 8))
ORDER BY span_id, length(content) DESC, block DESC
LIMIT 1 BY span_id`,
    parameters: {
      project,
      traceId,
      conversations,
      firstStartNs: bounds.firstStartNs,
      lastStartNs: bounds.lastStartNs,
      spanIds: spans.map((row) => row.spanId),
    },
    timeoutMs: 15_000,
  };
}
