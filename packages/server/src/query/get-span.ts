import type { Span } from "@spanlight/contract";
import type { Engine, Query } from "../store/engine.ts";
import { getContents } from "./get-contents.ts";
import type { ExplainCost } from "./get-trace.ts";
import { SPAN_COLUMNS, type SpanRow, toSpan } from "./span-row.ts";
import { findTraceBounds, type TraceBounds } from "./trace-bounds.ts";
import { ONE_PER_SPAN } from "./trace-summaries.ts";

export interface SpanQuestion {
  readonly project: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly explainCost: ExplainCost;
}

/** One span with what was said in it, or undefined where it is not stored. */
export async function getSpan(
  store: Engine,
  question: SpanQuestion,
  signal?: AbortSignal,
): Promise<Span | undefined> {
  const { project, traceId } = question;
  const bounds = await findTraceBounds(store, { project, traceIds: [traceId] }, signal);
  if (bounds === undefined) return undefined;
  const [row] = await store.query<SpanRow>({ ...renderSpan(question, bounds), signal });
  if (row === undefined) return undefined;
  const contents = await getContents(store, { project, traceId, spans: [row], bounds }, signal);
  return toSpan(row, { content: contents.get(row.spanId) ?? {}, cost: question.explainCost(row) });
}

export function renderSpan(question: Omit<SpanQuestion, "explainCost">, bounds: TraceBounds): Query {
  const { project, traceId, spanId } = question;
  return {
    sql: `SELECT
${SPAN_COLUMNS}
FROM spans
WHERE project = {project:String} AND trace_id = unhex({traceId:String}) AND span_id = unhex({spanId:String})
  AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')
${ONE_PER_SPAN}`,
    parameters: {
      project,
      traceId,
      spanId,
      firstStartNs: bounds.firstStartNs,
      lastStartNs: bounds.lastStartNs,
    },
    timeoutMs: 10_000,
  };
}
