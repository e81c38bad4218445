import type { Sample } from "@spanlight/promql";
import type { WrittenSample } from "./outside.ts";

/** When and within which bounds a rule is evaluated. */
export interface EvaluationTime {
  /** The evaluation time, ms since the epoch. */
  readonly timeMs: number;
  /** The evaluation time less the group's query offset: what the query asks for and samples carry. */
  readonly queryMs: number;
  /** Series or alerts allowed; 0 = any number. */
  readonly limit: number;
  readonly signal?: AbortSignal;
}

/** What one evaluation of a rule gave. */
export interface RuleOutcome {
  /** The samples looked at. */
  readonly seen: readonly Sample[];
  /** The samples to store. */
  readonly written: readonly WrittenSample[];
}
