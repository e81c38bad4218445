import type { Engine } from "../../store/engine.ts";
import { findTraceIds, type TraceSearch } from "./find-trace-ids.ts";
import { type DependenciesQuestion, type Dependency, listDependencies } from "./list-dependencies.ts";
import {
  readTraces,
  sizeTraces,
  type TracePiece,
  type TracesQuestion,
  type TraceSizes,
  type TracesToRead,
} from "./read-traces.ts";
import { listSpanNames, type SpanName, type SpanNamesQuestion } from "./list-span-names.ts";

/** What Jaeger's API asks beside single traces with what was said. */
export interface JaegerQueries {
  findTraceIds(search: TraceSearch, signal?: AbortSignal): Promise<string[]>;
  listSpanNames(question: SpanNamesQuestion, signal?: AbortSignal): Promise<SpanName[]>;
  listDependencies(question: DependenciesQuestion, signal?: AbortSignal): Promise<Dependency[]>;
  /** Undefined where none of the traces is stored. */
  sizeTraces(question: TracesQuestion, signal?: AbortSignal): Promise<TraceSizes | undefined>;
  readTraces(question: TracesToRead, signal?: AbortSignal): AsyncGenerator<TracePiece, void, void>;
}

export function createJaegerQueries(store: Engine): JaegerQueries {
  return {
    findTraceIds: (search, signal) => findTraceIds(store, search, signal),
    listSpanNames: (question, signal) => listSpanNames(store, question, signal),
    listDependencies: (question, signal) => listDependencies(store, question, signal),
    sizeTraces: (question, signal) => sizeTraces(store, question, signal),
    readTraces: (question, signal) => readTraces(store, question, signal),
  };
}
