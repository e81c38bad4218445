import {
  dropMetricName,
  fromEntries,
  labelsKey,
  labelsToRecord,
  METRIC_NAME,
  withLabel,
  type Sample,
} from "@spanlight/promql";
import type { AlertingRule } from "../rules/rule.ts";
import { listThresholds, passes, type Threshold } from "../rules/threshold.ts";
import { expandTemplate, type TemplateData } from "../template/expand.ts";
import type { Alert, AlertMap, ResolvedReason } from "./alert.ts";
import { RuleEvaluationError, RuleLimitError } from "./errors.ts";
import type { AlertsOutside, WrittenSample } from "./outside.ts";
import type { EvaluationTime, RuleOutcome } from "./rule-outcome.ts";
import { stepAlerts, type FoundAlert } from "./step-alerts.ts";

export interface AlertingContext {
  readonly query: AlertsOutside["query"];
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
}

export interface AlertingOutcome extends RuleOutcome {
  readonly alerts: AlertMap;
  /** Whether what the rule observes had a value; null when that was not looked at. */
  readonly hasData: boolean | null;
}

interface Observation {
  /** The samples that make alerts. */
  readonly matching: readonly Sample[];
  readonly seen: readonly Sample[];
  readonly hasData: boolean | null;
  /** Whether the observed side still has a value for a label set; null = not known yet. */
  readonly observed: ReadonlySet<string> | null;
}

function keysWithValue(samples: readonly Sample[]): ReadonlySet<string> {
  const present = samples.filter(({ value }) => !Number.isNaN(value));
  return new Set(present.map(({ labels }) => labelsKey(labels)));
}

/**
 * Asks for the samples of a rule. A rule that compares a vector with a number is asked for the
 * vector alone and compared here: the same alerts, and the values below the threshold are seen too.
 */
async function observe(
  rule: AlertingRule,
  threshold: Threshold | null,
  ask: (expression: string) => Promise<readonly Sample[]>,
): Promise<Observation> {
  if (threshold?.isWhole !== true) {
    const seen = await ask(rule.query);
    return { matching: seen, seen, hasData: null, observed: null };
  }
  const seen = await ask(threshold.observed);
  const observed = keysWithValue(seen);
  const matching = seen.filter(({ value }) => passes(value, threshold));
  return { matching, seen, hasData: observed.size > 0, observed };
}

/** The label sets for which one of several observed sides has a value; null where nothing is compared. */
async function observeAll(
  thresholds: readonly Threshold[],
  ask: (expression: string) => Promise<readonly Sample[]>,
): Promise<ReadonlySet<string> | null> {
  if (thresholds.length === 0) return null;
  const found = await Promise.all(thresholds.map(({ observed }) => ask(observed)));
  return keysWithValue(found.flat());
}

/** Evaluates an alerting rule. Throws `RuleEvaluationError`, or what `query` throws. */
export async function evaluateAlerting(
  rule: AlertingRule,
  { alerts, time }: { readonly alerts: AlertMap; readonly time: EvaluationTime },
  context: AlertingContext,
): Promise<AlertingOutcome> {
  const thresholds = listThresholds(rule.expression);
  const ask = (expression: string): Promise<readonly Sample[]> =>
    context.query(expression, time.queryMs, time.signal);
  const observation = await observe(rule, thresholds[0] ?? null, ask);
  const found = await toFoundAlerts(rule, observation.matching, { context, time });
  const isEnding = [...alerts].some(([key, { state }]) => state === "firing" && !found.has(key));
  const observed = observation.observed ?? (isEnding ? await observeAll(thresholds, ask) : null);
  const explainEnd = ({ sourceLabels }: Alert): ResolvedReason =>
    observed === null || observed.has(labelsKey(sourceLabels)) ? "recovered" : "no_data";
  const { forMs, keepFiringForMs } = rule;
  const next = stepAlerts({ alerts, found, timeMs: time.timeMs, forMs, keepFiringForMs, explainEnd });
  checkLimit(next, time.limit);
  const { seen, hasData } = observation;
  return { alerts: next, seen, hasData, written: listAlertSamples(rule, next, time.queryMs) };
}

