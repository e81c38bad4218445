import { compareLabels, type PartReader } from "@spanlight/promql";
import type { Engine } from "../../store/engine.ts";
import { createSources, type Sources } from "./ask-spans.ts";
import { createLlmReader } from "./read-llm-series.ts";
import { createPushedReader } from "./read-pushed-series.ts";

export interface SeriesReaderOptions {
  readonly store: Engine;
  readonly project: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Every series of a project: those worked out from spans, and those that were pushed. No name is in both. */
export function createSeriesReader(
  options: SeriesReaderOptions,
  sources: Sources = createSources(options),
): PartReader {
  const llm = createLlmReader(sources);
  const pushed = createPushedReader(options);
  return {
    async select(request) {
      const found = await Promise.all([llm, pushed].map((reader) => reader.select(request)));
      return found.flat().toSorted((left, right) => compareLabels(left.labels, right.labels));
    },
    async *selectParts(request) {
      const derived = await llm.select(request);
      if (derived.length > 0) yield derived;
      yield* pushed.selectParts(request);
    },
  };
}
