import { createBell, type Bell } from "./engine/bell.ts";
import type { EvaluationRecord } from "./engine/history.ts";
import { evaluateGroup, takeSlot, type GroupContext, type GroupState } from "./engine/group.ts";
import type { AlertsOutside } from "./engine/outside.ts";
import {
  createGroups,
  restoreGroups,
  saveGroups,
  takeOver,
  type AbandonedSeries,
} from "./engine/rule-set.ts";
import { listEnds, type Unclaimed } from "./engine/unclaimed.ts";
import { toGroupView, type GroupView } from "./engine/views.ts";
import { loadRules } from "./rules/load-rules.ts";
import { RuleFilesError, type RuleFileError } from "./rules/rule-file-error.ts";
import type { RuleGroup, RuleSource } from "./rules/rule.ts";

export interface AlertsOptions extends AlertsOutside {
  /**
   * Reads the rule files; asked by `reload` and, while `run` runs, every `reloadCheckMs`. What cannot be read
   * stands among them as its error.
   */
  readonly readRules: () => Promise<readonly (RuleSource | RuleFileError)[]>;
  /** Ends everything: the loop, queries under way. */
  readonly signal: AbortSignal;
  /** The interval of groups that name none. Default 1 minute. */
  readonly evaluationIntervalMs?: number;
  /** How often a firing alert is handed to `notify` again. Default 1 minute. */
  readonly resendDelayMs?: number;
  /** Evaluations remembered of each rule. Default 500. */
  readonly historyLimit?: number;
  /** How often `run` looks for changed rule files. Default 10 s. */
  readonly reloadCheckMs?: number;
  /** Labels added to what is handed to `notify`; `$externalLabels` in templates. */
  readonly externalLabels?: Readonly<Record<string, string>>;
  /** Where people reach this server, without a slash at the end. */
  readonly externalUrl?: () => string;
  /** Told of failures that belong to no rule: state that cannot be saved. */
  readonly onError?: (what: string, error: unknown) => void;
  /** Told of the outcome whenever what the rule files say has changed. */
  readonly onReload?: (status: ReloadStatus) => void;
}

/** The outcome of the last look at the rule files. */
export interface ReloadStatus {
  readonly atMs: number;
  /** What is wrong with which files; the rules those had before are still in operation. */
  readonly problems: readonly RuleFileError[];
  readonly groupCount: number;
}

/** The rule engine. */
export interface Alerts {
  /**
   * Reads the rule files and puts them into operation; alerts of rules that stay go on. Answers whether anything
   * changed. Throws `RuleFilesError` when some are wrong: their old rules then stay, the other files are taken.
   */
  reload(): Promise<boolean>;
  /** Evaluates every group that is due; resolves when all are done. */
  tick(): Promise<void>;
  /** When the next group is due, ms since the epoch; Infinity without groups. */
  nextDueMs(): number;
  /** Evaluates and reloads until the signal fires; a slow group holds up no other. */
  run(): Promise<void>;
  listGroups(): readonly GroupView[];
  /** The remembered evaluations of a rule, oldest first; null when there is no such rule. */
  listHistory(ruleId: string): readonly EvaluationRecord[] | null;
  readonly reloadStatus: () => ReloadStatus | null;
}

type EarlierEvaluations = ReadonlyMap<string, readonly EvaluationRecord[]>;

interface Engine {
  readonly options: AlertsOptions;
  readonly context: GroupContext;
  groups: GroupState[];
  abandoned: AbandonedSeries[];
  readonly running: Set<Promise<void>>;
  readonly bell: Bell;
  /** What was found in the files last, and what is in operation of it. */
  text: string | null;
  sources: ReadonlyMap<string, RuleSource>;
  status: ReloadStatus | null;
  reloading: Promise<unknown>;
  isReloading: boolean;
  isRestored: boolean;
  unclaimed: Unclaimed;
  earlier: EarlierEvaluations;
  saving: Promise<void>;
}

const DEFAULT_INTERVAL_MS = 60_000;
const DEFAULT_HISTORY = 500;
const DEFAULT_RELOAD_CHECK_MS = 10_000;
/** The loop looks at the clock at least so often: the clock may have been set. */
const MAX_WAIT_MS = 5_000;

