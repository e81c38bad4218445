import { labelsToRecord } from "@spanlight/promql";
import type { RuleGroup } from "../rules/rule.ts";
import { RuleLimitError } from "./errors.ts";
import { evaluateAlerting } from "./evaluate-alerting.ts";
import { evaluateRecording } from "./evaluate-recording.ts";
import { createHistory, keepSamples, type EvaluationRecord } from "./history.ts";
import { takeNotices } from "./notices.ts";
import type { AlertsOutside } from "./outside.ts";
import type { EvaluationTime, RuleOutcome } from "./rule-outcome.ts";
import { createRuleState, identifyRules, replaceSeries, stateOf, type RuleState } from "./rule-state.ts";
import { slotAtMs, slotOffsetMs } from "./slots.ts";

/** A group of rules in operation. */
export interface GroupState {
  readonly group: RuleGroup;
  readonly intervalMs: number;
  readonly rules: readonly RuleState[];
  /** The next slot to evaluate, ms since the epoch. */
  dueMs: number;
  lastEvaluationMs: number | null;
  evaluationDurationMs: number;
  /** Slots that passed without an evaluation because the one before took too long. */
  missedIterations: number;
  isRunning: boolean;
}

export interface GroupContext extends AlertsOutside {
  readonly externalLabels: Readonly<Record<string, string>>;
  readonly externalUrl: string;
  readonly resendDelayMs: number;
  readonly signal: AbortSignal;
}

export interface GroupOptions {
  readonly intervalMs: number;
  /** Evaluations remembered of each rule. */
  readonly historyLimit: number;
  /** Evaluations from before a restart, by rule. */
  readonly earlier: ReadonlyMap<string, readonly EvaluationRecord[]>;
  readonly nowMs: number;
}

export function createGroupState(
  group: RuleGroup,
  { intervalMs, historyLimit, earlier, nowMs }: GroupOptions,
): GroupState {
  const ids = identifyRules(group);
  const offsetMs = slotOffsetMs(`${group.file};${group.name}`, intervalMs);
  return {
    group,
    intervalMs,
    rules: group.rules.map((rule, index) => {
      const id = ids[index] ?? "";
      return createRuleState(id, rule, createHistory(historyLimit, earlier.get(id)));
    }),
    dueMs: slotAtMs(nowMs, intervalMs, offsetMs) + intervalMs,
    lastEvaluationMs: null,
    evaluationDurationMs: 0,
    missedIterations: 0,
    isRunning: false,
  };
}

/** Takes the slot that is due, counting those that passed unused; moves on to the next. */
export function takeSlot(state: GroupState, nowMs: number): number {
  const missed = Math.max(0, Math.floor((nowMs - state.dueMs) / state.intervalMs));
  const slotMs = state.dueMs + missed * state.intervalMs;
  state.missedIterations += missed;
  state.dueMs = slotMs + state.intervalMs;
  return slotMs;
}

/** Evaluates the rules of a group in order. Never throws: what went wrong is the rule's health. */
export async function evaluateGroup(state: GroupState, timeMs: number, context: GroupContext): Promise<void> {
  const { aroundEvaluation = (_group, evaluate) => evaluate() } = context;
  const group = { name: state.group.name, ruleCount: state.rules.length };
  await aroundEvaluation(group, async () => {
    await evaluateRules(state, timeMs, context);
    return state.rules.filter(({ health }) => health === "err").length;
  });
}

async function evaluateRules(state: GroupState, timeMs: number, context: GroupContext): Promise<void> {
  const startedMs = context.now();
  for (const rule of state.rules) {
    if (context.signal.aborted) return;
    await evaluateRule(state, rule, { timeMs, context });
  }
  state.lastEvaluationMs = timeMs;
  state.evaluationDurationMs = context.now() - startedMs;
}

interface Place {
  readonly timeMs: number;
  readonly context: GroupContext;
}

async function evaluateRule(group: GroupState, state: RuleState, { timeMs, context }: Place): Promise<void> {
  const { limit, queryOffsetMs } = group.group;
  const startedMs = context.now();
  const time = { timeMs, queryMs: timeMs - queryOffsetMs, limit, signal: context.signal };
  let seen: RuleOutcome["seen"] = [];
  try {
    const outcome = await runRule(state, time, context);
    seen = outcome.seen;
    await context.write([...outcome.written, ...replaceSeries(state, outcome.written, time.queryMs)]);
    state.health = "ok";
    state.lastError = null;
  } catch (error) {
    if (context.signal.aborted) return;
    state.health = "err";
    state.lastError = error instanceof Error ? error.message : String(error);
  }
  await sendNotices(group, state, { timeMs, context });
  state.lastEvaluationMs = timeMs;
  state.evaluationDurationMs = context.now() - startedMs;
  note(state, seen, { timeMs, context });
}

async function runRule(state: RuleState, time: EvaluationTime, context: GroupContext): Promise<RuleOutcome> {
  const { rule } = state;
  if (rule.kind === "recording") return evaluateRecording(rule, time, context.query);
  const outcome = await evaluateAlerting(rule, { alerts: state.alerts, time }, context).catch(
    (error: unknown) => {
      if (error instanceof RuleLimitError) state.alerts = new Map();
      throw error;
    },
  );
  state.alerts = outcome.alerts;
  state.hasData = outcome.hasData;
  return outcome;
}

async function sendNotices(group: GroupState, state: RuleState, { timeMs, context }: Place): Promise<void> {
  if (state.rule.kind !== "alerting" || state.health !== "ok") return;
  const { intervalMs } = group;
  const { notices, alerts } = takeNotices(state.rule, state.alerts, { ...context, timeMs, intervalMs });
  if (notices.length === 0) return;
  try {
    await context.notify(notices);
    state.alerts = alerts;
  } catch (error) {
    // Not marked as sent: the next evaluation tells them again.
    state.health = "err";
    state.lastError = `cannot hand on notices: ${error instanceof Error ? error.message : String(error)}`;
  }
}

function note(state: RuleState, seen: RuleOutcome["seen"], { timeMs, context }: Place): void {
  const record: EvaluationRecord = {
    atMs: timeMs,
    durationMs: state.evaluationDurationMs,
    error: state.lastError,
    state: stateOf(state.alerts),
    samples: keepSamples(seen).map(({ labels, value }) => ({ labels: labelsToRecord(labels), value })),
    sampleCount: seen.length,
  };
  state.history.add(record);
  context.noteEvaluation?.(state.id, record);
}
