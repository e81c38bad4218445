import type { SeriesReader } from "@spanlight/promql";
import type { Engine } from "../../store/engine.ts";
import { createSources } from "./ask-spans.ts";
import { type ExemplarQuestion, listExemplars, type SeriesExemplars } from "./list-exemplars.ts";
import { listMetadata, type MetricMetadata } from "./list-metadata.ts";
import { listMetricNames, listSeries, type SeriesListQuestion } from "./list-series.ts";
import { LLM_SERIES_NAMES } from "./llm-metrics.ts";
import { createKeeper, type SeriesKeeper } from "./kept/keeper.ts";
import type { KeptOptions } from "./kept/saved-counts.ts";
import { createSeriesReader } from "./read-series.ts";
import { COLUMN_LABELS } from "./span-labels.ts";

type Unbound<Question> = Omit<Question, "store" | "project" | "nowMs">;

/** Every question about the series of one project. */
export interface SeriesQueries {
  readonly reader: SeriesReader;
  readonly listSeries: (question: Unbound<SeriesListQuestion>) => ReturnType<typeof listSeries>;
  readonly listMetricNames: (question: Omit<Unbound<SeriesListQuestion>, "matcherSets">) => Promise<string[]>;
  readonly listMetadata: (
    metric: string | undefined,
    signal?: AbortSignal,
  ) => Promise<Map<string, MetricMetadata[]>>;
  readonly listExemplars: (question: Unbound<ExemplarQuestion>) => Promise<SeriesExemplars[]>;
  /** Labels of LLM series that appear when they are asked for. */
  readonly optionalLabels: readonly string[];
  /** The names of the series that are worked out from spans. */
  readonly derivedNames: ReadonlySet<string>;
  /** Keeps what has been counted up to date and on disk; undefined where nothing outlives the process. */
  readonly keeper: SeriesKeeper | undefined;
}

export interface SeriesQueriesOptions {
  readonly store: Engine;
  readonly project: string;
  /** Unix milliseconds. */
  readonly now: () => number;
  /** Where counts outlive the process. */
  readonly kept?: KeptOptions | undefined;
}

export function createSeriesQueries(options: SeriesQueriesOptions): SeriesQueries {
  const { store, project, now } = options;
  const sources = createSources(options);
  const reader = createSeriesReader(options, sources);
  return {
    reader,
    keeper: createKeeper({ sources, reader }),
    listSeries: (question) => listSeries({ ...question, store, project, nowMs: now() }),
    listMetricNames: (question) => listMetricNames({ ...question, store, project, nowMs: now() }),
    listMetadata: (metric, signal) => listMetadata(store, { project, metric }, signal),
    listExemplars: (question) => listExemplars({ ...question, store, project }),
    optionalLabels: COLUMN_LABELS,
    derivedNames: LLM_SERIES_NAMES,
  };
}
