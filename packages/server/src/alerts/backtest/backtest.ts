import { evaluate, type Labels, type SeriesReader } from "@spanlight/promql";
import type { AlertMap } from "../engine/alert.ts";
import type { AlertingRule, RecordingRule, Rule, RuleGroup } from "../rules/rule.ts";
import { createSampleStore, type SampleStore } from "../series/sample-store.ts";
import { createFirings, type Firing, type Firings } from "./firings.ts";
import { recordColumns } from "./record-columns.ts";
import { replayAlerts } from "./replay-alerts.ts";
import { preferRecorded } from "./prefer-recorded.ts";
import { warmUpMs } from "./warm-up.ts";

export interface BacktestRequest {
  readonly groups: readonly RuleGroup[];
  /** The stored data. */
  readonly reader: SeriesReader;
  /** The time looked at, ms since the epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** The interval of groups that name none. Default 1 minute. */
  readonly intervalMs?: number;
  readonly externalLabels?: Readonly<Record<string, string>>;
  readonly externalUrl?: string;
  readonly signal?: AbortSignal;
}

/** What an alerting rule would have done. */
export interface BacktestedRule {
  readonly group: string;
  readonly rule: string;
  readonly query: string;
  /** In order of their start. */
  readonly firings: readonly Firing[];
  /** How often an alert was pending and ended before it fired. */
  readonly pendingOnly: number;
  /** The first error of the rule, or null. */
  readonly error: string | null;
}

/** A rule on its way through the time looked at. */
interface Trial {
  readonly group: RuleGroup;
  readonly rule: Rule;
  readonly intervalMs: number;
  alerts: AlertMap;
  readonly firings: Firings;
  /** The series recorded at the last step. */
  recorded: ReadonlyMap<string, Labels>;
  error: string | null;
}

const DEFAULT_INTERVAL_MS = 60_000;
/** Time is walked in pieces of this size, to bound what is in memory. */
const PIECE_MS = 24 * 60 * 60_000;
const MAX_POINTS = 100_000;

/**
 * Tells what rules would have done over stored data: which alerts would have fired, when, for how
 * long. Expressions are evaluated over whole ranges, not evaluation by evaluation. What recording
 * rules among them would have written is seen by later rules; nothing is stored.
 */
export async function backtest(request: BacktestRequest): Promise<readonly BacktestedRule[]> {
  const { groups, fromMs, toMs, intervalMs: defaultMs = DEFAULT_INTERVAL_MS } = request;
  const trials = groups.flatMap((group) => {
    const intervalMs = group.intervalMs ?? defaultMs;
    return group.rules.map((rule) => createTrial(group, rule, { intervalMs, fromMs, toMs }));
  });
  const store = createSampleStore();
  const names = trials.flatMap(({ rule }) => (rule.kind === "recording" ? rule.name : []));
  const place: Place = { request, store, reader: preferRecorded(store, request.reader, new Set(names)) };
  const startMs = fromMs - warmUpMs(trials.map(({ rule }) => rule));
  for (let pieceMs = startMs; pieceMs <= toMs; pieceMs += PIECE_MS) {
    const endMs = Math.min(pieceMs + PIECE_MS - 1, toMs);
    for (const trial of trials) {
      request.signal?.throwIfAborted();
      await runPiece(trial, { startMs: pieceMs, endMs }, place);
    }
  }
  return trials.flatMap(toResult);
}

interface Place {
  readonly request: BacktestRequest;
  readonly store: SampleStore;
  readonly reader: SeriesReader;
}

function createTrial(
  group: RuleGroup,
  rule: Rule,
  { intervalMs, fromMs, toMs }: { intervalMs: number; fromMs: number; toMs: number },
): Trial {
  const firings = createFirings({ fromMs, toMs });
  return { group, rule, intervalMs, alerts: new Map(), firings, recorded: new Map(), error: null };
}

function toResult({ group, rule, firings, error }: Trial): BacktestedRule[] {
  if (rule.kind === "recording") return [];
  const { name, query } = rule;
  return [
    {
      group: group.name,
      rule: name,
      query,
      firings: firings.list(),
      pendingOnly: firings.pendingOnly(),
      error,
    },
  ];
}

async function runPiece(
  trial: Trial,
  { startMs, endMs }: { startMs: number; endMs: number },
  place: Place,
): Promise<void> {
  const { group, rule, intervalMs } = trial;
  // Steps lie on multiples of the interval, whatever the pieces.
  const firstMs = Math.ceil(startMs / intervalMs) * intervalMs;
  if (firstMs > endMs) return;
  try {
    const offsetMs = group.queryOffsetMs;
    const { value } = await evaluate({
      reader: place.reader,
      query: rule.query,
      startMs: firstMs - offsetMs,
      endMs: endMs - offsetMs,
      stepMs: intervalMs,
      options: { limits: limitsOf(place.request) },
    });
    if (value.type !== "matrix") return;
    const times = { firstMs, endMs, stepMs: intervalMs, offsetMs };
    if (rule.kind === "recording") record(trial, rule, { series: value.series, times, store: place.store });
    else trial.alerts = await replay(trial, rule, { series: value.series, times, place });
  } catch (error) {
    place.request.signal?.throwIfAborted();
    trial.error ??= error instanceof Error ? error.message : String(error);
  }
}

function limitsOf({ signal }: BacktestRequest): { maxPointsPerSeries: number; signal?: AbortSignal } {
  return { maxPointsPerSeries: MAX_POINTS, ...(signal === undefined ? {} : { signal }) };
}

type Columns = Parameters<typeof recordColumns>[1]["series"];
type Times = Parameters<typeof recordColumns>[1]["times"];

function record(
  trial: Trial,
  rule: RecordingRule,
  { series, times, store }: { series: Columns; times: Times; store: SampleStore },
): void {
  const outcome = recordColumns(rule, { series, times, before: trial.recorded });
  store.append(outcome.samples);
  trial.recorded = outcome.last;
}

async function replay(
  trial: Trial,
  rule: AlertingRule,
  { series, times, place }: { series: Columns; times: Times; place: Place },
): Promise<AlertMap> {
  const { externalLabels = {}, externalUrl = "" } = place.request;
  return replayAlerts(rule, {
    series,
    times,
    alerts: trial.alerts,
    limit: trial.group.limit,
    firings: trial.firings,
    context: { reader: place.reader, externalLabels, externalUrl },
  });
}
