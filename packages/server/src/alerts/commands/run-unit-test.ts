import { EMPTY_LABELS, evaluate, labelsToRecord, type Labels, type SeriesReader } from "@spanlight/promql";
import { evaluateGroup, type GroupContext, type GroupState } from "../engine/group.ts";
import { createGroups } from "../engine/rule-set.ts";
import { parseRuleFile } from "../rules/parse-rule-file.ts";
import type { RuleSource } from "../rules/rule.ts";
import { createQuery } from "../series/create-query.ts";
import { createSampleStore, type SampleStore } from "../series/sample-store.ts";
import { compareAlerts, compareSamples } from "./compare-expected.ts";
import type { AlertCase, ExpectedAlert, UnitTest, UnitTestFile } from "./unit-test-file.ts";

/** Runs one test of a file over its rules; answers what went otherwise than expected. */
export async function runUnitTest(
  file: UnitTestFile,
  test: UnitTest,
  sources: readonly RuleSource[],
): Promise<readonly string[]> {
  const store = createSampleStore();
  loadSeries(store, test);
  const groups = orderGroups(
    createGroups(sources.flatMap(parseRuleFile), {
      evaluationIntervalMs: test.intervalMs,
      historyLimit: 1,
      earlier: new Map(),
      nowMs: test.startMs,
    }),
    file.groupOrder,
  );
  const run: Run = { file, test, groups, context: createContext(store, file, test), problems: [] };
  const isDone = await evaluateRules(run);
  if (isDone) await checkExpressions(run, store);
  return run.problems;
}

interface Run {
  readonly file: UnitTestFile;
  readonly test: UnitTest;
  readonly groups: readonly GroupState[];
  readonly context: GroupContext;
  readonly problems: string[];
}

function loadSeries(store: SampleStore, { series, intervalMs, startMs }: UnitTest): void {
  for (const { labels, values } of series) {
    const samples = values.flatMap((entry, index) => {
      if (entry.kind !== "value" && entry.kind !== "stale") return [];
      const value = entry.kind === "value" ? entry.value : NaN;
      return { labels, timeMs: startMs + index * intervalMs, value, isStale: entry.kind === "stale" };
    });
    store.append(samples);
  }
}

function createContext(store: SampleStore, file: UnitTestFile, test: UnitTest): GroupContext {
  const { externalLabels, externalUrl } = test;
  return {
    query: createQuery(store, { subqueryStepMs: file.evaluationIntervalMs, experimental: true }),
    write: async (samples) => {
      store.append(samples);
    },
    notify: async () => undefined,
    now: () => 0,
    externalLabels,
    externalUrl,
    resendDelayMs: 0,
    signal: new AbortController().signal,
  };
}

/** Groups that are not in the list come first, as in promtool. */
function orderGroups(groups: readonly GroupState[], order: readonly string[]): readonly GroupState[] {
  const rank = ({ group }: GroupState): number => Math.max(0, order.indexOf(group.name));
  return groups.toSorted((left, right) => rank(left) - rank(right));
}

/** Evaluates all groups from the start to the last time asked for. False when a rule failed. */
async function evaluateRules(run: Run): Promise<boolean> {
  const { test, file, groups, context, problems } = run;
  const times = [...test.alertCases, ...test.expressionCases].map(({ timeMs }) => timeMs);
  const lastMs = Math.max(0, ...times);
  const stepMs = file.evaluationIntervalMs;
  for (let atMs = 0; atMs <= lastMs; atMs += stepMs) {
    for (const group of groups) await evaluateGroup(group, test.startMs + atMs, context);
    const failed = groups.flatMap(({ rules }) => rules).filter(({ lastError }) => lastError !== null);
    for (const { rule, lastError } of failed) {
      problems.push(`    rule: ${rule.name}, time: ${atMs / 1000}s, err: ${lastError}`);
    }
    if (failed.length > 0) return false;
    checkAlerts(run, { fromMs: atMs, toMs: atMs + stepMs });
  }
  return true;
}

function listFiring(groups: readonly GroupState[], name: string): ExpectedAlert[] {
  const states = groups.flatMap(({ rules }) => rules);
  return states
    .filter(({ rule }) => rule.kind === "alerting" && rule.name === name)
    .flatMap(({ alerts }) => [...alerts.values()])
    .filter(({ state }) => state === "firing")
    .map(({ labels, annotations }) => ({ labels: labelsToRecord(labels), annotations }));
}

/** Checks the cases whose time lies between this evaluation and the next. */
function checkAlerts(run: Run, { fromMs, toMs }: { fromMs: number; toMs: number }): void {
  const isDue = ({ timeMs }: AlertCase): boolean => timeMs >= fromMs && timeMs < toMs;
  for (const one of run.test.alertCases.filter(isDue)) {
    const problem = compareAlerts(one, listFiring(run.groups, one.alertName));
    if (problem !== null) run.problems.push(nameTest(run.test) + problem);
  }
}

function nameTest({ name }: UnitTest): string {
  return name === "" ? "" : `    name: ${name},\n`;
}

async function queryAt(
  reader: SeriesReader,
  query: string,
  place: { atMs: number; subqueryStepMs: number },
): Promise<{ labels: Labels; value: number }[]> {
  const { atMs, subqueryStepMs } = place;
  const options = { subqueryStepMs, experimental: true };
  const { value } = await evaluate({ reader, query, startMs: atMs, endMs: atMs, options });
  if (value.type === "vector") return [...value.samples];
  if (value.type === "scalar") return [{ labels: EMPTY_LABELS, value: value.value }];
  throw new TypeError("rule result is not a vector or scalar");
}

async function checkExpressions({ file, test, problems }: Run, store: SampleStore): Promise<void> {
  for (const one of test.expressionCases) {
    try {
      const place = { atMs: test.startMs + one.timeMs, subqueryStepMs: file.evaluationIntervalMs };
      const problem = compareSamples(one, await queryAt(store, one.expression, place), file.isFuzzy);
      if (problem !== null) problems.push(nameTest(test) + problem);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(
        `${nameTest(test)}    expr: ${JSON.stringify(one.expression)}, time: ${one.timeMs / 1000}s, err: ${reason}`,
      );
    }
  }
}
