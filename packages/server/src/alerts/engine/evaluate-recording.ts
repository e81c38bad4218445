import { dropMetricName, labelsKey, METRIC_NAME, withLabel, type Labels } from "@spanlight/promql";
import type { RecordingRule } from "../rules/rule.ts";
import { RuleEvaluationError, RuleLimitError } from "./errors.ts";
import type { AlertsOutside, WrittenSample } from "./outside.ts";
import type { EvaluationTime, RuleOutcome } from "./rule-outcome.ts";

function nameSeries(rule: RecordingRule, labels: Labels): Labels {
  let named = withLabel(dropMetricName(labels), METRIC_NAME, rule.name);
  for (const [name, value] of Object.entries(rule.labels)) named = withLabel(named, name, value);
  return named;
}

/** Evaluates a recording rule. Throws `RuleEvaluationError`, or what `query` throws. */
export async function evaluateRecording(
  rule: RecordingRule,
  time: EvaluationTime,
  query: AlertsOutside["query"],
): Promise<RuleOutcome> {
  const samples = await query(rule.query, time.queryMs, time.signal);
  if (time.limit > 0 && samples.length > time.limit) {
    throw new RuleLimitError(`exceeded limit of ${time.limit} with ${samples.length} series`);
  }
  const keys = new Set<string>();
  const written = samples.map(({ labels, value }): WrittenSample => {
    const named = nameSeries(rule, labels);
    keys.add(labelsKey(named));
    return { labels: named, timeMs: time.queryMs, value, isStale: false };
  });
  if (keys.size < written.length) {
    throw new RuleEvaluationError(
      "vector contains metrics with the same labelset after applying rule labels",
    );
  }
  return { seen: samples, written };
}
