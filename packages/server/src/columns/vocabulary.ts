import { Dictionary } from "./dictionary.ts";

/**
 * What was once worked out from some bytes, remembered: providers, models, resources repeat span after span. Bounded: at `limit`
 * distinct values it starts anew.
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
    if (this.dictionary.count >= this.limit) {
      this.dictionary.clear();
      this.words = [];
    }
    const number = this.dictionary.intern(bytes, start, end);
    return (this.words[number] ??= this.derive(bytes, start, end));
  }
}
