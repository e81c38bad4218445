import { setMaxListeners } from "node:events";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { SeriesReader } from "@spanlight/promql";
import { z } from "zod";
import { createAlerts, type Alerts, type AlertsOptions, type ReloadStatus } from "../alerts/create-alerts.ts";
import { savedStateSchema } from "../alerts/engine/saved-state.ts";
import type { GroupView } from "../alerts/engine/views.ts";
import type { WrittenSample } from "../alerts/engine/outside.ts";
import {
  createRuleFiles,
  ruleFileId,
  type RuleFiles,
  type RuleFilesOptions,
} from "../alerts/rules/rule-files.ts";
import { createQuery } from "../alerts/series/create-query.ts";
import { rememberWrites } from "../alerts/series/remember-writes.ts";
import { createShippedSource } from "../alerts/shipped/shipped-rules.ts";
import { thresholdsSchema } from "../alerts/shipped/thresholds.ts";
import { createEvaluationLog, type EvaluationLog } from "../alerts/evaluation-log.ts";
import { createStateFile } from "../alerts/state-file.ts";
import type { AlertsDesk } from "../api/alerts.ts";
import { ConfigError, type Settings } from "../config/config.ts";
import type { MetricIngest } from "../ingest/ingest-metrics.ts";
import { createNotifier, type Notifier, type NotifierOptions } from "../notify/create-notifier.ts";
import { createRoutes, receiversSchema } from "../notify/create-routes.ts";
import { notifierStateSchema } from "../notify/saved-state.ts";
import type { SeriesQueries } from "../query/series/create-series-queries.ts";
import type { Log } from "../spool/inserter.ts";
import { encodeWriteRequest } from "./encode-write-request.ts";
import { createAlertsDesk } from "./alerts-desk.ts";
import { createTraceFinder } from "./find-traces.ts";
import type { Watchers } from "./server-traces.ts";
import { createAlertLog, createReloadLog } from "./log-alerts.ts";

/** The rule engine and who is told of alerts, as one resident of the server. */
export interface Alerting {
  /** Reads the store, and what rules wrote before the store shows it. */
  readonly reader: SeriesReader;
  /** What the API asks about alerts. */
  readonly desk: AlertsDesk;
  listGroups(): readonly GroupView[];
  /** Where people reach the server when the settings do not say: known once it listens. */
  setUrl(url: string): void;
  /** Evaluates rules and sends messages from now on. */
  start(): void;
  /** Ends evaluations and deliveries under way; nothing is written after it. */
  close(graceMs: number): Promise<void>;
}

export interface AlertingRooms {
  /** The stored series. */
  readonly reader: SeriesReader;
  /** Finds traces behind series. */
  readonly listExemplars: SeriesQueries["listExemplars"];
  readonly metrics: MetricIngest;
  /** The project rules read and write. */
  readonly project: string;
  /** Told that what the rule files say has changed since the server started. */
  readonly onRulesRead?: (what: { readonly groups: number; readonly wrongFiles: readonly string[] }) => void;
  readonly around?: Pick<Watchers, "evaluation" | "delivery">;
  readonly log: Log;
}

/** Samples of rules that the server did not take. */
class RuleSamplesRefusedError extends Error {
  override readonly name = "RuleSamplesRefusedError";
  readonly code = "rule_samples_refused";
}

type Report = (what: string, error: unknown) => void;

/** Makes the resident; nothing is evaluated before `start`. Throws ConfigError, StateFileError. */
export async function openAlerting(settings: Settings, rooms: AlertingRooms): Promise<Alerting> {
  const abort = new AbortController();
  setMaxListeners(0, abort.signal); // every query and message under way listens
  let url = settings.external_url ?? `http://localhost:${settings.port}`;
  const context: Context = {
    signal: abort.signal,
    now: Date.now,
    externalUrl: () => url,
    onError: createReport(rooms.log),
  };
  const fileOptions = toFileOptions(settings);
  const files = createRuleFiles(fileOptions);
  const findTraces = createTraceFinder({
    listExemplars: rooms.listExemplars,
    listGroups: () => alerts.listGroups(),
    now: Date.now,
  });
  const { evaluation: aroundEvaluation, delivery: aroundDelivery } = rooms.around ?? {};
  const notifier = await openNotifier(settings, { ...context, findTraces, aroundDelivery });
  const { reader, write } = rememberWrites({
    reader: rooms.reader,
    write: (samples) => writeSamples(rooms, samples),
    now: Date.now,
  });
  const evaluations = openEvaluations(settings, context);
  const told = { log: rooms.log, onReload: createReloadReport(rooms) };
  const parts = { ...told, evaluations, files, notifier, reader, write, aroundEvaluation };
  const alerts: Alerts = createEngine(settings, context, parts);
  const desk = createAlertsDesk({
    alerts,
    notifier,
    files,
    findFileId: (file) => ruleFileId(file, fileOptions.shipped),
    reader,
    evaluationIntervalMs: settings.evaluation_interval_ms,
    now: Date.now,
  });
  return {
    reader,
    desk,
    listGroups: () => alerts.listGroups(),
    setUrl(listening) {
      url = settings.external_url ?? listening;
    },
    ...createLifetime({ alerts, notifier, evaluations, abort }),
  };
}