/** Makes the rule engine. It holds no rules before `reload` and evaluates nothing before `tick` or `run`. */
export function createAlerts(options: AlertsOptions): Alerts {
  const { externalLabels = {}, externalUrl = () => "", resendDelayMs = DEFAULT_INTERVAL_MS } = options;
  const engine: Engine = {
    options,
    context: {
      ...options,
      externalLabels,
      resendDelayMs,
      get externalUrl() {
        return externalUrl();
      },
    },
    groups: [],
    abandoned: [],
    running: new Set(),
    bell: createBell(),
    text: null,
    sources: new Map(),
    status: null,
    reloading: Promise.resolve(),
    isReloading: false,
    isRestored: false,
    unclaimed: [],
    earlier: new Map(),
    saving: Promise.resolve(),
  };
  return {
    reload: () => reloadInTurn(engine),
    tick: async () => {
      await Promise.all(startDue(engine));
    },
    nextDueMs: () => nextDueMs(engine),
    run: () => run(engine),
    listGroups: () => engine.groups.map(toGroupView),
    listHistory: (ruleId) => listHistory(engine, ruleId),
    reloadStatus: () => engine.status,
  };
}

function nextDueMs({ groups, abandoned }: Engine): number {
  const idle = groups.filter(({ isRunning }) => !isRunning);
  return Math.min(Infinity, ...[...idle, ...abandoned].map(({ dueMs }) => dueMs));
}

function listHistory({ groups }: Engine, ruleId: string): readonly EvaluationRecord[] | null {
  const found = groups.flatMap(({ rules }) => rules).find(({ id }) => id === ruleId);
  return found?.history.list() ?? null;
}

/** One after the other: the loop and whoever changed a file may want it at one time. */
function reloadInTurn(engine: Engine): Promise<boolean> {
  const mine = engine.reloading.then(() => reload(engine));
  engine.reloading = mine.catch(() => undefined);
  return mine;
}

async function reload(engine: Engine): Promise<boolean> {
  const { options } = engine;
  const atMs = options.now();
  const found = await options.readRules();
  const text = JSON.stringify(found.map((one) => ("text" in one ? [one.file, one.text] : one.message)));
  const isChanged = text !== engine.text;
  if (isChanged) {
    const { groups, sources, problems } = loadRules(found, engine.sources);
    await replaceRules(engine, groups, atMs);
    Object.assign(engine, { text, sources });
    engine.status = { atMs, problems, groupCount: groups.length };
    if (problems.length === 0) await endUnclaimed(engine, atMs);
    options.onReload?.(engine.status);
    engine.bell.ring();
  }
  const { problems = [], groupCount = 0 } = engine.status ?? {};
  engine.status = { atMs, problems, groupCount };
  if (problems.length > 0) throw new RuleFilesError(problems);
  return isChanged;
}

async function replaceRules(engine: Engine, rules: readonly RuleGroup[], nowMs: number): Promise<void> {
  const { evaluationIntervalMs = DEFAULT_INTERVAL_MS, historyLimit = DEFAULT_HISTORY } = engine.options;
  if (!engine.isRestored) {
    engine.unclaimed = (await engine.options.loadState?.())?.rules ?? [];
    engine.earlier = await loadEvaluations(engine.options, historyLimit);
    engine.isRestored = true;
  }
  const { earlier } = engine;
  const groups = createGroups(rules, { evaluationIntervalMs, historyLimit, earlier, nowMs });
  // A file that was wrong until now finds its alerts as they were.
  engine.unclaimed = restoreGroups(groups, engine.unclaimed, nowMs);
  engine.isReloading = true;
  await Promise.all(engine.running);
  engine.abandoned.push(...takeOver(engine.groups, groups, nowMs));
  engine.groups = groups;
  engine.isReloading = false;
}

