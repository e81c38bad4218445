import type { Matcher } from "./matchers.ts";
import type { Series } from "./value.ts";

/** What one selector of a query needs. Everything but matchers and times is a hint. */
export interface SelectRequest {
  readonly matchers: readonly Matcher[];
  /** Only samples with `startMs < time ≤ endMs` are looked at. */
  readonly startMs: number;
  readonly endMs: number;
  /** The step of the query, 0 for instant queries. */
  readonly stepMs: number;
  /** The window of a range selector, 0 for an instant selector. */
  readonly rangeMs: number;
  /** How far an instant selector looks back. */
  readonly lookbackMs: number;
  /** The function or aggregation right around the selector, or "". */
  readonly func: string;
  /** The labels of the nearest aggregation above that still sees all labels of the selector. */
  readonly grouping: readonly string[];
  /** True for `by (grouping)`; false for `without (grouping)` and where nothing aggregates. */
  readonly by: boolean;
  /** True when nothing in the query distinguishes labels outside `dimensions`. */
  readonly aggregated: boolean;
  /**
   * True when all the query does is to add up, by the labels of `grouping`, the samples, rates or increases of the
   * series. A reader that makes its series of smaller things may then make one series for each group.
   */
  readonly summed?: boolean;
  /**
   * Every label name the query asks of this selector: matchers, `by (…)`, `on (…)`,
   * `group_left (…)`, sources of `label_replace` and `label_join`. Sorted, without `__name__`.
   */
  readonly dimensions: readonly string[];
  /**
   * True when an operator matches these series with others by all their labels (neither `on` nor `ignoring`): labels that
   * only one side has by default would keep them from matching.
   */
  readonly isMatched?: boolean;
  readonly signal?: AbortSignal;
}

/** Where series come from. Called once for each selector of a query, all at the same time. */
export interface SeriesReader {
  select(request: SelectRequest): Promise<readonly Series[]>;
  /**
   * The same series in parts, in any order, each series whole in one part. Asked for where the query reduces series to
   * groups, so that a reader of many series need not have them all in memory.
   */
  selectParts?(request: SelectRequest): AsyncIterable<readonly Series[]>;
}

/** A reader that answers in parts. */
export type PartReader = Required<SeriesReader>;