/** What engine and notifier share. */
interface Context {
  readonly signal: AbortSignal;
  readonly now: () => number;
  readonly externalUrl: () => string;
  readonly onError: Report;
}

function openEvaluations({ data }: Settings, { onError }: Context): EvaluationLog {
  return createEvaluationLog({ path: join(data, "evaluations.jsonl"), onError });
}

async function openNotifier(
  settings: Settings,
  context: Context & Pick<NotifierOptions, "findTraces" | "aroundDelivery">,
): Promise<Notifier> {
  const notifier = createNotifier({
    ...context,
    routes: createRoutes(parsePart("notify", () => receiversSchema.parse(settings.notify))),
    ...toStateFunctions(
      createStateFile(join(settings.data, "notify.json"), notifierStateSchema, { isAtOnce: true }),
    ),
  });
  await notifier.start();
  return notifier;
}

interface EngineParts extends Pick<AlertsOptions, "write" | "aroundEvaluation"> {
  readonly onReload: (status: ReloadStatus) => void;
  readonly evaluations: EvaluationLog;
  readonly files: RuleFiles;
  readonly notifier: Notifier;
  readonly reader: SeriesReader;
  readonly log: Log;
}

function createEngine(settings: Settings, context: Context, parts: EngineParts): Alerts {
  const { evaluations, files, notifier, reader, write, log, onReload, aroundEvaluation } = parts;
  const logAlerts = createAlertLog(log);
  return createAlerts({
    ...context,
    ...toStateFunctions(createStateFile(join(settings.data, "alerts.json"), savedStateSchema)),
    loadEvaluations: (limit) => evaluations.load(limit),
    aroundEvaluation,
    noteEvaluation: (ruleId, record) => evaluations.note(ruleId, record),
    readRules: () => files.collect(),
    onReload,
    evaluationIntervalMs: settings.evaluation_interval_ms,
    query: createQuery(reader),
    write,
    async notify(notices) {
      logAlerts(notices);
      await notifier.accept(notices);
    },
  });
}

function createReloadReport({ log, onRulesRead }: AlertingRooms): (status: ReloadStatus) => void {
  const logReload = createReloadLog(log);
  let isFirst = true;
  return (status) => {
    logReload(status);
    const { groupCount: groups, problems } = status;
    if (!isFirst) onRulesRead?.({ groups, wrongFiles: problems.map(({ file }) => file) });
    isFirst = false;
  };
}

function createLifetime({
  alerts,
  notifier,
  evaluations,
  abort,
}: {
  alerts: Alerts;
  notifier: Notifier;
  evaluations: EvaluationLog;
  abort: AbortController;
}): Pick<Alerting, "start" | "close"> {
  let running: Promise<unknown> = Promise.resolve();
  return {
    start() {
      if (abort.signal.aborted) return;
      const { signal } = abort;
      running = Promise.all([alerts.run(), notifier.run(), evaluations.run(signal)]);
    },
    async close(graceMs) {
      abort.abort();
      await Promise.race([running, delay(graceMs, undefined, { ref: false })]);
    },
  };
}

function toStateFunctions<State>(file: {
  load(): Promise<State | null>;
  save(state: State): Promise<void>;
}): {
  loadState: () => Promise<State | null>;
  saveState: (state: State) => Promise<void>;
} {
  return { loadState: () => file.load(), saveState: (state) => file.save(state) };
}

function toFileOptions(settings: Settings): RuleFilesOptions {
  const paths = settings.rules
    .split(",")
    .map((path) => path.trim())
    .filter((path) => path !== "");
  const thresholds = parsePart("alerts.thresholds", () => thresholdsSchema.parse(settings.alerts.thresholds));
  const shipped = settings.shipped_rules === "on" ? createShippedSource(thresholds) : null;
  return { shipped, paths, directory: join(settings.data, "rules") };
}

function parsePart<Part>(name: string, parse: () => Part): Part {
  try {
    return parse();
  } catch (cause) {
    const text = cause instanceof z.ZodError ? z.prettifyError(cause) : String(cause);
    const reason = text.replaceAll(/\s+/g, " ");
    throw new ConfigError(`"${name}" in spanlight.yaml cannot be used: ${reason}`, { cause });
  }
}

async function writeSamples(rooms: AlertingRooms, samples: readonly WrittenSample[]): Promise<void> {
  if (samples.length === 0) return;
  const { project, metrics } = rooms;
  const { rejected } = await metrics.acceptRemoteWrite({ project, bytes: encodeWriteRequest(samples) });
  const reasons = Object.entries(rejected).filter(([, count]) => count > 0);
  if (reasons.length === 0) return;
  const list = reasons.map(([reason, count]) => `${count} for ${reason}`).join(", ");
  throw new RuleSamplesRefusedError(`samples of rules were refused (${list}): see SPANLIGHT_MAX_SERIES`);
}

/** Logs a failure once for as long as it stays the same: wrong files are looked at again and again. */
function createReport(log: Log): Report {
  const last = new Map<string, string>();
  return (what, error) => {
    const text = error instanceof Error ? error.message : String(error);
    if (last.get(what) === text) return;
    last.set(what, text);
    log("error", what, { error: text });
  };
}
