import { setImmediate as nextTurn } from "node:timers/promises";
import type { Engine, Query } from "../../store/engine.ts";
import type { ColumnBlock } from "../../store/native/column.ts";
import { readBlocks } from "../../store/native/read-blocks.ts";
import type { TraceBounds } from "../trace-bounds.ts";
import { findGivenName } from "../trace-name.ts";
import { createOutlineTotals } from "./outline-totals.ts";
import { createSpanWriter } from "./write-outline-spans.ts";

export interface OutlineQuestion {
  readonly project: string;
  readonly traceId: string;
  readonly bounds: TraceBounds;
  /** Past this the trace is cut: the earliest spans are shown. */
  readonly maxSpans: number;
}

/** Spans written in one go; other requests are served in between. 500 take about 2 ms. */
const SPANS_PER_PIECE = 500;

/**
 * Writes a trace as the JSON of the API without what was said, attributes, resources, events, links and bills: the spans
 * first, the totals behind them. `write` may wait for who reads.
 */
export async function streamOutline(
  store: Engine,
  question: OutlineQuestion,
  write: (text: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  const { traceId, maxSpans } = question;
  // All of it first, some 20 MB at most: who reads slowly must not keep the store waiting.
  const blocks: ColumnBlock[] = [];
  const [givenName] = await Promise.all([
    findGivenName(store, question, signal),
    store.queryNative({ ...renderOutline(question), signal }, (bytes) => {
      blocks.push(...readBlocks(bytes));
    }),
  ]);
  const totals = createOutlineTotals();
  let written = 0;
  await write(`{"traceId":"${traceId}","contentIncluded":false,"detailIncluded":false,"spans":[`);
  for (const block of blocks) {
    totals.add(block);
    const writeSpan = createSpanWriter(block);
    const rows = Math.min(block.rows, maxSpans - written);
    for (let from = 0; from < rows; from += SPANS_PER_PIECE) {
      const piece: string[] = [];
      for (let row = from; row < Math.min(rows, from + SPANS_PER_PIECE); row += 1) piece.push(writeSpan(row));
      await write((written === 0 ? "" : ",") + piece.join(","));
      written += piece.length;
      await nextTurn();
    }
  }
  const whole = totals.finish(givenName);
  const rest = JSON.stringify({ truncated: (whole?.spanCount ?? 0) > maxSpans, ...whole });
  await write(`],${rest.slice(1)}`);
}

export function renderOutline({ project, traceId, bounds, maxSpans }: OutlineQuestion): Query {
  return {
    sql: `SELECT * EXCEPT (trace_id, start_time, ended_ns, said, block, content_bytes),
  parent_span_id = toFixedString('', 8) AS is_root, toUInt32(toUnixTimestamp(start_time)) AS start_seconds,
  toUInt32(toUnixTimestamp64Nano(start_time) % 1000000000) AS start_nanoseconds, content_bytes > 0 AS has_content
FROM (
  SELECT trace_id, span_id, parent_span_id, start_time, duration_ns, name, kind, status, status_message, error_type, service,
    scope_name, scope_version, dialect, span_type, operation, provider, request_model, response_model, endpoint, user_id,
    tenant_id, session_id, prompt_name, prompt_version, agent_name, tool_name, finish_reasons, input_tokens, output_tokens,
    cache_read_tokens, cache_write_tokens, reasoning_tokens, usage_estimated, billed, cost_usd, unpriced, ttft_ms, content_bytes,
    toUnixTimestamp64Nano(start_time) + duration_ns AS ended_ns, length(rest_attributes) + length(column_attributes) AS said, block
  FROM spans
  WHERE project = {project:String} AND trace_id = unhex({traceId:String})
    AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')
  ORDER BY span_id, ended_ns DESC, said DESC, block DESC
  LIMIT 1 BY span_id
)
ORDER BY start_time, parent_span_id != toFixedString('', 8), span_id
LIMIT {maxSpans:UInt32}`,
    parameters: {
      project,
      traceId,
      firstStartNs: bounds.firstStartNs,
      lastStartNs: bounds.lastStartNs,
      maxSpans: maxSpans + 1,
    },
    timeoutMs: 20_000,
  };
}

/** How many spans of a trace are stored, those that came twice counted twice. */
export async function countSpans(
  store: Engine,
  { project, traceId, bounds }: Pick<OutlineQuestion, "project" | "traceId" | "bounds">,
  signal?: AbortSignal,
): Promise<number> {
  const [row] = await store.query<{ spans: number }>({
    sql: `SELECT toFloat64(count()) AS spans FROM spans
WHERE project = {project:String} AND trace_id = unhex({traceId:String})
  AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')`,
    parameters: { project, traceId, firstStartNs: bounds.firstStartNs, lastStartNs: bounds.lastStartNs },
    timeoutMs: 20_000,
    signal,
  });
  return row?.spans ?? 0;
}
