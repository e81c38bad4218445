import { compareLabels, type SeriesReader } from "@spanlight/promql";
import type { Engine } from "../../store/engine.ts";
import { createLlmReader } from "./read-llm-series.ts";
import { createPushedReader } from "./read-pushed-series.ts";

export interface SeriesReaderOptions {
  readonly store: Engine;
  readonly project: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Every series of a project: those worked out from spans, and those that were pushed. No name is in both. */
export function createSeriesReader(options: SeriesReaderOptions): SeriesReader {
  const readers = [createLlmReader(options), createPushedReader(options)];
  return {
    async select(request) {
      const found = await Promise.all(readers.map((reader) => reader.select(request)));
      return found.flat().toSorted((left, right) => compareLabels(left.labels, right.labels));
    },
  };
}
