import type { Scope } from "../../packages/server/src/alerts/shipped/expressions.ts";

/** One line or set of lines of a panel. */
export interface PanelQuery {
  readonly expr: string;
  readonly legend: string;
}

/** A panel of the dashboard. */
export interface PanelDefinition {
  readonly title: string;
  readonly description: string;
  readonly kind: "timeseries" | "stat";
  /** A Grafana unit: `ms`, `percentunit`, `currencyUSD`, `short`, `reqps`. */
  readonly unit: string;
  readonly queries: readonly PanelQuery[];
  /** The line of the shipped alert: above (or, with `below`, below) is bad. */
  readonly threshold?: { readonly value: number; readonly isBelowBad?: boolean };
}

export interface RowDefinition {
  readonly title: string;
  readonly panels: readonly PanelDefinition[];
}

const MATCHERS = 'service=~"$service", model=~"$model", environment=~"$environment"';

/** A scope narrowed by the dashboard's variables. */
export function scope(window: string, ...by: string[]): Scope {
  return { matchers: MATCHERS, window, by };
}

/** Grafana puts in a window that fits the step. */
export const RATE = "$__rate_interval";

/** The only query of a panel. */
export function one(expr: string, legend: string): readonly PanelQuery[] {
  return [{ expr, legend }];
}
