import { METRIC_NAME, type SeriesReader } from "@spanlight/promql";
import { joinReaders } from "../series/join-readers.ts";

/** Reads stored data, but the named series only from the trial: what is stored of them is of other rules. */
export function preferRecorded(
  recorded: SeriesReader,
  stored: SeriesReader,
  names: ReadonlySet<string>,
): SeriesReader {
  const joined = joinReaders(recorded, stored);
  return {
    select(request) {
      const name = request.matchers.find((matcher) => matcher.name === METRIC_NAME && matcher.type === "=");
      if (name !== undefined) return (names.has(name.value) ? recorded : stored).select(request);
      return joined.select(request);
    },
  };
}
