import type {
  ActiveAlert,
  AlertRule,
  AlertRuleList,
  RuleFile,
  RuleFileSummary,
  RuleHistory,
  RuleLoad,
} from "@spanlight/contract";
import type { SeriesReader } from "@spanlight/promql";
import type { Alerts } from "../alerts/create-alerts.ts";
import { checkExpressionText, checkRuleText } from "../alerts/desk/check-text.ts";
import { readIntervals, type StateInterval } from "../alerts/desk/read-intervals.ts";
import { toInstant, toRule, toRuleProblem, toSampleValue } from "../alerts/desk/to-contract.ts";
import { tryRules } from "../alerts/desk/try-rules.ts";
import type { EvaluationRecord } from "../alerts/engine/history.ts";
import type { RuleFileEntry, RuleFiles } from "../alerts/rules/rule-files.ts";
import { RuleFilesError } from "../alerts/rules/rule-file-error.ts";
import type { AlertsDesk } from "../api/alerts.ts";
import type { Notifier } from "../notify/create-notifier.ts";
import { fingerprintOf } from "../notify/message.ts";
import { toDelivery, toReceiver, toSilence, toSilences, type SilenceContext } from "../notify/to-contract.ts";

export interface DeskOptions {
  readonly alerts: Alerts;
  readonly notifier: Notifier;
  readonly files: RuleFiles;
  /** The id of the rule file with that name in messages. */
  readonly findFileId: (file: string) => string;
  readonly reader: SeriesReader;
  readonly evaluationIntervalMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What the API asks about alerts and changes of them, out of the rule engine, the notifier and the rule files. */
export function createAlertsDesk(options: DeskOptions): AlertsDesk {
  return {
    listAlerts: () => ({ items: listActive(options), nextCursor: null, load: describeLoad(options) }),
    listRules: (): AlertRuleList => ({
      items: listRules(options),
      nextCursor: null,
      load: describeLoad(options),
    }),
    getRule: (ruleId) => listRules(options).find(({ id }) => id === ruleId) ?? null,
    getHistory: (ruleId, question) => getHistory(options, ruleId, question),
    backtest: ({ signal, ...request }) => {
      const { reader, evaluationIntervalMs } = options;
      const limited = AbortSignal.any([signal, AbortSignal.timeout(BACKTEST_TIMEOUT_MS)]);
      return tryRules(request, { reader, evaluationIntervalMs, signal: limited });
    },
    check: ({ rules, expr }) =>
      rules === undefined ? checkExpressionText(expr ?? "") : checkRuleText(rules),
    ...createFileDesk(options),
    ...createNotifyDesk(options),
  };
}

type NotifyDesk = Pick<
  AlertsDesk,
  "listSilences" | "addSilence" | "endSilence" | "listReceivers" | "sendTest"
>;

function createNotifyDesk(options: DeskOptions): NotifyDesk {
  const { notifier, now } = options;
  const listContext = (): SilenceContext => ({ nowMs: now(), alerts: listActive(options) });
  return {
    listSilences: () => ({ items: toSilences(notifier.listSilences(), listContext()), nextCursor: null }),
    addSilence: async (wanted) => toSilence(await notifier.addSilence(wanted), listContext()),
    endSilence: (id) => notifier.expireSilence(id),
    listReceivers: () => ({ items: notifier.listReceivers().map(toReceiver), nextCursor: null }),
    sendTest: async (name) => {
      const delivery = await notifier.sendTest(name);
      return delivery === null ? null : toDelivery(delivery);
    },
  };
}

type FileDesk = Pick<AlertsDesk, "listFiles" | "getFile" | "createFile" | "replaceFile" | "removeFile">;

function createFileDesk(options: DeskOptions): FileDesk {
  const { alerts, files } = options;
  /** A change is in operation when it is answered; what is wrong with other files is in `load`. */
  const takeOver = async (): Promise<void> => {
    await alerts.reload().catch((error: unknown) => {
      if (!(error instanceof RuleFilesError)) throw error;
    });
  };
  return {
    listFiles: async () => {
      const entries = await files.list();
      const items = entries.map((entry) => toSummary(options, entry));
      return { items, nextCursor: null, directory: files.directory };
    },
    getFile: async (id) => {
      const entry = await files.find(id);
      return entry === null ? null : toFile(options, entry);
    },
    createFile: async ({ name, text }) => {
      const entry = await files.create(name, text);
      await takeOver();
      return toFile(options, entry);
    },
    replaceFile: async (id, { text, version }) => {
      const entry = await files.replace(id, text, version);
      await takeOver();
      return toFile(options, entry);
    },
    removeFile: async (id) => {
      await files.remove(id);
      await takeOver();
    },
  };
}

const BACKTEST_TIMEOUT_MS = 120_000;

function listRules({ alerts, notifier, findFileId }: DeskOptions): AlertRule[] {
  const describe = (
    labels: Readonly<Record<string, string>>,
  ): { fingerprint: string; silencedBy: string[] } => ({
    fingerprint: fingerprintOf(labels),
    silencedBy: notifier.findSilences(labels).map(({ id }) => id),
  });
  return alerts
    .listGroups()
    .flatMap((group) => group.rules.map((rule) => toRule(group, rule, { describe, findFileId })));
}

function listActive(options: DeskOptions): ActiveAlert[] {
  return listRules(options)
    .flatMap((rule) => rule.alerts)
    .toSorted(
      (left, right) =>
        Number(right.state === "firing") - Number(left.state === "firing") ||
        (left.activeAt < right.activeAt ? 1 : -1),
    );
}

function describeLoad({ alerts, findFileId }: DeskOptions): RuleLoad {
  const status = alerts.reloadStatus();
  if (status === null) return { at: null, ok: true, problems: [] };
  const problems = status.problems.flatMap(({ file, problems: found }) =>
    found.map((problem) => ({ ...toRuleProblem(problem), file, fileId: findFileId(file) })),
  );
  return { at: toInstant(status.atMs), ok: problems.length === 0, problems };
}

async function getHistory(
  { alerts, reader, now }: DeskOptions,
  ruleId: string,
  { fromMs, toMs, limit, signal }: { fromMs: number; toMs: number; limit: number; signal: AbortSignal },
): Promise<RuleHistory | null> {
  const group = alerts.listGroups().find(({ rules }) => rules.some(({ id }) => id === ruleId));
  const rule = group?.rules.find(({ id }) => id === ruleId);
  if (group === undefined || rule === undefined) return null;
  const { intervalMs } = group;
  const found =
    rule.kind === "alerting" ? await readIntervals({ reader, rule, intervalMs, fromMs, toMs, signal }) : [];
  const current = new Set(rule.alerts.map(({ state, labels }) => `${state}:${fingerprintOf(labels)}`));
  const nowMs = now();
  const intervals = found.slice(-MAX_INTERVALS).map((interval) => {
    const fingerprint = fingerprintOf(interval.labels);
    const isOpen =
      isOpenAt(interval, { nowMs, intervalMs }) && current.has(`${interval.state}:${fingerprint}`);
    return {
      fingerprint,
      labels: { ...interval.labels },
      state: interval.state,
      from: toInstant(interval.fromMs),
      to: isOpen ? null : toInstant(Math.min(interval.toMs, Math.max(nowMs, interval.fromMs))),
    };
  });
  const evaluations = (alerts.listHistory(ruleId) ?? [])
    .filter(({ atMs }) => fromMs <= atMs && atMs <= toMs)
    .slice(limit === 0 ? Infinity : -limit)
    .map(toEvaluation);
  return { ruleId, from: toInstant(fromMs), to: toInstant(toMs), intervals, evaluations };
}

/** Intervals answered of one rule, the newest ones. */
const MAX_INTERVALS = 5_000;

/** Whether the state reaches the last evaluation there can have been. */
function isOpenAt(
  { toMs }: StateInterval,
  { nowMs, intervalMs }: { nowMs: number; intervalMs: number },
): boolean {
  return toMs + 2 * intervalMs >= nowMs;
}

function toEvaluation(record: EvaluationRecord): RuleHistory["evaluations"][number] {
  const { atMs, durationMs, error, state, samples, sampleCount } = record;
  return {
    time: toInstant(atMs),
    durationMs,
    state,
    error,
    sampleCount,
    samples: samples.map(({ labels, value }) => ({ labels: { ...labels }, value: toSampleValue(value) })),
  };
}

function toSummary({ alerts }: DeskOptions, entry: RuleFileEntry): RuleFileSummary {
  const { id, name, path, origin, isWritable, isRemovable } = entry;
  const wrong = alerts.reloadStatus()?.problems.filter(({ file }) => file === entry.file) ?? [];
  const problems = wrong.flatMap((error) => error.problems.map((problem) => toRuleProblem(problem)));
  return { id, name, path, origin, isWritable, isRemovable, problems };
}

function toFile(options: DeskOptions, entry: RuleFileEntry): RuleFile {
  return { ...toSummary(options, entry), text: entry.text ?? "", version: entry.version };
}
