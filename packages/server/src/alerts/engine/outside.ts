import type { Labels, Sample } from "@spanlight/promql";
import type { ResolvedReason } from "./alert.ts";
import type { Threshold } from "../rules/threshold.ts";
import type { EvaluationRecord } from "./history.ts";
import type { SavedState } from "./saved-state.ts";

/** A sample a rule writes. */
export interface WrittenSample {
  readonly labels: Labels;
  /** Milliseconds since the epoch. */
  readonly timeMs: number;
  readonly value: number;
  /** True for Prometheus' staleness marker; `value` is then NaN. */
  readonly isStale: boolean;
}

/** What `notify` learns of an alert: everything a message needs. Times in ms since the epoch. */
export interface AlertNotice {
  readonly status: "firing" | "resolved";
  /** With the external labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels of the sample the alert came from. */
  readonly sourceLabels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly value: number;
  readonly threshold: Pick<Threshold, "observed" | "operator" | "value"> | null;
  /** The rule's expression. */
  readonly query: string;
  /** When the condition became true. */
  readonly activeAtMs: number;
  /** When the alert fired. */
  readonly startsAtMs: number;
  /** When it resolved; while firing, until when the notice holds if no further one comes. */
  readonly endsAtMs: number;
  /** Why it resolved; null while firing. */
  readonly reason: ResolvedReason | null;
  /** Where the expression can be looked at. */
  readonly generatorUrl: string;
}

/** A group that is evaluated. */
export interface EvaluatedGroup {
  readonly name: string;
  readonly ruleCount: number;
}

export type AroundEvaluation = (group: EvaluatedGroup, evaluate: () => Promise<number>) => Promise<number>;

/** What the engine is told as functions, so that it knows neither storage nor mail nor a clock. */
export interface AlertsOutside {
  /** Answers an instant query; a scalar comes as one sample without labels. */
  readonly query: (expression: string, timeMs: number, signal?: AbortSignal) => Promise<readonly Sample[]>;
  /** Stores samples; later queries must see them once it resolves. */
  readonly write: (samples: readonly WrittenSample[]) => Promise<void>;
  /** Takes alerts that fire or resolved. Called again for an alert that still fires every `resendDelayMs`. */
  readonly notify: (notices: readonly AlertNotice[]) => Promise<void>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** What was saved last, or null. Asked once, before the first evaluation. */
  readonly loadState?: () => Promise<SavedState | null>;
  /** Keeps the state of all alerts over a restart; called after an evaluation that changed it. */
  readonly saveState?: (state: SavedState) => Promise<void>;
  /** Evaluations noted before a restart, by the id of their rule, oldest first. Asked once, before the first evaluation. */
  readonly loadEvaluations?: (limit: number) => Promise<ReadonlyMap<string, readonly EvaluationRecord[]>>;
  /** Runs the evaluation of a group, once; for who watches it. Answers how many of its rules cannot be evaluated. */
  readonly aroundEvaluation?: AroundEvaluation | undefined;
  /** Notes an evaluation for after a restart. Does not throw. */
  readonly noteEvaluation?: (ruleId: string, record: EvaluationRecord) => void;
}
