import type { Engine } from "../../store/engine.ts";
import { findTraceIds, type TraceSearch } from "./find-trace-ids.ts";
import { type DependenciesQuestion, type Dependency, listDependencies } from "./list-dependencies.ts";
import { listSpanNames, type SpanName, type SpanNamesQuestion } from "./list-span-names.ts";

/** What Jaeger's API asks beside traces themselves. */
export interface JaegerQueries {
  findTraceIds(search: TraceSearch, signal?: AbortSignal): Promise<string[]>;
  listSpanNames(question: SpanNamesQuestion, signal?: AbortSignal): Promise<SpanName[]>;
  listDependencies(question: DependenciesQuestion, signal?: AbortSignal): Promise<Dependency[]>;
}

export function createJaegerQueries(store: Engine): JaegerQueries {
  return {
    findTraceIds: (search, signal) => findTraceIds(store, search, signal),
    listSpanNames: (question, signal) => listSpanNames(store, question, signal),
    listDependencies: (question, signal) => listDependencies(store, question, signal),
  };
}
