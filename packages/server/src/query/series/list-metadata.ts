import type { Engine } from "../../store/engine.ts";
import { LLM_METRICS } from "./llm-metrics.ts";

export interface MetricMetadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

export interface MetadataQuestion {
  readonly project: string;
  /** One metric alone. */
  readonly metric?: string | undefined;
}

/** What is known of each metric family: what was pushed with it, and what we derive. */
export async function listMetadata(
  store: Engine,
  { project, metric }: MetadataQuestion,
  signal?: AbortSignal,
): Promise<Map<string, MetricMetadata[]>> {
  const rows = await store.query<MetricMetadata & { metric: string }>({
    sql: `SELECT metric, toString(argMax(type, block)) AS type, argMax(help, block) AS help, toString(argMax(unit, block)) AS unit
FROM metric_metadata
WHERE project = {project:String}${metric === undefined ? "" : " AND metric = {metric:String}"}
GROUP BY metric
ORDER BY metric`,
    parameters: metric === undefined ? { project } : { project, metric },
    signal,
  });
  const known = new Map<string, MetricMetadata[]>();
  for (const { name, kind, help } of LLM_METRICS) {
    if (metric === undefined || metric === name) known.set(name, [{ type: kind, help, unit: "" }]);
  }
  for (const { metric: name, type, help, unit } of rows) {
    if (!known.has(name)) known.set(name, [{ type, help, unit }]);
  }
  return known;
}