/** Rules are evaluated without what they saw before, rather than not at all. */
async function loadEvaluations(options: AlertsOptions, limit: number): Promise<EarlierEvaluations> {
  try {
    return (await options.loadEvaluations?.(limit)) ?? new Map();
  } catch (error) {
    options.onError?.("cannot read the evaluations from before the start", error);
    return new Map();
  }
}

/** All files are right and still there are alerts without a rule: the rules are gone, and the alerts with them. */
async function endUnclaimed(engine: Engine, nowMs: number): Promise<void> {
  const ends = listEnds(engine.unclaimed, { ...engine.context, nowMs });
  if (engine.unclaimed.length === 0) return;
  try {
    if (ends.length > 0) await engine.options.notify(ends);
    engine.unclaimed = [];
    await save(engine);
  } catch (error) {
    engine.options.onError?.("cannot tell the end of alerts whose rules are gone", error);
  }
}

/** Starts every group that is due and not at work. */
function startDue(engine: Engine): Promise<void>[] {
  const { signal, now } = engine.options;
  if (signal.aborted || engine.isReloading) return [];
  const nowMs = now();
  const due = engine.groups.filter(({ dueMs, isRunning }) => dueMs <= nowMs && !isRunning);
  const started = due.map((group) => evaluateSlot(engine, group, takeSlot(group, nowMs)));
  if (engine.abandoned.some(({ dueMs }) => dueMs <= nowMs)) started.push(markAbandoned(engine, nowMs));
  for (const one of started) {
    engine.running.add(one);
    void one.finally(() => {
      engine.running.delete(one);
      engine.bell.ring(); // the group's next slot may be the next thing due
    });
  }
  return started;
}

async function evaluateSlot(engine: Engine, group: GroupState, slotMs: number): Promise<void> {
  group.isRunning = true;
  const before = JSON.stringify(saveGroups([group]).rules.map(({ alerts }) => alerts));
  await evaluateGroup(group, slotMs, engine.context);
  group.isRunning = false;
  const after = JSON.stringify(saveGroups([group]).rules.map(({ alerts }) => alerts));
  // A group with alerts is saved every time: how long ago it was evaluated decides what `for` counts.
  if (before !== after || after !== "[]") await save(engine);
}

/** Saves after any save under way, so that an older state never replaces a newer one. */
async function save(engine: Engine): Promise<void> {
  const { saveState, onError } = engine.options;
  if (saveState === undefined) return;
  engine.saving = engine.saving.then(async () => {
    try {
      await saveState(saveGroups(engine.groups, engine.unclaimed));
    } catch (error) {
      onError?.("cannot save the state of alerts", error);
    }
  });
  await engine.saving;
}

/** Ends the series of rules that are gone. */
async function markAbandoned(engine: Engine, nowMs: number): Promise<void> {
  const due = engine.abandoned.filter(({ dueMs }) => dueMs <= nowMs);
  engine.abandoned = engine.abandoned.filter(({ dueMs }) => dueMs > nowMs);
  const alive = new Set(
    engine.groups.flatMap(({ rules }) => rules.flatMap(({ series }) => [...series.keys()])),
  );
  const gone = due.filter(({ labels }) => !alive.has(labels.join("\u0000")));
  if (gone.length === 0) return;
  try {
    await engine.context.write(
      gone.map(({ labels }) => ({ labels, timeMs: nowMs, value: NaN, isStale: true })),
    );
  } catch (error) {
    engine.options.onError?.("cannot end the series of removed rules", error);
  }
}

async function run(engine: Engine): Promise<void> {
  const { signal, now, reloadCheckMs = DEFAULT_RELOAD_CHECK_MS, onError } = engine.options;
  let checkMs = now();
  while (!signal.aborted) {
    if (now() >= checkMs) {
      checkMs = now() + reloadCheckMs;
      await reloadInTurn(engine).catch((error: unknown) => {
        if (!(error instanceof RuleFilesError)) onError?.("the rule files are not taken", error);
      });
    }
    void startDue(engine);
    const untilMs = Math.min(nextDueMs(engine), checkMs) - now();
    await engine.bell.wait(Math.max(1, Math.min(untilMs, MAX_WAIT_MS)), signal);
  }
  await Promise.all(engine.running);
}
