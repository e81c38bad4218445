import type { Engine } from "../../store/engine.ts";
import type { BlockWatch, TableState } from "./block-watch.ts";
import { type Answer, createAnswers, createAnswer, type DayAnswer, type Reach } from "./count-answers.ts";
import { type CountRow, dayOf, joinRows, toRanges } from "./count-rows.ts";
import { type CountRange, type CountSpec, type ReadOptions, readSpec } from "./count-spec.ts";
import { COUNT_LIMITS } from "./render-llm-series.ts";

export interface CountQuestion {
  /** The same for questions with the same answers. */
  readonly key: string;
  readonly spec: CountSpec;
  /** Midnights of the UTC days, Unix seconds. */
  readonly days: readonly number[];
}

/** Remembers counts of spans by question and UTC day, so that only the blocks that have come since are counted. */
export interface CountCache {
  /** Rows of one label set and day may come several times: they add up. */
  read(question: CountQuestion): Promise<readonly CountRow[]>;
  /**
   * Brings the answer to a question up to date, for whoever may ask it. Takes its time: one thread of the engine, and what the
   * rollup cannot tell while spans come in is counted from the spans.
   */
  refresh(question: CountQuestion): Promise<void>;
  /** True where the answer to a question was too large to be remembered. */
  isTooLarge(key: string): boolean;
  /** What is remembered, the question that was used longest ago in front. */
  list(): readonly Answer[];
}

/** Where answers of an earlier process are. */
export interface SavedAnswers {
  /** An answer as of the epoch; undefined where there is none. */
  load(key: string, epoch: string): Promise<Answer | undefined>;
  /** How far back a question looked, whatever has become of its answer. */
  reachOf(key: string): Reach | null;
}

export interface CountCacheOptions {
  readonly store: Engine;
  readonly watch: BlockWatch;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly saved?: SavedAnswers | undefined;
  /** Most bytes of all answers, and of one. */
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
}

const DAY_SECONDS = 86_400;
/** A day's rows are joined once there are so many times more of them than label sets. */
const MAX_GROWTH = 16;
/** Beside what people wait for. */
const UNHURRIED: ReadOptions = { ...COUNT_LIMITS, settings: { max_threads: 1 } };

export function createCountCache(options: CountCacheOptions): CountCache {
  const { watch, now, saved } = options;
  const answers = createAnswers(options);
  const running = new Map<string, Running>();

  async function find({ key, spec }: CountQuestion, { epoch, block, drops }: TableState): Promise<Answer> {
    const known = answers.get(key);
    if (known?.epoch === epoch) return known;
    const loaded = await saved?.load(key, epoch);
    const reach = known?.reach ?? saved?.reachOf(key) ?? null;
    return loaded ?? createAnswer({ key, spec, epoch, block, drops, reach });
  }

  async function answer(question: CountQuestion, isUnhurried: boolean): Promise<readonly CountRow[]> {
    const state = await watch.current();
    const found = await find(question, state);
    forgetDropped(found, state);
    const reading = { ...options, answer: found, isUnhurried };
    await addNew(reading, state);
    const today = dayOf(now());
    const loose = await addDays(reading, { days: question.days, today });
    if (!isUnhurried) rememberAsked(found, { days: question.days, nowMs: now() });
    const rows = question.days.flatMap((day) => found.days.get(day)?.rows ?? []);
    dropOldDays(found, now());
    answers.keep(found);
    return loose.length === 0 ? rows : [...rows, ...loose];
  }

  /** One at a time for each question; those that ask for the same at once get the same. */
  async function queue(question: CountQuestion, isUnhurried: boolean): Promise<readonly CountRow[]> {
    const { key } = question;
    const days = question.days.join();
    const before = running.get(key);
    if (before?.days === days && !before.isUnhurried && !isUnhurried) return before.rows;
    const rows = (before?.rows.catch(() => []) ?? Promise.resolve()).then(() =>
      answer(question, isUnhurried),
    );
    const own = { days, isUnhurried, rows };
    running.set(key, own);
    try {
      return await rows;
    } finally {
      if (running.get(key) === own) running.delete(key);
    }
  }

  return {
    isTooLarge: (key) => answers.isTooLarge(key),
    list: () => answers.list(),
    read: (question) => queue(question, false),
    async refresh(question) {
      await queue(question, true);
    },
  };
}

interface Running {
  readonly days: string;
  /** What takes its time may be behind when it is done. */
  readonly isUnhurried: boolean;
  readonly rows: Promise<readonly CountRow[]>;
}

interface Reading extends CountCacheOptions {
  readonly answer: Answer;
  readonly isUnhurried: boolean;
}

function readRange({ store, answer, isUnhurried }: Reading, range: CountRange): Promise<CountRow[]> {
  return readSpec(store, { spec: answer.spec, range, options: isUnhurried ? UNHURRIED : COUNT_LIMITS });
}

