import type { Thresholds } from "../../packages/server/src/alerts/shipped/thresholds.ts";
import { defineCostRow } from "./cost-row.ts";
import { defineHealthRow } from "./health-row.ts";
import { defineInfrastructureRow } from "./infrastructure-row.ts";
import type { RowDefinition } from "./panel.ts";
import { defineQualityRow } from "./quality-row.ts";

/** The rows of the dashboard, with the thresholds of the shipped alerts as lines. */
export function definePanels(thresholds: Thresholds): readonly RowDefinition[] {
  const rows = [defineHealthRow, defineCostRow, defineQualityRow, defineInfrastructureRow];
  return rows.map((define) => define(thresholds));
}
