import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { Settings } from "../config/config.ts";
import { createSeriesQueries, type SeriesQueries } from "../query/series/create-series-queries.ts";
import type { KeeperReport, SeriesKeeper } from "../query/series/kept/keeper.ts";
import type { Log } from "../spool/inserter.ts";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { readVersion } from "./version.ts";

/** The series of every project, and the resident that counts for them in idle moments. */
export interface SeriesKeeping {
  /** The series of a project, the same each time. */
  open(project: string): SeriesQueries;
  /** Goes round from now on. */
  start(): void;
  /** Of all projects together. */
  report(): KeeperReport;
  /** Ends the round under way and writes down what has been counted. */
  close(graceMs: number): Promise<void>;
}

export interface SeriesKeepingRooms {
  readonly engine: Engine;
  readonly spool: Pick<Spool, "snapshot">;
  readonly log: Log;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly pace?: Pace | undefined;
}

export interface Pace {
  /** When the first round begins, ms after a start that finds no counts of an earlier process: people are served first. */
  readonly firstRoundMs: number;
  /** How often it is looked whether there is time for a round. */
  readonly busyCheckMs: number;
  /** So many times as long as a piece of work took nothing is done after it, when spans come slowly and when they come fast. */
  readonly idleRests: number;
  readonly busyRests: number;
}

const USUAL_PACE: Pace = { firstRoundMs: 10_000, busyCheckMs: 5_000, idleRests: 3, busyRests: 30 };

/** More spans a second than this, or more that wait, and counting waits until there were fewer for a while … */
const BUSY_SPANS_PER_SECOND = 2_000;
const BUSY_WAITING_SPANS = 20_000;
const CALM_MS = 60_000;
/** … but not longer than this: then it goes on with long rests. */
const LONGEST_WAIT_MS = 15 * 60_000;

export function createSeriesKeeping(settings: Settings, rooms: SeriesKeepingRooms): SeriesKeeping {
  const { engine, log, now } = rooms;
  const abort = new AbortController();
  const all = new Map<string, SeriesQueries>();
  let running: Promise<void> = Promise.resolve();

  function listKeepers(): SeriesKeeper[] {
    return [...all.values()].flatMap(({ keeper }) => (keeper === undefined ? [] : [keeper]));
  }

  return {
    open(project) {
      const known = all.get(project);
      if (known !== undefined) return known;
      const directory = join(settings.data, "series", `project-${encodeURIComponent(project)}`);
      const kept = settings.kept_series === "on" ? { directory, version: readVersion() } : undefined;
      const series = createSeriesQueries({ store: engine, project, now, kept });
      all.set(project, series);
      return series;
    },
    start() {
      const intervalMs = settings.kept_series_interval_ms;
      running = goRoundAgainAndAgain({ ...rooms, intervalMs, signal: abort.signal, listKeepers });
    },
    report: () => addUp(listKeepers().map((keeper) => keeper.report())),
    async close(graceMs) {
      abort.abort();
      const saved = running.then(() => Promise.all(listKeepers().map((keeper) => save(keeper, log))));
      await Promise.race([saved, delay(graceMs, undefined, { ref: false })]);
    },
  };
}

interface Rounds extends SeriesKeepingRooms {
  readonly intervalMs: number;
  readonly signal: AbortSignal;
  readonly listKeepers: () => readonly SeriesKeeper[];
}

async function goRoundAgainAndAgain({ spool, log, now, ...rounds }: Rounds): Promise<void> {
  const { intervalMs, signal, listKeepers, pace = USUAL_PACE } = rounds;
  const isBusy = createBusyCheck(spool, now);
  const rest = (tookMs: number): Promise<void> =>
    wait(Math.ceil(tookMs * (isBusy() ? pace.busyRests : pace.idleRests)), signal);
  let lastMs = now();
  if (!(await hasKept(listKeepers()))) await wait(pace.firstRoundMs, signal);
  while (!signal.aborted) {
    if (isBusy() && now() - lastMs < LONGEST_WAIT_MS) {
      await wait(pace.busyCheckMs, signal);
      continue;
    }
    for (const keeper of listKeepers()) {
      await keeper.goRound(rest, signal).catch((cause: unknown) => {
        if (!signal.aborted) log("warn", "counting for series failed", { error: String(cause) });
      });
      if (!signal.aborted) await save(keeper, log); // else the end saves
    }
    lastMs = now();
    await wait(intervalMs, signal);
  }
}

async function hasKept(keepers: readonly SeriesKeeper[]): Promise<boolean> {
  return (await Promise.all(keepers.map((keeper) => keeper.hasKept()))).includes(true);
}

/** Resolves early when told to stop. */
async function wait(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { ref: false, signal }).catch(() => undefined);
}

async function save(keeper: SeriesKeeper, log: Log): Promise<void> {
  await keeper.save().catch((cause: unknown) => {
    log("warn", "counts of series not saved", { error: String(cause) });
  });
}

/** True while spans come in so fast that the machine is needed for them, and for a while after. */
function createBusyCheck(spool: Pick<Spool, "snapshot">, now: () => number): () => boolean {
  const atLeastMs = 1_000;
  let last = { atMs: now(), received: spool.snapshot().totals.traces.received };
  let busyUntilMs = -Infinity;
  return () => {
    const atMs = now();
    const elapsedMs = Math.abs(atMs - last.atMs); // clocks are set back too
    if (elapsedMs >= atLeastMs) {
      const { totals, inSpool } = spool.snapshot();
      const { received } = totals.traces;
      const perSecond = (received - last.received) / (elapsedMs / 1000);
      const isBusy = perSecond > BUSY_SPANS_PER_SECOND || inSpool.traces > BUSY_WAITING_SPANS;
      if (isBusy) busyUntilMs = atMs + CALM_MS;
      last = { atMs, received };
    }
    return atMs < busyUntilMs;
  };
}

function addUp(reports: readonly KeeperReport[]): KeeperReport {
  const sum = (pick: (report: KeeperReport) => number): number =>
    reports.reduce((all, report) => all + pick(report), 0);
  return {
    questions: sum(({ questions }) => questions),
    memoryBytes: sum(({ memoryBytes }) => memoryBytes),
    diskBytes: sum(({ diskBytes }) => diskBytes),
    rounds: sum(({ rounds }) => rounds),
    workMs: sum(({ workMs }) => workMs),
    savedAtMs: Math.max(0, ...reports.map(({ savedAtMs }) => savedAtMs)),
  };
}
