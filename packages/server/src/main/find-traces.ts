import { parseExpression, walk, type Matcher } from "@spanlight/promql";
import type { GroupView } from "../alerts/engine/views.ts";
import type { Notice } from "../notify/notice.ts";
import type { SeriesQueries } from "../query/series/create-series-queries.ts";

export interface TraceFinderOptions {
  readonly listExemplars: SeriesQueries["listExemplars"];
  /** The rules in operation: what recording rules write is looked for where they read. */
  readonly listGroups: () => readonly GroupView[];
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Finds traces that show what an alert is about: at most `limit` ids. */
export type TraceFinder = (notice: Notice, limit: number) => Promise<readonly string[]>;

const MINUTE_MS = 60_000;
/** How far before an alert began its traces are looked for: as far as its expression looks, within these. */
const MIN_REACH_MS = 5 * MINUTE_MS;
const MAX_REACH_MS = 6 * 60 * MINUTE_MS;
/** Selectors of one alert that are asked for, and recording rules followed into one another. */
const MAX_SELECTORS = 4;
const MAX_DEPTH = 3;
const TIMEOUT_MS = 10_000;

/**
 * Looks for exemplars of the series an alert's expression reads, narrowed to the alert's own labels: those with the largest
 * values, or the smallest ones where the alert fires below a threshold.
 */
export function createTraceFinder({ listExemplars, listGroups, now }: TraceFinderOptions): TraceFinder {
  return async (notice, limit) => {
    if (notice.query === "") return []; // its rule is gone
    const { selectors, reachMs } = listSelectors(notice.query, readRecorded(listGroups()));
    const startMs = notice.activeAtMs - Math.min(MAX_REACH_MS, Math.max(MIN_REACH_MS, reachMs));
    const endMs = notice.status === "resolved" ? notice.endsAtMs : now();
    const own = Object.entries(notice.sourceLabels)
      .filter(([name]) => name !== "__name__" && name !== "le")
      .map(([name, value]): Matcher => ({ name, type: "=", value }));
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const found = await Promise.all(
      selectors
        .slice(0, MAX_SELECTORS)
        .map((matchers) => listExemplars({ matchers: [...matchers, ...own], startMs, endMs, signal })),
    );
    const isBelow = notice.threshold?.operator.startsWith("<") === true;
    const traceIds = found.flatMap((series) =>
      series
        .flatMap(({ exemplars }) => exemplars)
        .toSorted((left, right) => (isBelow ? left.value - right.value : right.value - left.value))
        .flatMap(({ labels }) => labels["trace_id"] ?? []),
    );
    return [...new Set(traceIds)].slice(0, limit);
  };
}

function readRecorded(groups: readonly GroupView[]): ReadonlyMap<string, string> {
  const rules = groups.flatMap((group) => group.rules);
  return new Map(rules.filter(({ kind }) => kind === "recording").map(({ name, query }) => [name, query]));
}

interface Selectors {
  readonly selectors: ReadonlyArray<readonly Matcher[]>;
  /** The longest window among them. */
  readonly reachMs: number;
}

/** The selectors of an expression in order, each once; those that look at another time are left out. */
function listSelectors(query: string, recorded: ReadonlyMap<string, string>, depth = 0): Selectors {
  const found = new Map<string, readonly Matcher[]>();
  let reachMs = 0;
  const add = (matchers: readonly Matcher[]): void => {
    const name = matchers.find((matcher) => matcher.name === "__name__" && matcher.type === "=")?.value ?? "";
    const source = recorded.get(name);
    if (source === undefined || depth >= MAX_DEPTH) {
      found.set(JSON.stringify(matchers), matchers);
      return;
    }
    const inner = listSelectors(source, recorded, depth + 1);
    reachMs = Math.max(reachMs, inner.reachMs);
    for (const one of inner.selectors) found.set(JSON.stringify(one), one);
  };
  walk(parseExpression(query, { experimental: true }), (node) => {
    if (node.kind === "vector selector" && node.offsetMs <= 0) add(node.matchers);
    if (node.kind !== "matrix selector" || node.selector.offsetMs > 0) return;
    reachMs = Math.max(reachMs, node.rangeMs);
    add(node.selector.matchers);
  });
  return { selectors: [...found.values()], reachMs };
}
