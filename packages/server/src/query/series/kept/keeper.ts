import { evaluate, type SeriesReader } from "@spanlight/promql";
import type { Sources } from "../ask-spans.ts";
import type { TableState } from "../block-watch.ts";
import { type Reach, sizeOfAnswer } from "../count-answers.ts";
import type { CountQuestion } from "../count-cache.ts";
import { dayOf } from "../count-rows.ts";
import type { CountSpec } from "../count-spec.ts";
import type { SavedCounts } from "./saved-counts.ts";
import { USUAL_GAUGES, USUAL_QUESTIONS, type UsualQuestion } from "./usual-questions.ts";

/**
 * Keeps the answers that dashboards need at hand: counts what has come since in idle moments, and writes it down, so that the first
 * look at a dashboard reads what came last alone, also after a restart.
 */
export interface SeriesKeeper {
  /** Brings every answer up to date, one after another; `rest` is awaited after each with the milliseconds it took. */
  goRound(rest: (tookMs: number) => Promise<void>, signal: AbortSignal): Promise<void>;
  /** True where an earlier process left counts: to bring those up to date is quick. */
  hasKept(): Promise<boolean>;
  /** Writes down what has been counted. */
  save(): Promise<void>;
  report(): KeeperReport;
}

export interface KeeperReport {
  /** Questions whose answers are remembered. */
  readonly questions: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  /** Rounds since the start that are over, and what their work took. */
  readonly rounds: number;
  readonly workMs: number;
  /** Milliseconds since the epoch of the last save; 0 before it. */
  readonly savedAtMs: number;
}

const HOUR_MS = 3_600_000;
const DAY_SECONDS = 86_400;
/** What usual dashboards ask is asked anew so often, so that it is not forgotten. */
const USUAL_AGAIN_MS = 12 * HOUR_MS;
/** Questions are kept up to date for so long after they were asked, and so far back. */
const FRESH_FOR_MS = 7 * 24 * HOUR_MS;
const MAX_REACH_DAYS = 31;
/** Bounds what a round costs: about 20 ms of CPU each. */
const MAX_QUESTIONS = 100;
/** Below what the cache holds, so that people's own questions have room. */
const MAX_BYTES = 96 * 1024 * 1024;

/** Undefined where nothing outlives the process. */
export function createKeeper(parts: { sources: Sources; reader: SeriesReader }): SeriesKeeper | undefined {
  const { saved } = parts.sources;
  return saved === undefined ? undefined : createSavingKeeper({ ...parts, saved });
}

interface Parts {
  readonly sources: Sources;
  readonly reader: SeriesReader;
  readonly saved: SavedCounts;
}

function createSavingKeeper(parts: Parts): SeriesKeeper {
  const { watch, cache, gauges, options } = parts.sources;
  const { saved } = parts;
  const listUsual = createUsualList(parts);
  const hasKept = async (): Promise<boolean> => (await saved.listQuestions()).length > 0;
  let done: { readonly state: TableState; readonly today: number } | undefined;
  let savedState: TableState | undefined;
  let figures = { rounds: 0, workMs: 0, savedAtMs: 0 };
  const work = (all: ReadonlyArray<() => Promise<void>>, round: Round): Promise<void> =>
    doInTurn(all, {
      isOver: () => round.signal.aborted || watch.isBlind(),
      async after(tookMs) {
        figures = { ...figures, workMs: figures.workMs + tookMs };
        await round.rest(tookMs);
      },
    });

  return {
    async goRound(rest, signal) {
      const state = await watch.current();
      const today = dayOf(options.now());
      // Right after a restart people come back to their pages: what is known already is asked with the next round.
      const isRestart = figures.rounds === 0 && (await hasKept());
      const usual = isRestart ? [] : listUsual();
      const isDone = done?.today === today && isSame(done.state, state);
      if (watch.isBlind() || (isDone && usual.length === 0)) return;
      await bringUpToDate(parts, { today, usual, work: (all) => work(all, { rest, signal }) });
      if (signal.aborted) return;
      done = { state, today };
      figures = { ...figures, rounds: figures.rounds + 1 };
    },
    hasKept,
    async save() {
      const state = watch.seen();
      if (state === undefined || watch.isBlind()) return;
      if (savedState !== undefined && isSame(savedState, state)) return;
      const nowMs = options.now();
      await saved.save({ seen: () => watch.seen(), answers: cache.list(), gauges: gauges.list(), nowMs });
      savedState = state;
      figures = { ...figures, savedAtMs: nowMs };
    },
    report: () => ({ ...figures, ...measure(parts) }),
  };
}

