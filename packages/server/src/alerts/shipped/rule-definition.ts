import { stringify } from "yaml";

/** A rule as it stands in a rule file. */
export type RuleDefinition =
  | { readonly record: string; readonly expr: string }
  | {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly keep_firing_for?: string;
      readonly labels: Readonly<Record<string, string>>;
      readonly annotations: Readonly<Record<string, string>>;
    };

export interface GroupDefinition {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly RuleDefinition[];
}

/** Writes groups as a Prometheus rule file. */
export function renderRuleFile(groups: readonly GroupDefinition[], comment = ""): string {
  const body = stringify({ groups }, { lineWidth: 0 });
  return comment === "" ? body : `${comment.replaceAll(/^/gm, "# ")}\n${body}`;
}

type Severity = "critical" | "warning" | "info";

export interface AlertText {
  readonly severity: Severity;
  readonly summary: string;
  readonly description: string;
  readonly for?: string;
  readonly keepFiringFor?: string;
}

/** An alert in the form all shipped ones have. */
export function defineAlert(alert: string, expr: string, text: AlertText): RuleDefinition {
  const { severity, summary, description } = text;
  return {
    alert,
    expr,
    ...(text.for === undefined ? {} : { for: text.for }),
    ...(text.keepFiringFor === undefined ? {} : { keep_firing_for: text.keepFiringFor }),
    labels: { severity },
    annotations: { summary, description },
  };
}
