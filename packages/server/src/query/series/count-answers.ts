import { type CountRow, sizeOfRow } from "./count-rows.ts";
import type { CountSpec } from "./count-spec.ts";

/** How far back a question looks. */
export interface Reach {
  /** Days before the day it is asked on. */
  readonly days: number;
  /** When it last looked so far back, Unix milliseconds. */
  readonly atMs: number;
  /** When it was asked last, Unix milliseconds. */
  readonly askedMs: number;
}

/** The file that holds a day's rows but for the `unsaved` ones. */
export interface DayFile {
  readonly name: string;
  readonly bytes: number;
  /** So many pieces were written one after another. */
  readonly frames: number;
}

/** What is known of one UTC day. */
export interface DayAnswer {
  rows: CountRow[];
  /** How many rows there were when each label set came once. */
  labelSets: number;
  /** Rows that are in no file yet. */
  unsaved: CountRow[];
  file: DayFile | null;
  /** When somebody asked for the day last, Unix milliseconds. */
  askedMs: number;
}

/** What was counted for a question: of each day all spans in the blocks up to one. Only the cache changes it. */
export interface Answer {
  readonly key: string;
  readonly spec: CountSpec;
  readonly epoch: string;
  block: number;
  /** The drops of days of receipt that are taken into account. */
  drops: number;
  /** By midnight, Unix seconds. */
  readonly days: Map<number, DayAnswer>;
  reach: Reach | null;
}

export function createAnswer(of: Omit<Answer, "days">): Answer {
  return { ...of, days: new Map() };
}

export function sizeOfAnswer({ days }: Answer): number {
  let bytes = 0;
  for (const { rows } of days.values()) for (const row of rows) bytes += sizeOfRow(row);
  return bytes;
}

export interface Answers {
  get(key: string): Answer | undefined;
  /** Keeps it as the one used last. */
  keep(answer: Answer): void;
  /** Those used longest ago in front. */
  list(): readonly Answer[];
  isTooLarge(key: string): boolean;
}

const MAX_TOO_LARGE = 1_000;

/** The answers used last, as many as have room. */
export function createAnswers({
  maxBytes,
  maxEntryBytes,
}: {
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
}): Answers {
  // In order of use: the first is the one that was used longest ago.
  const answers = new Map<string, { readonly answer: Answer; readonly bytes: number }>();
  const tooLarge = new Set<string>();
  let allBytes = 0;
  const drop = (key: string): void => {
    allBytes -= answers.get(key)?.bytes ?? 0;
    answers.delete(key);
  };
  return {
    get: (key) => answers.get(key)?.answer,
    list: () => [...answers.values()].map(({ answer }) => answer),
    isTooLarge: (key) => tooLarge.has(key),
    keep(answer) {
      const { key } = answer;
      drop(key);
      const bytes = sizeOfAnswer(answer);
      if (bytes > maxEntryBytes) {
        if (tooLarge.size >= MAX_TOO_LARGE) tooLarge.clear();
        tooLarge.add(key);
        return;
      }
      answers.set(key, { answer, bytes });
      allBytes += bytes;
      for (const oldest of answers.keys()) {
        if (allBytes <= maxBytes) return;
        drop(oldest);
      }
    },
  };
}
