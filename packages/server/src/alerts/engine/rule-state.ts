import { createHash } from "node:crypto";
import { labelsKey, type Labels } from "@spanlight/promql";
import type { Rule, RuleGroup } from "../rules/rule.ts";
import type { AlertMap } from "./alert.ts";
import type { History } from "./history.ts";
import type { WrittenSample } from "./outside.ts";

/** A rule with what its evaluations left behind. */
export interface RuleState {
  /** Stable over reloads and restarts while file, group, name and labels are. */
  readonly id: string;
  readonly rule: Rule;
  alerts: AlertMap;
  /** The series written by the last evaluation, by key: those missing next time get a stale marker. */
  series: ReadonlyMap<string, Labels>;
  health: "unknown" | "ok" | "err";
  lastError: string | null;
  lastEvaluationMs: number | null;
  evaluationDurationMs: number;
  /** Whether the observed side had a value the last time; null when not known. */
  hasData: boolean | null;
  history: History;
}

export function createRuleState(id: string, rule: Rule, history: History): RuleState {
  return {
    id,
    rule,
    alerts: new Map(),
    series: new Map(),
    health: "unknown",
    lastError: null,
    lastEvaluationMs: null,
    evaluationDurationMs: 0,
    hasData: null,
    history,
  };
}

/** Rules are the same over a reload when name and labels are. */
export function identifyRule({ kind, name, labels }: Rule): string {
  return JSON.stringify([kind, name, Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/** Ids of the rules of a group, in order: short digests; of equal rules each has its number in it. */
export function identifyRules({ file, name, rules }: RuleGroup): string[] {
  const seen = new Map<string, number>();
  return rules.map((rule) => {
    const identity = identifyRule(rule);
    const number = seen.get(identity) ?? 0;
    seen.set(identity, number + 1);
    const text = JSON.stringify([file, name, identity, number]);
    return createHash("sha256").update(text).digest("hex").slice(0, 16);
  });
}

/** Takes over what an older rule knew. */
export function copyRuleState(from: RuleState, to: RuleState): void {
  const { rule: _rule, id: _id, ...rest } = from;
  Object.assign(to, rest);
}

/** Notes the series just written and answers stale markers for those that are gone. */
export function replaceSeries(
  state: RuleState,
  written: readonly WrittenSample[],
  timeMs: number,
): WrittenSample[] {
  const current = new Map(written.map(({ labels }) => [labelsKey(labels), labels]));
  const gone = [...state.series].filter(([key]) => !current.has(key));
  state.series = current;
  return gone.map(([, labels]) => ({ labels, timeMs, value: NaN, isStale: true }));
}

/** The state of a rule: that of its worst alert. */
export function stateOf(alerts: AlertMap): "inactive" | "pending" | "firing" {
  const states = new Set([...alerts.values()].map(({ state }) => state));
  if (states.has("firing")) return "firing";
  return states.has("pending") ? "pending" : "inactive";
}
