import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { SeenTable } from "../block-watch.ts";
import { type Answer, createAnswer } from "../count-answers.ts";
import type { SavedAnswers } from "../count-cache.ts";
import { joinRows } from "../count-rows.ts";
import type { GaugeEntry } from "../gauge-cache.ts";
import { readDay, saveDay } from "./day-file.ts";
import { MANIFEST_NAME, type Manifest, readManifest, type SavedQuestion, writeManifest } from "./manifest.ts";

export interface KeptOptions {
  /** A directory of its own; what is in it can be thrown away at any time. */
  readonly directory: string;
  /** Of the product: what another version wrote is not used. */
  readonly version: string;
}

/** Counts of spans on disk. They are a memory of the store: where anything is wrong with them they are counted anew. */
export interface SavedCounts extends SavedAnswers {
  /** The table of spans as it was when they were written. */
  recall(): Promise<SeenTable | undefined>;
  loadGauge(key: string, epoch: string): Promise<GaugeEntry | undefined>;
  listQuestions(): Promise<readonly SavedQuestion[]>;
  /** Writes what has changed. What is written counts once all of it is: a process that is killed leaves what was there before. */
  save(what: Counted): Promise<void>;
  /** What the files take. */
  sizeBytes(): number;
}

/** What has been counted until now. */
export interface Counted {
  /** The table as it was seen last; undefined where it is being changed: then nothing is saved. */
  readonly seen: () => SeenTable | undefined;
  readonly answers: readonly Answer[];
  readonly gauges: readonly GaugeEntry[];
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** Questions that nobody has asked for so long are forgotten. */
const KEPT_MS = 7 * 86_400_000;
const MAX_QUESTIONS = 200;
const MAX_BYTES = 512 * 1024 * 1024;

export function openSavedCounts({ directory, version }: KeptOptions): SavedCounts {
  let manifest: Manifest | undefined;
  let opening: Promise<Manifest | undefined> | undefined;

  async function read(): Promise<Manifest | undefined> {
    opening ??= readManifest(directory, version).then((found) => {
      manifest = found;
      return found;
    });
    await opening;
    return manifest;
  }

  return {
    async recall() {
      return (await read())?.seen;
    },
    async listQuestions() {
      return (await read())?.questions ?? [];
    },
    reachOf: (key) => manifest?.questions.find((question) => question.key === key)?.reach ?? null,
    sizeBytes: () => manifest?.questions.reduce((sum, question) => sum + sizeOf(question), 0) ?? 0,
    async load(key, epoch) {
      const found = await read();
      const question = found?.questions.find((one) => one.key === key);
      return question !== undefined && found?.seen.epoch === epoch
        ? loadAnswer(directory, question, epoch)
        : undefined;
    },
    async loadGauge(key, epoch) {
      const found = await read();
      return found?.gauges.find((entry) => entry.key === key && entry.epoch === epoch);
    },
    async save(what) {
      const before = await read();
      await mkdir(directory, { recursive: true });
      const next = await saveAll({ directory, version }, before, what);
      if (next === undefined) return;
      await writeManifest(directory, next);
      manifest = next;
      await removeOthers(directory, next.questions);
    },
  };
}

/** Writes the files of a manifest; undefined where the table was changed meanwhile. */
async function saveAll(
  { directory, version }: KeptOptions,
  before: Manifest | undefined,
  { seen, answers, gauges, nowMs }: Counted,
): Promise<Manifest | undefined> {
  const epoch = seen()?.epoch;
  if (epoch === undefined) return undefined;
  const questions = await saveAnswers(directory, { answers, epoch });
  // Seen after the answers: a block that comes late after this makes a later look differ, one that came before is another epoch.
  const last = seen();
  if (last?.epoch !== epoch) return undefined;
  const known = new Set(questions.map(({ key }) => key));
  const others = (before?.questions ?? []).filter(({ key }) => !known.has(key));
  const stillGood = before?.seen.epoch === epoch;
  const all = [...questions, ...others.map((one) => (stillGood ? one : { ...one, days: [] }))];
  return {
    version,
    seen: last,
    questions: chooseKept(all, nowMs),
    gauges: gauges.filter((entry) => entry.epoch === epoch),
  };
}

/** The state of an answer is taken at one moment: what is counted while its files are written is for the next time. */
async function saveAnswers(
  directory: string,
  { answers, epoch }: { answers: readonly Answer[]; epoch: string },
): Promise<SavedQuestion[]> {
  const saved: SavedQuestion[] = [];
  for (const answer of answers) {
    if (answer.epoch !== epoch || answer.reach === null) continue;
    const { key, spec, block, drops, reach } = answer;
    const days = [...answer.days];
    await Promise.all(days.map(([day, one]) => saveDay(directory, { key, day, answer: one })));
    saved.push({
      key,
      spec,
      block,
      drops,
      reach,
      days: days.map(([day, { file }]) => ({ day, file })),
    });
  }
  return saved;
}

async function loadAnswer(
  directory: string,
  { days, ...question }: SavedQuestion,
  epoch: string,
): Promise<Answer> {
  const answer = createAnswer({ ...question, epoch });
  await Promise.all(
    days.map(async ({ day, file }) => {
      const found = file === null ? [] : await readDay(directory, file);
      if (found === undefined) return; // it will be counted anew
      const rows = joinRows(found);
      answer.days.set(day, { rows, labelSets: rows.length, unsaved: [], file, askedMs: 0 });
    }),
  );
  return answer;
}

/** Those asked last, as many as have room. */
function chooseKept(questions: readonly SavedQuestion[], nowMs: number): SavedQuestion[] {
  let bytes = 0;
  return questions
    .filter(({ reach }) => nowMs - reach.askedMs < KEPT_MS)
    .toSorted((left, right) => right.reach.askedMs - left.reach.askedMs)
    .slice(0, MAX_QUESTIONS)
    .filter((question) => {
      bytes += sizeOf(question);
      return bytes <= MAX_BYTES;
    });
}

function sizeOf({ days }: SavedQuestion): number {
  return days.reduce((sum, { file }) => sum + (file?.bytes ?? 0), 0);
}

function isOurs(name: string): boolean {
  return name.endsWith(".counts") || name.startsWith(MANIFEST_NAME);
}

async function removeOthers(directory: string, questions: readonly SavedQuestion[]): Promise<void> {
  const kept = new Set(questions.flatMap(({ days }) => days.map(({ file }) => file?.name)));
  kept.add(MANIFEST_NAME);
  const names = await readdir(directory);
  await Promise.all(
    names
      .filter((name) => isOurs(name) && !kept.has(name))
      .map((name) => rm(join(directory, name), { force: true })),
  );
}
