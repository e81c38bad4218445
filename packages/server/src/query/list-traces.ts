import type { TraceList, TraceSummary } from "@spanlight/contract";
import type { Engine } from "../store/engine.ts";
import { type Condition, listConditions, type SpanFilter } from "./span-filter.ts";
import { type TextSearch, toTextSearch } from "./text-search.ts";
import { parseInstant } from "./time.ts";
import { type CandidateRow, type Driver, renderCandidates } from "./trace-candidates.ts";
import { listSummaries } from "./trace-summaries.ts";

export interface TraceFilter extends SpanFilter {
  readonly status?: "ok" | "error" | undefined;
  readonly minDurationMs?: number | undefined;
  readonly maxDurationMs?: number | undefined;
  readonly minCostUsd?: number | undefined;
  /** Words in span names, attributes or what was said, or a trace id. */
  readonly q?: string | undefined;
}

/** Where a page ended: the list goes on with the traces that started before it (at the same time: with a lower id). */
export interface TraceCursor {
  readonly startNs: bigint;
  readonly traceId: string;
}

export interface TraceListQuestion {
  readonly project: string;
  /** The trace started in `[fromNs, toNs)`, Unix nanoseconds. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  readonly limit: number;
  readonly cursor?: TraceCursor | undefined;
  readonly filter: TraceFilter;
}

const FIRST_WINDOW_NS = 60_000_000_000n;
const WIDEN_BY = 8n;
const END_OF_TIME_NS = 2n ** 63n - 1n;

/**
 * Traces by their start, newest first.
 *
 * Looks at spans in windows of time from the newest, each eight times as wide as the one before, until the page is
 * full: the newest page costs the same however much is stored. A trace is shown once every trace that started after it
 * is known, so the order and the cursor are exact, also for traces that reach over window borders.
 */
export async function listTraces(
  store: Engine,
  question: TraceListQuestion,
  signal?: AbortSignal,
): Promise<TraceList> {
  const search = createSearch(store, question, signal);
  await search.addStraddling();
  let page: TraceSummary[] = [];
  while (page.length <= question.limit && !search.isDone()) {
    await search.step();
    page = search.listKnown();
  }
  const items = page.slice(0, question.limit);
  const last = items.at(-1);
  return {
    items,
    nextCursor: page.length > question.limit && last !== undefined ? formatCursor(last) : null,
  };
}

export function formatCursor(last: { startTime: string; traceId: string }): string {
  return `${parseInstant(last.startTime)}.${last.traceId}`;
}

/** Undefined for a text that is no cursor. */
export function parseCursor(text: string): TraceCursor | undefined {
  const match = /^(-?\d{1,19})\.([0-9a-f]{32})$/.exec(text);
  if (match === null) return undefined;
  return { startNs: BigInt(match[1] ?? ""), traceId: match[2] ?? "" };
}

interface Search {
  addStraddling(): Promise<void>;
  step(): Promise<void>;
  isDone(): boolean;
  listKnown(): TraceSummary[];
}

function createSearch(store: Engine, question: TraceListQuestion, signal: AbortSignal | undefined): Search {
  const { project, fromNs, cursor } = question;
  const toNs = cursor === undefined || cursor.startNs >= question.toNs ? question.toNs : cursor.startNs + 1n;
  const { driver, conditions } = toDriver(question.filter);
  const seen = new Set<string>();
  const known: Array<{ startNs: bigint; summary: TraceSummary }> = [];
  let limit = question.limit * 2 + 20;
  let highNs = toNs;
  let lowNs = highNs - FIRST_WINDOW_NS > fromNs ? highNs - FIRST_WINDOW_NS : fromNs;

  async function add(rows: readonly CandidateRow[]): Promise<void> {
    const traceIds = rows.map((row) => row.traceId).filter((id) => !seen.has(id));
    for (const id of traceIds) seen.add(id);
    for (const summary of await listSummaries(store, { project, traceIds, conditions }, signal)) {
      const startNs = parseInstant(summary.startTime);
      if (startNs >= fromNs && startNs < toNs && isWanted(summary, question))
        known.push({ startNs, summary });
    }
  }

  return {
    /** Only what filters by a span can miss a trace that started in the range: its matching span may come after. */
    async addStraddling() {
      if (driver.condition === undefined && driver.text === undefined) return;
      const window = { project, fromNs: toNs, toNs: END_OF_TIME_NS };
      const later = await store.query({ ...renderCandidates(window, {}, { limit: 1 }), signal });
      if (later.length === 0) return;
      const query = renderCandidates(window, driver, { limit: 10_000, straddling: true });
      await add(await store.query<CandidateRow>({ ...query, signal }));
    },
    async step() {
      const query = renderCandidates({ project, fromNs: lowNs, toNs: highNs }, driver, { limit });
      const rows = await store.query<CandidateRow>({ ...query, signal });
      await add(rows);
      if (rows.length < limit) {
        const width = (highNs - lowNs) * WIDEN_BY;
        highNs = lowNs;
        lowNs = highNs - width > fromNs ? highNs - width : fromNs;
        return;
      }
      // Cut short: complete only above the last one's start. Where that is no progress, more share one instant.
      const reachedNs = parseInstant(rows.at(-1)?.startTime ?? "") + 1n;
      if (reachedNs >= highNs) limit *= 4;
      highNs = reachedNs < highNs ? reachedNs : highNs;
    },
    isDone: () => highNs <= fromNs,
    listKnown: () =>
      known
        .filter(({ startNs }) => startNs >= highNs)
        .toSorted((a, b) => compare(b.startNs, a.startNs) || compare(b.summary.traceId, a.summary.traceId))
        .map(({ summary }) => summary),
  };
}

function toDriver(filter: TraceFilter): { driver: Driver; conditions: Condition[] } {
  const conditions = listConditions(filter);
  const text: TextSearch | undefined =
    filter.q === undefined || filter.q.trim() === "" ? undefined : toTextSearch(filter.q);
  if (text !== undefined) return { driver: { text }, conditions };
  // A failed trace has a failed root: no other trace need be looked at.
  const failed: Condition[] = filter.status === "error" ? [{ sql: "status = 2", parameters: {} }] : [];
  return { driver: { condition: conditions[0] ?? failed[0] }, conditions };
}

function isWanted(summary: TraceSummary, { cursor, filter }: TraceListQuestion): boolean {
  if (cursor !== undefined) {
    const order =
      compare(parseInstant(summary.startTime), cursor.startNs) || compare(summary.traceId, cursor.traceId);
    if (order >= 0) return false;
  }
  return (
    (filter.status === undefined || summary.status === filter.status) &&
    summary.durationMs >= (filter.minDurationMs ?? 0) &&
    summary.durationMs <= (filter.maxDurationMs ?? Number.POSITIVE_INFINITY) &&
    (filter.minCostUsd === undefined || (summary.costUsd !== null && summary.costUsd >= filter.minCostUsd))
  );
}

function compare<Value extends bigint | string>(a: Value, b: Value): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
