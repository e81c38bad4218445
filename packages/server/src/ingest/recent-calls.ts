// Model calls of the requests before, and the spans that enclose some: which call repeats another is told without asking the store.

/** What is known of a span, one bit each. A call is paid when it says how many tokens it took. */
export const spanMark = {
  paidCall: 1,
  unpaidCall: 2,
  enclosesPaidCall: 4,
  enclosesUnpaidCall: 8,
} as const;

const allMarks = 15;
/** A set is a line of the processor's cache: five times an id in two halves and its marks, then which clearing it has seen. */
const wordsPerSet = 16;
const wordsPerSpan = 3;
const usedWords = 5 * wordsPerSpan;
/** 8 MB, resident as far as they are used: 650,000 spans. */
const defaultSets = 1 << 17;
const clockMask = 0x07ff_ffff;

/** Remembers spans by 64 bits mixed from their ids, the latest ones of each set. */
export class RecentCalls {
  /** Calls by project that are not billed because they enclose a call that came before. */
  readonly unbilled: Map<string, number> = new Map<string, number>();
  /** Rises with every call that came after the one that encloses it: that one is billed already. */
  billedTwice = 0;
  private readonly words: Int32Array;
  private readonly mask: number;
  private clock = 0;
  private clearings = 0;

  /** `sets` is a power of two. */
  constructor(sets: number = defaultSets) {
    this.words = new Int32Array(sets * wordsPerSet);
    this.mask = sets - 1;
  }

  /** Forgets everything: each set when it is looked at next, for a full disk makes one clearing follow another. */
  clear(): void {
    this.clearings = (this.clearings + 1) | 0;
  }

  /** The marks of a span; 0 where it is not known. */
  find(low: number, high: number): number {
    const { words } = this;
    const set = (low & this.mask) * wordsPerSet;
    if (words[set + usedWords] !== this.clearings) return 0;
    for (let at = set; at < set + usedWords; at += wordsPerSpan) {
      if (words[at] === low && words[at + 1] === high) return (words[at + 2] ?? 0) & allMarks;
    }
    return 0;
  }

  /** Adds a mark to a span; a new one takes the place of the one of its set that was marked longest ago. */
  mark(low: number, high: number, mark: number): void {
    const { words } = this;
    const set = (low & this.mask) * wordsPerSet;
    if (words[set + usedWords] !== this.clearings) {
      words.fill(0, set, set + usedWords);
      words[set + usedWords] = this.clearings;
    }
    this.clock = (this.clock + 1) & clockMask;
    let oldest = set;
    let oldestAge = -1;
    for (let at = set; at < set + usedWords; at += wordsPerSpan) {
      const stored = words[at + 2] ?? 0;
      if (words[at] === low && words[at + 1] === high) {
        words[at + 2] = (this.clock << 4) | (stored & allMarks) | mark;
        return;
      }
      // The clock goes round; an empty place is older than any.
      const age = stored === 0 ? clockMask + 1 : (this.clock - (stored >>> 4)) & clockMask;
      if (age > oldestAge) {
        oldest = at;
        oldestAge = age;
      }
    }
    words[oldest] = low;
    words[oldest + 1] = high;
    words[oldest + 2] = (this.clock << 4) | mark;
  }
}
