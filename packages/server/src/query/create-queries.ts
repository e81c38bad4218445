import type {
  LogFacets,
  LogList,
  Overview,
  Pickers,
  ScoreList,
  Span,
  Trace,
  TraceFacets,
  TraceList,
  Unmapped,
} from "@spanlight/contract";
import type { Engine } from "../store/engine.ts";
import { type FacetsQuestion, getFacets } from "./get-facets.ts";
import { getOverview, type OverviewQuestion } from "./get-overview.ts";
import { getSpan, type SpanQuestion } from "./get-span.ts";
import {
  type ExplainCost,
  getTrace,
  measureTrace,
  streamTrace,
  type TraceQuestion,
  type TraceSize,
} from "./get-trace.ts";
import type { TraceBounds } from "./trace-bounds.ts";
import { listPickers, type PickersQuestion } from "./list-pickers.ts";
import { getLogFacets, type LogFacetsQuestion } from "./logs/get-log-facets.ts";
import { listLogs, type LogListQuestion } from "./logs/list-logs.ts";
import { listScores, type ScoreListQuestion } from "./logs/list-scores.ts";
import { listTraces, type TraceListQuestion } from "./list-traces.ts";
import { listUnmapped, type UnmappedQuestion } from "./list-unmapped.ts";

/** Every question the pages ask, over one store. All fail with the store's errors; a signal cancels in the engine too. */
export interface Queries {
  listTraces(question: TraceListQuestion, signal?: AbortSignal): Promise<TraceList>;
  getFacets(question: FacetsQuestion, signal?: AbortSignal): Promise<TraceFacets>;
  getTrace(question: Omit<TraceQuestion, "explainCost">, signal?: AbortSignal): Promise<Trace | undefined>;
  /** Whether a trace has so many spans that it comes in outline; undefined where none of it is stored. */
  measureTrace(
    question: Pick<TraceQuestion, "project" | "traceId">,
    signal?: AbortSignal,
  ): Promise<TraceSize | undefined>;
  /** Writes a large trace in outline as JSON. */
  streamTrace(
    question: { readonly project: string; readonly traceId: string; readonly bounds: TraceBounds },
    write: (text: string) => Promise<void>,
    signal?: AbortSignal,
  ): Promise<void>;
  getSpan(question: Omit<SpanQuestion, "explainCost">, signal?: AbortSignal): Promise<Span | undefined>;
  getOverview(question: OverviewQuestion, signal?: AbortSignal): Promise<Overview>;
  listPickers(question: PickersQuestion, signal?: AbortSignal): Promise<Pickers>;
  listLogs(question: LogListQuestion, signal?: AbortSignal): Promise<LogList>;
  getLogFacets(question: LogFacetsQuestion, signal?: AbortSignal): Promise<LogFacets>;
  listScores(question: ScoreListQuestion, signal?: AbortSignal): Promise<ScoreList>;
  listUnmapped(question: UnmappedQuestion, signal?: AbortSignal): Promise<Unmapped>;
}

export function createQueries(
  store: Engine,
  explainCost: ExplainCost = () => ({ lines: [], pricedBy: null }),
): Queries {
  return {
    listTraces: (question, signal) => listTraces(store, question, signal),
    getFacets: (question, signal) => getFacets(store, question, signal),
    getTrace: (question, signal) => getTrace(store, { ...question, explainCost }, signal),
    measureTrace: (question, signal) => measureTrace(store, question, signal),
    streamTrace: (question, write, signal) => streamTrace(store, question, write, signal),
    getSpan: (question, signal) => getSpan(store, { ...question, explainCost }, signal),
    getOverview: (question, signal) => getOverview(store, question, signal),
    listPickers: (question, signal) => listPickers(store, question, signal),
    listLogs: (question, signal) => listLogs(store, question, signal),
    getLogFacets: (question, signal) => getLogFacets(store, question, signal),
    listScores: (question, signal) => listScores(store, question, signal),
    listUnmapped: (question, signal) => listUnmapped(store, question, signal),
  };
}
