import type { SeriesReader } from "@spanlight/promql";
import type { WrittenSample } from "../engine/outside.ts";
import { joinReaders } from "./join-readers.ts";
import { createSampleStore } from "./sample-store.ts";

export interface RememberOptions {
  readonly reader: SeriesReader;
  /** Stores samples; queries may see them later than it resolves. */
  readonly write: (samples: readonly WrittenSample[]) => Promise<void>;
  readonly now: () => number;
  /** For how long writes are remembered; longer than the store takes to show them. Default 10 minutes. */
  readonly keepMs?: number;
}

const DEFAULT_KEEP_MS = 10 * 60_000;

/**
 * Makes samples visible to rules at once although the store shows them a little later: the reader
 * answers them from memory until then. A sample that could not be stored is not remembered.
 */
export function rememberWrites({ reader, write, now, keepMs = DEFAULT_KEEP_MS }: RememberOptions): {
  readonly reader: SeriesReader;
  readonly write: (samples: readonly WrittenSample[]) => Promise<void>;
} {
  const recent = createSampleStore();
  return {
    reader: joinReaders(recent, reader),
    async write(samples) {
      await write(samples);
      recent.append(samples);
      recent.forgetBefore(now() - keepMs);
    },
  };
}
