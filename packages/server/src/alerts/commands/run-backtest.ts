import {
  formatDurationMs,
  formatLabels,
  formatValue,
  labelsFrom,
  type SeriesReader,
} from "@spanlight/promql";
import { backtest, type BacktestedRule } from "../backtest/backtest.ts";
import type { Firing } from "../backtest/firings.ts";
import { parseRuleFile } from "../rules/parse-rule-file.ts";
import { readRuleFiles } from "../rules/read-rule-files.ts";
import { RuleFileError } from "../rules/rule-file-error.ts";
import type { CommandOutcome } from "./check-rules.ts";

export interface RunBacktestRequest {
  readonly paths: readonly string[];
  readonly reader: SeriesReader;
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal?: AbortSignal;
}

/** Tries rule files on stored data and says what would have fired. Not in order when a rule failed. */
export async function runBacktest(request: RunBacktestRequest): Promise<CommandOutcome> {
  const { paths, ...rest } = request;
  try {
    const groups = (await readRuleFiles(paths)).flatMap(parseRuleFile);
    const rules = await backtest({ groups, ...rest });
    const text = [describeRange(request), ...rules.map(describeRule), summarise(rules)].join("\n");
    return { text, isOk: rules.every(({ error }) => error === null) };
  } catch (error) {
    if (error instanceof RuleFileError) return { text: error.message, isOk: false };
    throw error;
  }
}

function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

function formatSpan(durationMs: number): string {
  return formatDurationMs(Math.round(durationMs / 1000) * 1000);
}

function describeRange({ fromMs, toMs }: RunBacktestRequest): string {
  return `From ${formatTime(fromMs)} to ${formatTime(toMs)} (${formatSpan(toMs - fromMs)})`;
}

function describeFiring({
  labels,
  firedAtMs,
  resolvedAtMs,
  durationMs,
  firstValue,
  lastValue,
}: Firing): string {
  const end = resolvedAtMs === null ? "still firing" : formatTime(resolvedAtMs);
  const values = `value ${formatValue(firstValue)} → ${formatValue(lastValue)}`;
  return `    ${formatTime(firedAtMs)} – ${end} (${formatSpan(durationMs)}), ${values}  ${formatLabels(labelsFrom(labels))}`;
}

function describeRule({ rule, group, firings, pendingOnly, error }: BacktestedRule): string {
  const title = `  ${rule} (${group})`;
  if (error !== null) return `${title}: ERROR ${error}`;
  const pending = pendingOnly === 0 ? "" : `; pending without firing ${pendingOnly} times`;
  if (firings.length === 0) return `${title}: would not have fired${pending}`;
  const totalMs = firings.reduce((sum, { durationMs }) => sum + durationMs, 0);
  const series = new Set(firings.map(({ labels }) => JSON.stringify(labels))).size;
  const facts = `would have fired ${firings.length} times on ${series} series, ${formatSpan(totalMs)} in all${pending}`;
  return [`${title}: ${facts}`, ...firings.map(describeFiring)].join("\n");
}

function summarise(rules: readonly BacktestedRule[]): string {
  const fired = rules.filter(({ firings }) => firings.length > 0).length;
  const failed = rules.filter(({ error }) => error !== null).length;
  return `${rules.length} alerting rules, ${fired} would have fired, ${failed} failed`;
}
