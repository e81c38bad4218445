import type { Engine, Query } from "../../store/engine.ts";
import { type BareSpan, SPAN_COLUMNS, type SpanRow, toBareSpan } from "../span-row.ts";
import { readRecord } from "../stored-values.ts";
import { parseInstant } from "../time.ts";
import { findTraceBounds, TRACE_IDS, type TraceBounds } from "../trace-bounds.ts";
import { ONE_PER_SPAN } from "../trace-summaries.ts";

/** Traces by id. */
export interface TracesQuestion {
  readonly project: string;
  /** 32 lower-case hex digits each. */
  readonly traceIds: readonly string[];
}

/** How many spans each stored trace has (those that came twice counted twice), in the order asked, and where they lie. */
export interface TraceSizes {
  readonly bounds: TraceBounds;
  readonly spans: ReadonlyMap<string, number>;
}

/** Some spans of a trace in order of start, without what was said. Pieces of one trace follow each other. */
export interface TracePiece {
  readonly traceId: string;
  readonly spans: readonly BareSpan[];
}

/** What to read, as `sizeTraces` found it. */
export interface TracesToRead extends TraceSizes {
  readonly project: string;
  /** Spans read at once; about 10 MB by default. */
  readonly spansPerPiece?: number;
}

const SPANS_PER_PIECE = 5_000;

const TIMEOUT_MS = 20_000;
const WITHIN = `project = {project:String} AND trace_id IN ${TRACE_IDS}
    AND start_time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC') AND start_time <= fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')`;

/** Undefined where none of the traces is stored. */
export async function sizeTraces(
  store: Engine,
  { project, traceIds }: TracesQuestion,
  signal?: AbortSignal,
): Promise<TraceSizes | undefined> {
  const bounds = await findTraceBounds(store, { project, traceIds }, signal);
  if (bounds === undefined) return undefined;
  const rows = await store.query<{ traceId: string; spans: number }>({
    sql: `SELECT lower(hex(trace_id)) AS traceId, toFloat64(count()) AS spans FROM spans
WHERE ${WITHIN}
GROUP BY trace_id`,
    parameters: { project, traceIds, fromNs: bounds.firstStartNs, toNs: bounds.lastStartNs },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  const found = new Map(rows.map((row) => [row.traceId, row.spans]));
  const ordered = traceIds.flatMap((traceId): [string, number][] => {
    const spans = found.get(traceId);
    return spans === undefined ? [] : [[traceId, spans]];
  });
  return { bounds, spans: new Map(ordered) };
}

/** The spans of traces in the order of their sizes; small traces are read together, large ones piece by piece. */
export async function* readTraces(
  store: Engine,
  { project, bounds, spans, spansPerPiece = SPANS_PER_PIECE }: TracesToRead,
  signal?: AbortSignal,
): AsyncGenerator<TracePiece, void, void> {
  for (const traceIds of toBatches(spans, spansPerPiece)) {
    const isLarge = traceIds.some((traceId) => (spans.get(traceId) ?? 0) > spansPerPiece);
    const window = { project, traceIds, bounds };
    if (isLarge) yield* readLarge(store, { ...window, spansPerPiece }, signal);
    else yield* readTogether(store, window, signal);
  }
}

/** Traces that are read together; one that is larger than a piece stands alone. */
function toBatches(spans: ReadonlyMap<string, number>, spansPerPiece: number): string[][] {
  const batches: string[][] = [];
  let room = 0;
  for (const [traceId, count] of spans) {
    if (count > room) {
      batches.push([]);
      room = spansPerPiece;
    }
    batches.at(-1)?.push(traceId);
    room -= count;
  }
  return batches;
}

interface Window {
  readonly project: string;
  readonly traceIds: readonly string[];
  readonly bounds: TraceBounds;
}

async function* readTogether(
  store: Engine,
  window: Window,
  signal: AbortSignal | undefined,
): AsyncGenerator<TracePiece, void, void> {
  const rows = await store.query<SpanRow>({ ...renderSpans(window), signal });
  const byTrace = new Map<string, BareSpan[]>();
  const toSpan = createSpanReader();
  for (const row of rows) {
    const list = byTrace.get(row.traceId) ?? [];
    byTrace.set(row.traceId, list);
    list.push(toSpan(row));
  }
  for (const traceId of window.traceIds) {
    const spans = byTrace.get(traceId);
    if (spans !== undefined) yield { traceId, spans };
  }
}

async function* readLarge(
  store: Engine,
  { spansPerPiece, ...window }: Window & { readonly spansPerPiece: number },
  signal: AbortSignal | undefined,
): AsyncGenerator<TracePiece, void, void> {
  const [traceId = ""] = window.traceIds;
  const toSpan = createSpanReader();
  const seen = new Set<string>(); // A span that came twice may have begun at two times.
  for (const bounds of await splitBounds(store, { ...window, spansPerPiece }, signal)) {
    const rows = await store.query<SpanRow>({ ...renderSpans({ ...window, bounds }), signal });
    const fresh = rows.filter(({ spanId }) => !seen.has(spanId));
    for (const { spanId } of fresh) seen.add(spanId);
    yield { traceId, spans: fresh.map(toSpan) };
  }
}

/** Parts of the time of a trace with about as many spans each as are read at once. */
async function splitBounds(
  store: Engine,
  { project, traceIds, bounds, spansPerPiece }: Window & { readonly spansPerPiece: number },
  signal: AbortSignal | undefined,
): Promise<TraceBounds[]> {
  const rows = await store.query<{ startTime: string }>({
    sql: `SELECT DISTINCT startTime FROM (
  SELECT start_time AS startTime, row_number() OVER (ORDER BY start_time) AS number FROM spans
  WHERE ${WITHIN}
)
WHERE number % {spansPerPiece:UInt32} = 0
ORDER BY startTime`,
    parameters: {
      project,
      traceIds,
      fromNs: bounds.firstStartNs,
      toNs: bounds.lastStartNs,
      spansPerPiece,
    },
    timeoutMs: TIMEOUT_MS,
    signal,
  });
  const ends = rows.map(({ startTime }) => parseInstant(startTime));
  const starts = [bounds.firstStartNs, ...ends.map((endNs) => endNs + 1n)];
  return starts.flatMap((firstStartNs, index) => {
    const lastStartNs = ends[index] ?? bounds.lastStartNs;
    return firstStartNs <= lastStartNs ? [{ firstStartNs, lastStartNs }] : [];
  });
}

function renderSpans({ project, traceIds, bounds }: Window): Query {
  return {
    sql: `SELECT
${SPAN_COLUMNS}
FROM (
  SELECT *, attributes, attribute_types FROM spans
  WHERE ${WITHIN}
  ${ONE_PER_SPAN}
)
ORDER BY start_time, parent_span_id != toFixedString('', 8), span_id`,
    parameters: { project, traceIds, fromNs: bounds.firstStartNs, toNs: bounds.lastStartNs },
    timeoutMs: TIMEOUT_MS,
  };
}

/** Reads spans; resources, of which there are few, once each. */
function createSpanReader(): (row: SpanRow) => BareSpan {
  const resources = new Map<string, Record<string, unknown>>();
  const readResource = (json: string): Record<string, unknown> => {
    const known = resources.get(json);
    if (known !== undefined) return known;
    const resource = readRecord(json);
    resources.set(json, resource);
    return resource;
  };
  return (row) => toBareSpan(row, readResource);
}
