import { createHash } from "node:crypto";
import { toWord, type Word } from "../normalise/words.ts";

/** Labels sorted by name, without `__name__`; no two with one name, none with an empty value. */
export type Labels = ReadonlyArray<readonly [name: string, value: string]>;

/** Something that the store has to be told at least once a day of receipt: the labels of a series, the kind of a metric. */
export interface Announced {
  /** Unix day on which the store was told last; -1 = never. */
  toldOnDay: number;
  /** The block that tells it now. */
  telling: object | null;
}

export interface Series extends Announced {
  /** 128 bits of project, metric and labels. */
  readonly id: Buffer;
  readonly metric: Word;
}

export function createAnnounced(): Announced {
  return { toldOnDay: -1, telling: null };
}

/** The identity of a series: the same wherever and whenever it is worked out. */
export function createSeries(project: string, metric: Word, labels: Labels): Series {
  const hash = createHash("sha256");
  hash.update(`${project}\0${metric.text}`);
  for (const [name, value] of labels) hash.update(`\0${name}\0${value}`);
  return { id: hash.digest().subarray(0, 16), metric, ...createAnnounced() };
}

const words = new Map<string, Word>();
const rememberedWords = 50_000;
const rememberedLength = 256;

/** One word per metric or label name, so that columns find it without a look at its bytes. */
export function toNameWord(name: string): Word {
  let word = words.get(name);
  if (word === undefined) {
    if (words.size >= rememberedWords) words.clear();
    word = toWord(name);
    if (name.length <= rememberedLength) words.set(name, word);
  }
  return word;
}

/** Sorts labels by name and drops the empty ones, which mean the same as none. */
export function toLabels(entries: Iterable<readonly [string, string]>): Labels {
  return [...entries]
    .filter(([, value]) => value !== "")
    .toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The labels with one more, or with another value for one. */
export function withLabel(labels: Labels, name: string, value: string): Labels {
  return toLabels([...labels.filter(([each]) => each !== name), [name, value]]);
}
