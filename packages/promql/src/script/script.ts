import type { Labels } from "../labels.ts";
import type { SequenceEntry } from "../sequence.ts";

/** A text that a message must equal or match. */
export interface TextPattern {
  readonly kind: "any" | "equal" | "match";
  readonly text: string;
}

export interface ExpectedSeries {
  readonly labels: Labels;
  readonly values: readonly SequenceEntry[];
}

export interface LoadedSeries extends ExpectedSeries {
  /** True when the script gives start timestamps, which are not supported yet. */
  readonly hasStartTimestamps?: boolean;
}

/** What an `eval` wants to see. */
export interface Expectation {
  readonly series: readonly ExpectedSeries[];
  readonly scalar: number | null;
  readonly text: string | null;
  readonly ordered: boolean;
  readonly fail: TextPattern | null;
  readonly warn: readonly TextPattern[];
  readonly info: readonly TextPattern[];
  readonly noWarn: boolean;
  readonly noInfo: boolean;
  /** For an instant query that answers a range vector. */
  readonly range: { readonly startMs: number; readonly endMs: number; readonly stepMs: number } | null;
}

export interface LoadCommand {
  readonly kind: "load";
  readonly line: number;
  readonly stepMs: number;
  readonly withNhcb: boolean;
  readonly series: readonly LoadedSeries[];
}

export interface EvalCommand {
  readonly kind: "eval";
  readonly line: number;
  readonly query: string;
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
  readonly expected: Expectation;
}

/** A line that could not be understood. In an `eval` it counts as a failed eval. */
interface BrokenCommand {
  readonly kind: "broken";
  readonly line: number;
  readonly isEval: boolean;
  readonly problem: string;
}

export type ScriptCommand =
  | LoadCommand
  | EvalCommand
  | BrokenCommand
  | { readonly kind: "clear"; readonly line: number };
