import type { Backtest, BacktestedRule, BacktestFiring } from "@spanlight/contract";
import { formatDurationMs, formatLabels, labelsFrom } from "@spanlight/promql";
import { mergeRuleFiles } from "../rules/merge-rule-files.ts";
import { readRuleFiles } from "../rules/read-rule-files.ts";
import { RuleFileError } from "../rules/rule-file-error.ts";
import type { CommandOutcome } from "./check-rules.ts";

export interface RunBacktestRequest {
  readonly paths: readonly string[];
  /** Tries the text of a rule file on stored data. */
  readonly tryRules: (rules: string) => Promise<Backtest>;
}

/** Tries rule files on stored data and says what would have fired. Not in order when a rule failed. */
export async function runBacktest({ paths, tryRules }: RunBacktestRequest): Promise<CommandOutcome> {
  let rules: string;
  try {
    rules = mergeRuleFiles(await readRuleFiles(paths));
  } catch (error) {
    if (error instanceof RuleFileError) return { text: error.message, isOk: false };
    throw error;
  }
  const outcome = await tryRules(rules);
  const text = [describeRange(outcome), ...outcome.rules.map(describeRule), summarise(outcome.rules)];
  return { text: text.join("\n"), isOk: outcome.rules.every(({ error }) => error === null) };
}

function formatTime(instant: string): string {
  return `${instant.slice(0, 19).replace("T", " ")} UTC`;
}

function formatSpan(durationMs: number): string {
  return formatDurationMs(Math.round(durationMs / 1000) * 1000);
}

function describeRange({ from, to }: Backtest): string {
  return `From ${formatTime(from)} to ${formatTime(to)} (${formatSpan(Date.parse(to) - Date.parse(from))})`;
}

function describeFiring(firing: BacktestFiring): string {
  const { labels, firedAt, resolvedAt, durationMs, firstValue, lastValue } = firing;
  const end = resolvedAt === null ? "still firing" : formatTime(resolvedAt);
  const values = `value ${firstValue} → ${lastValue}`;
  return `    ${formatTime(firedAt)} – ${end} (${formatSpan(durationMs)}), ${values}  ${formatLabels(labelsFrom(labels))}`;
}

function describeRule(result: BacktestedRule): string {
  const { rule, group, firings, firedCount, firedMs, pendingOnly, error } = result;
  const title = `  ${rule} (${group})`;
  if (error !== null) return `${title}: ERROR ${error}`;
  const pending = pendingOnly === 0 ? "" : `; pending without firing ${pendingOnly} times`;
  if (firedCount === 0) return `${title}: would not have fired${pending}`;
  const series = new Set(firings.map(({ labels }) => JSON.stringify(labels))).size;
  const facts = `would have fired ${firedCount} times on ${series} series, ${formatSpan(firedMs)} in all${pending}`;
  const left = firedCount > firings.length ? [`    … and ${firedCount - firings.length} more`] : [];
  return [`${title}: ${facts}`, ...firings.map(describeFiring), ...left].join("\n");
}

function summarise(rules: readonly BacktestedRule[]): string {
  const fired = rules.filter(({ firedCount }) => firedCount > 0).length;
  const failed = rules.filter(({ error }) => error !== null).length;
  return `${rules.length} alerting rules, ${fired} would have fired, ${failed} failed`;
}
