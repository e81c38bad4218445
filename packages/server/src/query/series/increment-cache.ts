import type { BlockWatch } from "./block-watch.ts";

/** Blocks of spans to count: those after one up to another. */
export interface BlockRange {
  readonly after: number;
  readonly upTo: number;
}

/** Reads what spans add to series: of all blocks, or of some. */
export type ReadIncrements<Row> = (blocks: BlockRange | undefined) => Promise<Row[]>;

export interface CachedQuestion<Row> {
  /** The same for questions with the same answer. */
  readonly key: string;
  readonly read: ReadIncrements<Row>;
  readonly sizeOf: (row: Row) => number;
  /** True where reading all blocks is much cheaper than reading the blocks up to a number: the rollup knows no blocks. */
  readonly isRollup: boolean;
}

/** Remembers counts of spans, so that only the blocks that have come since are counted. */
export interface IncrementCache {
  /** Rows of one label set may come several times: they add up. */
  read<Row>(question: CachedQuestion<Row>): Promise<readonly Row[]>;
  /** True where the answer to a question was too large to be remembered. */
  isTooLarge(key: string): boolean;
}

export interface IncrementCacheOptions {
  readonly watch: BlockWatch;
  /** Most bytes of all answers, and of one. */
  readonly maxBytes: number;
  readonly maxEntryBytes: number;
}

/** An answer that has grown so many times longer is read anew, which joins the rows of a label set. */
const MAX_GROWTH = 16;
const MAX_TOO_LARGE = 1_000;

export function createIncrementCache({ watch, ...limits }: IncrementCacheOptions): IncrementCache {
  const answers = createAnswers(limits);
  const running = new Map<string, Promise<readonly unknown[]>>();

  async function readAll<Row>(question: CachedQuestion<Row>): Promise<readonly Row[]> {
    const { key, read, isRollup } = question;
    answers.drop(key);
    const before = await watch.current();
    const rows = await read(isRollup ? undefined : { after: 0, upTo: before.block });
    const after = isRollup ? await watch.current() : before;
    // Where a block has come meanwhile nobody knows whether it is counted: the answer is good, but only once.
    if (after.epoch === before.epoch && after.block === before.block) {
      answers.keep(key, { ...before, rows, firstRows: rows.length, sizeBytes: sumSizes(question, rows) });
    }
    return rows;
  }

  async function readNew<Row>(question: CachedQuestion<Row>): Promise<readonly Row[]> {
    const { key, read } = question;
    const known = answers.get(key);
    const state = await watch.current();
    if (known === undefined || known.epoch !== state.epoch || hasGrown(known)) return readAll(question);
    // The key is of one question, and a question's rows are of one type.
    const old = known.rows as readonly Row[];
    const added = known.block === state.block ? [] : await read({ after: known.block, upTo: state.block });
    const rows = added.length === 0 ? old : [...old, ...added];
    const sizeBytes = known.sizeBytes + sumSizes(question, added);
    answers.keep(key, { ...state, rows, sizeBytes, firstRows: known.firstRows });
    return rows;
  }

  return {
    isTooLarge: (key) => answers.isTooLarge(key),
    async read<Row>(question: CachedQuestion<Row>) {
      const same = running.get(question.key);
      if (same !== undefined) return same as Promise<readonly Row[]>;
      const answer = readNew(question);
      running.set(question.key, answer);
      try {
        return await answer;
      } finally {
        running.delete(question.key);
      }
    },
  };
}

function sumSizes<Row>({ sizeOf }: CachedQuestion<Row>, rows: readonly Row[]): number {
  return rows.reduce((sum, row) => sum + sizeOf(row), 0);
}

function hasGrown({ rows, firstRows }: Answer): boolean {
  return rows.length > MAX_GROWTH * Math.max(2, firstRows);
}

/** What was counted, up to which block. */
interface Answer {
  readonly epoch: number;
  readonly block: number;
  readonly rows: readonly unknown[];
  /** How many rows it had when all blocks were read. */
  readonly firstRows: number;
  readonly sizeBytes: number;
}

interface Answers {
  get(key: string): Answer | undefined;
  keep(key: string, answer: Answer): void;
  drop(key: string): void;
  isTooLarge(key: string): boolean;
}

/** The answers used last, as many as have room. */
function createAnswers({ maxBytes, maxEntryBytes }: Omit<IncrementCacheOptions, "watch">): Answers {
  // In order of use: the first is the one that was used longest ago.
  const answers = new Map<string, Answer>();
  const tooLarge = new Set<string>();
  let sizeBytes = 0;
  const drop = (key: string): void => {
    sizeBytes -= answers.get(key)?.sizeBytes ?? 0;
    answers.delete(key);
  };
  return {
    get: (key) => answers.get(key),
    drop,
    isTooLarge: (key) => tooLarge.has(key),
    keep(key, answer) {
      drop(key);
      if (answer.sizeBytes > maxEntryBytes) {
        if (tooLarge.size >= MAX_TOO_LARGE) tooLarge.clear();
        tooLarge.add(key);
        return;
      }
      answers.set(key, answer);
      sizeBytes += answer.sizeBytes;
      for (const oldest of answers.keys()) {
        if (sizeBytes <= maxBytes) return;
        drop(oldest);
      }
    },
  };
}