async function bringUpToDate(
  parts: Parts,
  {
    today,
    usual,
    work,
  }: {
    readonly today: number;
    readonly usual: ReadonlyArray<() => Promise<void>>;
    readonly work: (all: ReadonlyArray<() => Promise<void>>) => Promise<void>;
  },
): Promise<void> {
  const { cache } = parts.sources;
  const refresh = async (): Promise<void> => {
    const questions = await listQuestions(parts, today);
    await work(questions.map((question) => () => cache.refresh(question)));
  };
  await refresh();
  if (usual.length > 0) {
    await work(usual);
    await refresh(); // what the rollup could not tell while spans came in
  }
  await work(USUAL_GAUGES.map((gauge) => () => askUsual(parts, gauge)));
}

async function doInTurn(
  all: ReadonlyArray<() => Promise<void>>,
  { isOver, after }: { isOver: () => boolean; after: (tookMs: number) => Promise<void> },
): Promise<void> {
  for (const one of all) {
    if (isOver()) return;
    const startedAt = performance.now();
    await one();
    await after(performance.now() - startedAt);
  }
}

function measure({ sources, saved }: Parts): Omit<KeeperReport, "rounds" | "workMs" | "savedAtMs"> {
  const answers = sources.cache.list();
  return {
    questions: answers.length,
    memoryBytes: answers.reduce((sum, answer) => sum + sizeOfAnswer(answer), 0),
    diskBytes: saved.sizeBytes(),
  };
}

interface Round {
  readonly rest: (tookMs: number) => Promise<void>;
  readonly signal: AbortSignal;
}

function isSame(left: TableState, right: TableState): boolean {
  return left.epoch === right.epoch && left.block === right.block && left.drops === right.drops;
}

/** Lists how to ask the usual questions that have not been asked lately. */
function createUsualList(parts: Parts): () => Array<() => Promise<void>> {
  const { now } = parts.sources.options;
  const askedMs = new Map<string, number>();
  return () =>
    USUAL_QUESTIONS.filter(({ query }) => now() - (askedMs.get(query) ?? -Infinity) > USUAL_AGAIN_MS).map(
      (question) => async () => {
        await askUsual(parts, question);
        askedMs.set(question.query, now());
      },
    );
}

async function askUsual({ reader, sources }: Parts, { query, hours }: UsualQuestion): Promise<void> {
  const endMs = sources.options.now();
  const startMs = endMs - hours * HOUR_MS;
  // Two points are enough: whoever reads series reads all that lies between them.
  await evaluate({ query, reader, startMs, endMs, stepMs: endMs - startMs });
}

interface Asked {
  readonly key: string;
  readonly spec: CountSpec;
  readonly reach: Reach;
}

/** The questions asked lately, the last one in front, as far back as each looks, while there is room. */
async function listQuestions({ sources, saved }: Parts, today: number): Promise<CountQuestion[]> {
  const asked = new Map<string, Asked>((await saved.listQuestions()).map((one) => [one.key, one]));
  let bytes = 0;
  const sizes = new Map<string, number>();
  for (const answer of sources.cache.list()) {
    const { key, spec, reach } = answer;
    if (reach !== null) asked.set(key, { key, spec, reach });
    sizes.set(key, sizeOfAnswer(answer));
  }
  const freshFrom = sources.options.now() - FRESH_FOR_MS;
  return [...asked.values()]
    .filter(({ key, reach }) => reach.askedMs >= freshFrom && !sources.cache.isTooLarge(key))
    .toSorted((left, right) => right.reach.askedMs - left.reach.askedMs)
    .slice(0, MAX_QUESTIONS)
    .filter(({ key }) => {
      bytes += sizes.get(key) ?? 0;
      return bytes <= MAX_BYTES;
    })
    .map(({ key, spec, reach }) => ({ key, spec, days: listReach(reach, today) }));
}

function listReach({ days }: Reach, today: number): number[] {
  const back = Math.min(days, MAX_REACH_DAYS);
  return Array.from({ length: back + 1 }, (_empty, index) => today - (back - index) * DAY_SECONDS);
}
