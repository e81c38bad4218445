import { Dictionary } from "./dictionary.ts";

/** A longer value is worked out each time: what repeats is shorter, and whoever sends others could fill the memory with them. */
const longestBytes = 16 * 1024;
const mostBytes = 4 * 1024 * 1024;

/**
 * What was once worked out from some bytes, remembered: providers, models, resources repeat span after span. Bounded: at `limit`
 * distinct values, or 4 MiB of them, it starts anew.
 */
export class Vocabulary<Word> {
  private readonly dictionary: Dictionary = new Dictionary();
  private words: Word[] = [];
  private readonly derive: (bytes: Buffer, start: number, end: number) => Word;
  private readonly limit: number;

  constructor(derive: (bytes: Buffer, start: number, end: number) => Word, limit: number = 8192) {
    this.derive = derive;
    this.limit = limit;
  }

  find(bytes: Buffer, start: number, end: number): Word {
    if (end - start > longestBytes) return this.derive(bytes, start, end);
    if (this.dictionary.count >= this.limit || this.dictionary.store.length > mostBytes) {
      this.dictionary.clear();
      this.words = [];
    }
    const number = this.dictionary.intern(bytes, start, end);
    return (this.words[number] ??= this.derive(bytes, start, end));
  }
}
