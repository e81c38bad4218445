import type { Backtest, BacktestedRule } from "@spanlight/contract";
import { parseDurationMs, type SeriesReader } from "@spanlight/promql";
import { backtest } from "../backtest/backtest.ts";
import type { Firing } from "../backtest/firings.ts";
import { parseRuleFile } from "../rules/parse-rule-file.ts";
import { findThreshold } from "../rules/threshold.ts";
import type { RuleGroup } from "../rules/rule.ts";
import { toInstant, toSampleValue, toThreshold } from "./to-contract.ts";

/** What is to be tried: a rule file, or one expression with its `for`. Durations as in PromQL. */
export interface TrialRequest {
  readonly rules?: string | undefined;
  readonly expr?: string | undefined;
  readonly for?: string | undefined;
  readonly keepFiringFor?: string | undefined;
  readonly interval?: string | undefined;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TrialContext {
  readonly reader: SeriesReader;
  /** The interval of groups that name none. */
  readonly evaluationIntervalMs: number;
  readonly signal: AbortSignal;
}

/** A request for a trial that cannot be met as it is. */
export class TrialRefusedError extends Error {
  readonly code = "backtest_refused";
  override readonly name = "TrialRefusedError";
}

const DAY_MS = 24 * 60 * 60_000;
/** A trial walks every evaluation: this bounds how many. */
const MAX_RANGE_MS = 92 * DAY_MS;
const MAX_EVALUATIONS = 200_000;
const MIN_INTERVAL_MS = 1_000;
/** Firings answered of one rule; all are counted. */
const MAX_FIRINGS = 1_000;

/** Tells what rules would have done over stored data. Throws `RuleFileError`, `TrialRefusedError`. */
export async function tryRules(request: TrialRequest, context: TrialContext): Promise<Backtest> {
  const startedAt = performance.now();
  const { fromMs, toMs } = request;
  const groups = parseRuleFile({ file: "rules", text: toRuleText(request) });
  const intervalMs = readInterval(request) ?? context.evaluationIntervalMs;
  checkSize(groups, { fromMs, toMs, intervalMs });
  const { reader, signal } = context;
  const results = await backtest({ groups, reader, fromMs, toMs, intervalMs, signal });
  const alerting = groups.flatMap((group) =>
    group.rules.flatMap((rule) => (rule.kind === "alerting" ? { group, rule } : [])),
  );
  const rules = results.map((result, index): BacktestedRule => {
    const { group, rule, query, firings, pendingOnly, error } = result;
    const own = alerting[index];
    return {
      group,
      rule,
      query,
      threshold: own === undefined ? null : toThreshold(findThreshold(own.rule.expression)),
      intervalMs: own?.group.intervalMs ?? intervalMs,
      firedCount: firings.length,
      firedMs: firings.reduce((sum, { durationMs }) => sum + durationMs, 0),
      pendingOnly,
      error,
      firings: firings.slice(0, MAX_FIRINGS).map(toFiring),
    };
  });
  const tookMs = Math.round(performance.now() - startedAt);
  return { from: toInstant(fromMs), to: toInstant(toMs), tookMs, rules };
}

/** A rule file is taken as it is; an expression becomes one with a single alert (JSON is YAML). */
function toRuleText(request: TrialRequest): string {
  if (request.rules !== undefined) return request.rules;
  const rule = {
    alert: "Trial",
    expr: request.expr ?? "",
    ...(request.for === undefined ? {} : { for: request.for }),
    ...(request.keepFiringFor === undefined ? {} : { keep_firing_for: request.keepFiringFor }),
  };
  return JSON.stringify({ groups: [{ name: "trial", rules: [rule] }] });
}

function readInterval({ interval }: TrialRequest): number | null {
  if (interval === undefined) return null;
  const ms = parseDurationMs(interval);
  if (typeof ms === "number" && ms >= MIN_INTERVAL_MS) return ms;
  throw new TrialRefusedError(`the interval ${interval} cannot be used; give one such as 30s or 5m`);
}

function checkSize(
  groups: readonly RuleGroup[],
  { fromMs, toMs, intervalMs }: { fromMs: number; toMs: number; intervalMs: number },
): void {
  if (toMs - fromMs > MAX_RANGE_MS) {
    throw new TrialRefusedError(`at most ${MAX_RANGE_MS / DAY_MS} days can be tried at once`);
  }
  const shortest = Math.min(...groups.map((group) => group.intervalMs ?? intervalMs), intervalMs);
  if ((toMs - fromMs) / shortest <= MAX_EVALUATIONS) return;
  throw new TrialRefusedError("too many evaluations: choose a shorter time or a longer interval");
}

function toFiring(firing: Firing): BacktestedRule["firings"][number] {
  const { labels, activeAtMs, firedAtMs, resolvedAtMs, durationMs, firstValue, lastValue } = firing;
  return {
    labels: { ...labels },
    activeAt: toInstant(activeAtMs),
    firedAt: toInstant(firedAtMs),
    resolvedAt: resolvedAtMs === null ? null : toInstant(resolvedAtMs),
    durationMs,
    firstValue: toSampleValue(firstValue),
    lastValue: toSampleValue(lastValue),
  };
}
