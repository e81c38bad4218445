import type { Sample, Series, SeriesReader } from "@spanlight/promql";
import type { AlertMap } from "../engine/alert.ts";
import { RuleLimitError } from "../engine/errors.ts";
import { toFoundAlerts } from "../engine/evaluate-alerting.ts";
import { stepAlerts } from "../engine/step-alerts.ts";
import type { AlertingRule } from "../rules/rule.ts";
import { createQuery } from "../series/create-query.ts";
import type { Firings } from "./firings.ts";
import type { PieceTimes } from "./record-columns.ts";

export interface ReplayRequest {
  /** The answer of the rule's expression over the piece. */
  readonly series: readonly Series[];
  readonly times: PieceTimes;
  readonly alerts: AlertMap;
  /** Alerts allowed; 0 = any number. */
  readonly limit: number;
  readonly firings: Firings;
  readonly context: {
    readonly reader: SeriesReader;
    readonly externalLabels: Readonly<Record<string, string>>;
    readonly externalUrl: string;
  };
}

/** The samples of a range answer by step. */
function sliceByTime(series: readonly Series[]): ReadonlyMap<number, readonly Sample[]> {
  const steps = new Map<number, Sample[]>();
  for (const { labels, timestampsMs, values } of series) {
    timestampsMs.forEach((timeMs, index) => {
      const samples = steps.get(timeMs) ?? [];
      steps.set(timeMs, samples);
      samples.push({ labels, timeMs, value: values[index] ?? NaN });
    });
  }
  return steps;
}

/** Takes the alerts of a rule through every evaluation of a piece of time. */
export async function replayAlerts(rule: AlertingRule, request: ReplayRequest): Promise<AlertMap> {
  const { times, firings, limit, context } = request;
  const { firstMs, endMs, stepMs, offsetMs } = times;
  const steps = sliceByTime(request.series);
  const query = createQuery(context.reader);
  // Annotations tell people something; here nobody is told.
  const bare = { ...rule, annotations: {} };
  const { forMs, keepFiringForMs } = rule;
  let { alerts } = request;
  for (let timeMs = firstMs; timeMs <= endMs; timeMs += stepMs) {
    const samples = steps.get(timeMs - offsetMs) ?? [];
    if (samples.length === 0 && alerts.size === 0) continue;
    if (limit > 0 && samples.length > limit) {
      throw new RuleLimitError(`exceeded limit of ${limit} with ${samples.length} alerts`);
    }
    const time = { timeMs, queryMs: timeMs - offsetMs, limit };
    const found = await toFoundAlerts(bare, samples, { context: { ...context, query }, time });
    const before = alerts;
    alerts = stepAlerts({ alerts, found, timeMs, forMs, keepFiringForMs, explainEnd: () => "recovered" });
    firings.observe(before, alerts);
  }
  return alerts;
}
