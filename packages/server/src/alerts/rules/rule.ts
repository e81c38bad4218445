import type { Expression } from "@spanlight/promql";

interface RuleBody {
  /** The alert's name, or the metric a recording rule writes. */
  readonly name: string;
  /** The expression, printed in PromQL's normal form. */
  readonly query: string;
  readonly expression: Expression;
  /** Labels of the group and of the rule; templates in alerting rules. */
  readonly labels: Readonly<Record<string, string>>;
}

export interface RecordingRule extends RuleBody {
  readonly kind: "recording";
}

export interface AlertingRule extends RuleBody {
  readonly kind: "alerting";
  readonly forMs: number;
  readonly keepFiringForMs: number;
  readonly annotations: Readonly<Record<string, string>>;
}

export type Rule = RecordingRule | AlertingRule;

/** Rules evaluated one after the other. */
export interface RuleGroup {
  readonly file: string;
  readonly name: string;
  /** null: the default of the engine. */
  readonly intervalMs: number | null;
  /** How many series or alerts a rule may give; 0 = any number. */
  readonly limit: number;
  /** How far before the evaluation time the query looks. */
  readonly queryOffsetMs: number;
  readonly rules: readonly Rule[];
}

/** The text of a rule file and the name it has in messages and in the API. */
export interface RuleSource {
  readonly file: string;
  readonly text: string;
}
