import { renderRuleFile } from "../../packages/server/src/alerts/shipped/rule-definition.ts";
import { defineShippedGroups } from "../../packages/server/src/alerts/shipped/shipped-rules.ts";
import { thresholdsSchema } from "../../packages/server/src/alerts/shipped/thresholds.ts";
import { renderDashboard } from "./dashboard.ts";
import { definePanels } from "./panels.ts";

const NOTE = "Generated from the rules that come with Spanlight; see deploy/README.md.";

/** The generated files of this folder by their path in it. */
export function renderDeploy(): ReadonlyMap<string, string> {
  const thresholds = thresholdsSchema.parse({});
  return new Map([
    ["prometheus/spanlight-llm.rules.yaml", renderRuleFile(defineShippedGroups(thresholds), NOTE)],
    ["grafana/spanlight-llm.json", renderDashboard(definePanels(thresholds))],
  ]);
}