function checkLimit(alerts: AlertMap, limit: number): void {
  const active = [...alerts.values()].filter(({ state }) => state !== "resolved").length;
  if (limit > 0 && active > limit) {
    throw new RuleLimitError(`exceeded limit of ${limit} with ${active} alerts`);
  }
}

/** The alerts that samples make, by the key of their labels. Throws when two are equal. */
export async function toFoundAlerts(
  rule: AlertingRule,
  samples: readonly Sample[],
  place: { readonly context: AlertingContext; readonly time: EvaluationTime },
): Promise<Map<string, FoundAlert>> {
  const found = new Map<string, FoundAlert>();
  for (const sample of samples) {
    const alert = await toFoundAlert(rule, sample, place);
    const key = labelsKey(alert.labels);
    if (found.has(key)) {
      throw new RuleEvaluationError(
        "vector contains metrics with the same labelset after applying alert labels",
      );
    }
    found.set(key, alert);
  }
  return found;
}

async function toFoundAlert(
  rule: AlertingRule,
  { labels: sourceLabels, value }: Sample,
  { context, time }: { readonly context: AlertingContext; readonly time: EvaluationTime },
): Promise<FoundAlert> {
  const { externalLabels, externalUrl } = context;
  const data: TemplateData = {
    labels: labelsToRecord(sourceLabels),
    externalLabels,
    externalUrl,
    value,
  };
  const query = async (expression: string): Promise<TemplateSample[]> => {
    const samples = await context.query(expression, time.queryMs, time.signal);
    return samples.map((one) => ({ labels: labelsToRecord(one.labels), value: one.value }));
  };
  const expand = (text: string): Promise<string> => expandOrExplain(rule, text, { data, time, query });
  let labels = dropMetricName(sourceLabels);
  for (const [name, text] of Object.entries(rule.labels)) {
    labels = withLabel(labels, name, await expand(text));
  }
  labels = withLabel(labels, "alertname", rule.name);
  const annotations: Record<string, string> = {};
  for (const [name, text] of Object.entries(rule.annotations)) annotations[name] = await expand(text);
  return { labels, sourceLabels, annotations, value };
}

interface TemplateSample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface ExpandPlace {
  readonly data: TemplateData;
  readonly time: EvaluationTime;
  readonly query: (expression: string) => Promise<TemplateSample[]>;
}

/** A broken template does not keep an alert from firing: its text says what is wrong. */
async function expandOrExplain(rule: AlertingRule, text: string, place: ExpandPlace): Promise<string> {
  const { data, time, query } = place;
  try {
    const name = `__alert_${rule.name}`;
    return await expandTemplate({ text, name, data, timeMs: time.timeMs, query });
  } catch (error) {
    return `<error expanding template: ${error instanceof Error ? error.message : String(error)}>`;
  }
}

/** The samples of `ALERTS` and `ALERTS_FOR_STATE` for the alerts that are pending or firing. */
export function listAlertSamples(rule: AlertingRule, alerts: AlertMap, timeMs: number): WrittenSample[] {
  return [...alerts.values()].flatMap((alert) => {
    if (alert.state === "resolved") return [];
    const entries = Object.entries({ ...rule.labels, ...labelsToRecord(alert.labels) });
    const toSample = (extra: readonly (readonly [string, string])[], value: number): WrittenSample => ({
      labels: fromEntries([...entries, ...extra]),
      timeMs,
      value,
      isStale: false,
    });
    return [
      toSample(
        [
          [METRIC_NAME, "ALERTS"],
          ["alertstate", alert.state],
        ],
        1,
      ),
      toSample([[METRIC_NAME, "ALERTS_FOR_STATE"]], Math.floor(alert.activeAtMs / 1000)),
    ];
  });
}
