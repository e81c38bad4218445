import type { CostLine, Span, Trace } from "@spanlight/contract";
import type { Engine, Query } from "../store/engine.ts";
import { getContents } from "./get-contents.ts";
import { countSpans, streamOutline } from "./outline/stream-outline.ts";
import { ONE_PER_SPAN } from "./trace-summaries.ts";
import { readAttributeMap } from "./stored-values.ts";
import { findTraceBounds, type TraceBounds } from "./trace-bounds.ts";
import { nameTrace, readGivenName } from "./trace-name.ts";
import { orNull, ROOT_PARENT_ID, SPAN_COLUMNS, type SpanRow, toSpan } from "./span-row.ts";

/** Past this a trace is cut: the earliest spans are shown. */
export const MAX_SPANS = 100_000;
/** Traces with more spans than this come without what was said; a span's content is asked for by itself. */
const MAX_SPANS_WITH_CONTENT = 1_000;

/** What a span's bill is made of: tokens of a class times their price, and whose prices they are. */
export type ExplainCost = (span: SpanRow) => { lines: CostLine[]; pricedBy: Span["pricedBy"] };

export interface TraceQuestion {
  readonly project: string;
  readonly traceId: string;
  /** False leaves out messages, documents, tool arguments and results. */
  readonly withContent: boolean;
  readonly explainCost: ExplainCost;
  /** Where its spans lie, for who knows it already. */
  readonly bounds?: TraceBounds | undefined;
}

/** Traces with more spans than this come in outline: at 2 KB a span nobody reads them all. */
const MAX_SPANS_WITH_DETAIL = 5_000;

/** Where the spans of a trace lie, and whether they are so many that they come in outline. */
export interface TraceSize {
  readonly bounds: TraceBounds;
  readonly isLarge: boolean;
}

/** Undefined where no span of the trace is stored. */
export async function measureTrace(
  store: Engine,
  { project, traceId }: Pick<TraceQuestion, "project" | "traceId">,
  signal?: AbortSignal,
): Promise<TraceSize | undefined> {
  const bounds = await findTraceBounds(store, { project, traceIds: [traceId] }, signal);
  if (bounds === undefined) return undefined;
  const spans = await countSpans(store, { project, traceId, bounds }, signal);
  return { bounds, isLarge: spans > MAX_SPANS_WITH_DETAIL };
}

/** Writes a large trace in outline as the JSON of the API, piece by piece. */
export function streamTrace(
  store: Engine,
  question: { readonly project: string; readonly traceId: string; readonly bounds: TraceBounds },
  write: (text: string) => Promise<void>,
  signal?: AbortSignal,
): Promise<void> {
  return streamOutline(store, { ...question, maxSpans: MAX_SPANS }, write, signal);
}

/** A trace with its spans in order of start, or undefined where no span of it is stored. */
export async function getTrace(
  store: Engine,
  question: TraceQuestion,
  signal?: AbortSignal,
): Promise<Trace | undefined> {
  const { project, traceId } = question;
  const bounds = question.bounds ?? (await findTraceBounds(store, { project, traceIds: [traceId] }, signal));
  if (bounds === undefined) return undefined;
  const rows = await store.query<SpanRow>({ ...renderTrace(question, bounds), signal });
  const head = rows.find((row) => row.parentSpanId === ROOT_PARENT_ID) ?? rows[0];
  if (head === undefined) return undefined;
  const spans = rows.slice(0, MAX_SPANS);
  const hasContent = question.withContent && rows.length <= MAX_SPANS_WITH_CONTENT;
  const contents = hasContent
    ? await getContents(store, { project, traceId, spans, bounds }, signal)
    : undefined;
  return {
    ...summarise(rows, head),
    traceId,
    contentIncluded: hasContent,
    truncated: rows.length > MAX_SPANS,
    spans: spans.map((row) =>
      toSpan(row, { content: contents?.get(row.spanId) ?? {}, cost: question.explainCost(row) }),
    ),
  };
}

export function renderTrace(
  { project, traceId }: { project: string; traceId: string },
  bounds: TraceBounds,
): Query {
  return {
    sql: `SELECT
${SPAN_COLUMNS}
FROM (
  SELECT *, attributes, attribute_types FROM spans
  WHERE project = {project:String} AND trace_id = unhex({traceId:String})
    AND start_time >= fromUnixTimestamp64Nano({firstStartNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({lastStartNs:Int64}, 'UTC')
  ${ONE_PER_SPAN}
)
ORDER BY start_time, parent_span_id != toFixedString('', 8), span_id
LIMIT {maxSpans:UInt32}`,
    parameters: {
      project,
      traceId,
      firstStartNs: bounds.firstStartNs,
      lastStartNs: bounds.lastStartNs,
      maxSpans: MAX_SPANS + 1,
    },
    timeoutMs: 20_000,
  };
}

type Totals = Omit<Trace, "traceId" | "contentIncluded" | "truncated" | "spans">;

function summarise(rows: readonly SpanRow[], head: SpanRow): Totals {
  const billed = rows.filter((row) => row.billed === 1);
  const byRoot = [head, ...rows];
  const first = (pick: (row: SpanRow) => string): string | null =>
    orNull(byRoot.map(pick).find((text) => text !== "") ?? "");
  const startNs = BigInt(rows[0]?.startNs ?? 0);
  let endNs = startNs;
  for (const row of rows) {
    const end = BigInt(row.startNs) + BigInt(row.durationNs);
    if (end > endNs) endNs = end;
  }
  return {
    name: nameTrace({
      ...head,
      firstAgentName: first((row) => row.agentName) ?? "",
      givenName: readGivenName(readAttributeMap(head)),
    }),
    service: head.service,
    startTime: rows[0]?.startTime ?? head.startTime,
    durationMs: Number(endNs - startNs) / 1e6,
    status: head.status === 2 ? "error" : "ok",
    complete: head.parentSpanId === ROOT_PARENT_ID,
    spanCount: rows.length,
    costUsd: sum(billed.map((row) => row.costUsd)),
    unpricedSpans: rows.reduce((total, row) => total + row.unpriced, 0),
    inputTokens: sum(billed.map((row) => row.inputTokens)),
    outputTokens: sum(billed.map((row) => row.outputTokens)),
    userId: first((row) => row.userId),
    sessionId: first((row) => row.sessionId),
    promptName: first((row) => row.promptName),
    promptVersion: first((row) => row.promptVersion),
  };
}

/** Null where nothing is known; otherwise the sum of what is. */
function sum(values: ReadonlyArray<number | null>): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((total, value) => total + value, 0);
}