/** Days that may have lost spans are counted anew. */
function forgetDropped(answer: Answer, { drops, droppedUntilSeconds }: TableState): void {
  if (answer.drops === drops) return;
  for (const day of answer.days.keys()) if (day <= droppedUntilSeconds) answer.days.delete(day);
  answer.drops = drops;
}

/** Counts the blocks that have come since, in the days that are known. */
async function addNew(reading: Reading, { block }: TableState): Promise<void> {
  const { answer } = reading;
  if (answer.block >= block) return;
  const blocks = { after: answer.block, upTo: block };
  const added: CountRow[] = [];
  for (const range of toRanges(answer.days.keys())) {
    added.push(...(await readRange(reading, { ...range, blocks })));
  }
  // All at once: where a read fails nothing is counted.
  for (const row of added) addRow(answer.days.get(row.daySeconds), row);
  for (const day of answer.days.values()) joinGrown(day);
  answer.block = block;
}

function addRow(day: DayAnswer | undefined, row: CountRow): void {
  day?.rows.push(row);
  day?.unsaved.push(row);
}

function joinGrown(day: DayAnswer): void {
  if (day.rows.length <= MAX_GROWTH * Math.max(2, day.labelSets)) return;
  day.rows = joinRows(day.rows);
  day.labelSets = day.rows.length;
}

/** Counts the days that are not known yet. Answers the rows that cannot be remembered. */
async function addDays(
  reading: Reading,
  { days, today }: { days: readonly number[]; today: number },
): Promise<CountRow[]> {
  const { answer } = reading;
  // With today the day after it, which has nothing yet: at midnight it is known already.
  const wanted = days.includes(today) ? [...days, today + DAY_SECONDS] : days;
  const missing = wanted.filter((day) => !answer.days.has(day));
  const loose: CountRow[] = [];
  for (const range of toRanges(missing)) {
    const { rows, isComplete } = await readDays(reading, range);
    if (isComplete) keepDays(answer, { ...range, rows });
    else loose.push(...rows.filter((row) => days.includes(row.daySeconds)));
  }
  return loose;
}

interface ReadDays {
  readonly rows: CountRow[];
  /** True where the rows are those of all blocks up to the answer's, and of no others. */
  readonly isComplete: boolean;
}

async function readDays(reading: Reading, range: CountRange): Promise<ReadDays> {
  const { answer, watch, isUnhurried } = reading;
  const blocks = { after: 0, upTo: answer.block };
  if (!answer.spec.isRollup)
    return { rows: await readRange(reading, { ...range, blocks }), isComplete: true };
  const rows = await readRange(reading, range);
  const after = await watch.lookAgain();
  // Where a block has come meanwhile nobody knows whether it is counted: the answer is good, but only once.
  const isComplete = after.epoch === answer.epoch && after.block === answer.block;
  if (isComplete || !isUnhurried) return { rows, isComplete };
  return { rows: await readRange(reading, { ...range, blocks }), isComplete: true };
}

function keepDays(
  answer: Answer,
  { fromSeconds, toSeconds, rows }: { fromSeconds: number; toSeconds: number; rows: readonly CountRow[] },
): void {
  for (let day = fromSeconds; day < toSeconds; day += DAY_SECONDS) {
    const own = rows.filter(({ daySeconds }) => daySeconds === day);
    answer.days.set(day, { rows: own, labelSets: own.length, unsaved: [...own], file: null, askedMs: 0 });
  }
}

/** How long a question that once looked far back is taken to look so far. */
const REACH_MS = 7 * DAY_SECONDS * 1000;
/** How long a day is remembered that lies farther back than the question usually looks. */
const VISIT_MS = 3_600_000;

function rememberAsked(answer: Answer, { days, nowMs }: { days: readonly number[]; nowMs: number }): void {
  for (const day of days) {
    const known = answer.days.get(day);
    if (known !== undefined) known.askedMs = nowMs;
  }
  const daysBack = days.map((day) => (dayOf(nowMs) - day) / DAY_SECONDS);
  if (Math.min(...daysBack) > 1) return; // a look at the past, not one that moves with the clock
  const farthest = Math.max(0, ...daysBack);
  const { reach } = answer;
  const isFarther = reach === null || farthest >= reach.days || nowMs - reach.atMs > REACH_MS;
  answer.reach = isFarther ? { days: farthest, atMs: nowMs, askedMs: nowMs } : { ...reach, askedMs: nowMs };
}

/** Days that nobody looks back to any more. One more is left: right after midnight the window of a rate begins in it. */
function dropOldDays({ reach, days }: Answer, nowMs: number): void {
  const first = dayOf(nowMs) - ((reach?.days ?? 0) + 1) * DAY_SECONDS;
  for (const [day, { askedMs }] of days) {
    if (day < first && nowMs - askedMs > VISIT_MS) days.delete(day);
  }
}
