import { labelsKey, type Labels } from "@spanlight/promql";
import type { RuleGroup } from "../rules/rule.ts";
import { listAlertSamples } from "./evaluate-alerting.ts";
import { createGroupState, type GroupOptions, type GroupState } from "./group.ts";
import { restoreAlerts, toSavedAlert } from "./restore-alerts.ts";
import { copyRuleState, identifyRule, type RuleState } from "./rule-state.ts";
import type { SavedState } from "./saved-state.ts";
import type { Unclaimed } from "./unclaimed.ts";

export interface RuleSetOptions {
  readonly evaluationIntervalMs: number;
  readonly historyLimit: number;
  readonly earlier: GroupOptions["earlier"];
  readonly nowMs: number;
}

/** A series no rule writes any more; it gets a stale marker unless another rule takes it up. */
export interface AbandonedSeries {
  readonly labels: Labels;
  readonly dueMs: number;
}

function keyOf({ group }: GroupState): string {
  return `${group.file};${group.name}`;
}

/** Makes groups in operation of groups of rules. */
export function createGroups(groups: readonly RuleGroup[], options: RuleSetOptions): GroupState[] {
  const { evaluationIntervalMs, ...rest } = options;
  return groups.map((group) => {
    const intervalMs = group.intervalMs ?? evaluationIntervalMs;
    return createGroupState(group, { intervalMs, ...rest });
  });
}

/** Lets new groups go on where the old ones of the same file and name were; answers what is left over. */
export function takeOver(
  from: readonly GroupState[],
  to: readonly GroupState[],
  nowMs: number,
): AbandonedSeries[] {
  const successors = new Map(to.map((state) => [keyOf(state), state]));
  return from.flatMap((old) => {
    const successor = successors.get(keyOf(old));
    const left = successor === undefined ? old.rules : takeOverGroup(old, successor);
    const dueMs = nowMs + 2 * old.intervalMs;
    return left.flatMap(({ series }) => [...series.values()].map((labels) => ({ labels, dueMs })));
  });
}

/** Answers the old rules that have no successor. Of equal rules the first goes with the first. */
function takeOverGroup(old: GroupState, successor: GroupState): RuleState[] {
  const left = [...old.rules];
  for (const state of successor.rules) {
    const at = left.findIndex(({ rule }) => identifyRule(rule) === identifyRule(state.rule));
    const [before] = at < 0 ? [] : left.splice(at, 1);
    if (before !== undefined) copyRuleState(before, state);
  }
  if (old.intervalMs === successor.intervalMs) successor.dueMs = old.dueMs;
  successor.lastEvaluationMs = old.lastEvaluationMs;
  successor.missedIterations = old.missedIterations;
  return left;
}

/** Puts saved alerts back into their rules; answers those that have no rule. */
export function restoreGroups(groups: readonly GroupState[], saved: Unclaimed, nowMs: number): Unclaimed {
  const left = [...saved];
  for (const { group, rules, intervalMs } of groups) {
    for (const state of rules) {
      if (state.rule.kind !== "alerting") continue;
      const identity = identifyRule(state.rule);
      const at = left.findIndex(
        ({ file, group: name, rule }) => file === group.file && name === group.name && rule === identity,
      );
      const [found] = at < 0 ? [] : left.splice(at, 1);
      if (found === undefined) continue;
      const { evaluatedAtMs } = found;
      state.alerts = restoreAlerts({ saved: found.alerts, evaluatedAtMs, nowMs, intervalMs });
      const samples = listAlertSamples(state.rule, state.alerts, evaluatedAtMs);
      state.series = new Map(samples.map(({ labels }) => [labelsKey(labels), labels]));
    }
  }
  return left;
}

/** Everything worth keeping over a restart. */
export function saveGroups(groups: readonly GroupState[], unclaimed: Unclaimed = []): SavedState {
  const rules = groups.flatMap(({ group, rules: states }) =>
    states.flatMap((state) => {
      if (state.alerts.size === 0 || state.lastEvaluationMs === null) return [];
      return {
        file: group.file,
        group: group.name,
        rule: identifyRule(state.rule),
        evaluatedAtMs: state.lastEvaluationMs,
        alerts: [...state.alerts.values()].map(toSavedAlert),
      };
    }),
  );
  return { version: 1, rules: [...rules, ...unclaimed] };
}
