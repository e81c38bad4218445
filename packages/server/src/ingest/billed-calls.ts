// Two instrumentations of one call make two nested model-call spans. The inner one is billed, in whichever requests and order they come.
import type { SpanView } from "../decode/span-view.ts";
import { spanMark, type RecentCalls } from "./recent-calls.ts";

/** Numbers kept per model call: its row, itself and the span it lies in in 64 bits each, and what is true of it. */
const numbersPerCall = 6;
const isPaid = 1;
const isInside = 2;

/** What of a model call decides which others it is told apart from. */
export interface CallKind {
  readonly spanType: "model" | "embedding";
  /** True where it says how many tokens it took. */
  readonly isPaid: boolean;
}

/** The model calls of one request. A call encloses calls of its own kind alone: an answer that embeds something is not that embedding. */
export class BilledCalls {
  private readonly recent: RecentCalls;
  private project = "";
  private seed = 0;
  private calls = new Int32Array(numbersPerCall * 256);
  private slots = new Int32Array(1024);
  private count = 0;
  private readonly trace = new Int32Array(4);
  private traceLow = 0;
  private traceHigh = 0;
  private unbilled = 0;

  constructor(recent: RecentCalls) {
    this.recent = recent;
  }

  /** Starts a request; the one before was taken. */
  begin(project: string): void {
    this.publish();
    if (project === this.project) return;
    this.project = project;
    this.seed = hashText(project);
  }

  /** Forgets the calls of the request. */
  rollback(): void {
    this.count = 0;
    this.unbilled = 0;
  }

  /** Remembers a model call of the request. */
  add(bytes: Buffer, row: number, span: SpanView, kind: CallKind): void {
    if ((this.count + 1) * numbersPerCall > this.calls.length) this.grow();
    const at = this.count * numbersPerCall;
    const { calls } = this;
    this.readTrace(bytes, span.traceIdStart, kind.spanType === "embedding" ? ~this.seed : this.seed);
    const { traceLow, traceHigh } = this;
    const low = readWord(bytes, span.spanIdStart);
    const high = readWord(bytes, span.spanIdStart + 4);
    calls[at] = row;
    calls[at + 1] = mix(mix(traceLow, low), high);
    calls[at + 2] = mix(mix(traceHigh, high), low);
    calls[at + 5] = kind.isPaid ? isPaid : 0;
    if (span.parentLength === 8) {
      const parentLow = readWord(bytes, span.parentStart);
      const parentHigh = readWord(bytes, span.parentStart + 4);
      calls[at + 3] = mix(mix(traceLow, parentLow), parentHigh);
      calls[at + 4] = mix(mix(traceHigh, parentHigh), parentLow);
      const isItself = parentLow === low && parentHigh === high;
      if ((parentLow !== 0 || parentHigh !== 0) && !isItself) calls[at + 5] = (calls[at + 5] ?? 0) | isInside;
    }
    this.count += 1;
  }

  /**
   * Calls `repeated` with the row of every model call that encloses another one of its kind, of this request or of one before: what it
   * says is what the inner one says. Where the inner one says nothing of tokens, only an outer one that says nothing either repeats it.
   */
  findRepeated(repeated: (row: number) => void): void {
    if (this.count > 1) this.findInside(repeated);
    const { calls, recent } = this;
    for (let at = 0; at < this.count * numbersPerCall; at += numbersPerCall) {
      const marks = recent.find(calls[at + 1] ?? 0, calls[at + 2] ?? 0);
      if ((marks & enclosing((calls[at + 5] ?? 0) & isPaid)) === 0) continue;
      this.unbilled += 1;
      repeated(calls[at] ?? 0);
    }
  }

  /** Lets later requests know of the calls of this one. */
  publish(): void {
    if (this.count === 0) return;
    const { recent, project } = this;
    // What encloses them first: what one of the same request encloses was told already.
    this.publishParents();
    this.publishCalls();
    if (this.unbilled > 0) recent.unbilled.set(project, (recent.unbilled.get(project) ?? 0) + this.unbilled);
    this.rollback();
  }

  /** Forgets this request and all before it: what they were told by may not be durable. */
  forgetAll(): void {
    this.rollback();
    this.recent.clear();
  }

  private publishCalls(): void {
    const { calls, recent } = this;
    for (let at = 0; at < this.count * numbersPerCall; at += numbersPerCall) {
      const mark = ((calls[at + 5] ?? 0) & isPaid) === 0 ? spanMark.unpaidCall : spanMark.paidCall;
      recent.mark(calls[at + 1] ?? 0, calls[at + 2] ?? 0, mark);
    }
  }

  private publishParents(): void {
    const { calls } = this;
    for (let at = 0; at < this.count * numbersPerCall; at += numbersPerCall) {
      const facts = calls[at + 5] ?? 0;
      if ((facts & isInside) !== 0)
        this.publishParent(calls[at + 3] ?? 0, calls[at + 4] ?? 0, facts & isPaid);
    }
  }

  /** Spans of a trace often follow one another: its hash is kept. */
  private readTrace(bytes: Buffer, start: number, seed: number): void {
    const first = readWord(bytes, start) ^ seed;
    const second = readWord(bytes, start + 4);
    const third = readWord(bytes, start + 8);
    const fourth = readWord(bytes, start + 12);
    const { trace } = this;
    if (trace[0] === first && trace[1] === second && trace[2] === third && trace[3] === fourth) return;
    trace[0] = first;
    trace[1] = second;
    trace[2] = third;
    trace[3] = fourth;
    this.traceLow = mix(mix(mix(first, second), third), fourth);
    this.traceHigh = mix(mix(mix(fourth, third), second), first);
  }

  private publishParent(low: number, high: number, paid: number): void {
    const { recent } = this;
    const mark = paid === 0 ? spanMark.enclosesUnpaidCall : spanMark.enclosesPaidCall;
    const marks = recent.find(low, high);
    const repeats = paid === 0 ? spanMark.unpaidCall : spanMark.paidCall | spanMark.unpaidCall;
    // The first call in it: the next ones change nothing more.
    if ((marks & repeats) !== 0 && (marks & mark) === 0) recent.billedTwice += 1;
    recent.mark(low, high, mark);
  }

  private findInside(repeated: (row: number) => void): void {
    this.index();
    const { calls } = this;
    for (let at = 0; at < this.count * numbersPerCall; at += numbersPerCall) {
      const facts = calls[at + 5] ?? 0;
      if ((facts & isInside) === 0) continue;
      const parent = this.findCall(calls[at + 3] ?? 0, calls[at + 4] ?? 0);
      if (parent >= 0 && ((facts & isPaid) !== 0 || ((calls[parent + 5] ?? 0) & isPaid) === 0))
        repeated(calls[parent] ?? 0);
    }
  }

  private index(): void {
    let size = 1024;
    while (size < this.count * 4) size *= 2;
    if (this.slots.length < size) this.slots = new Int32Array(size);
    else this.slots.fill(0);
    const mask = this.slots.length - 1;
    for (let call = 0; call < this.count; call += 1) {
      let slot = (this.calls[call * numbersPerCall + 1] ?? 0) & mask;
      while (this.slots[slot] !== 0) slot = (slot + 1) & mask;
      this.slots[slot] = call + 1;
    }
  }

  /** Where the numbers of a call start; -1 where there is no such call. */
  private findCall(low: number, high: number): number {
    const mask = this.slots.length - 1;
    let slot = low & mask;
    for (let entry = this.slots[slot] ?? 0; entry !== 0; entry = this.slots[slot] ?? 0) {
      const at = (entry - 1) * numbersPerCall;
      if (this.calls[at + 1] === low && this.calls[at + 2] === high) return at;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  private grow(): void {
    const larger = new Int32Array(this.calls.length * 2);
    larger.set(this.calls);
    this.calls = larger;
  }
}

/** The marks that make a call one that repeats what it encloses. */
function enclosing(paid: number): number {
  return paid === 0 ? spanMark.enclosesPaidCall | spanMark.enclosesUnpaidCall : spanMark.enclosesPaidCall;
}

function readWord(bytes: Buffer, at: number): number {
  return (
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24)
  );
}

function mix(state: number, word: number): number {
  const mixed = Math.imul(state ^ (state >>> 15) ^ Math.imul(word, 0x85ebca6b), 0xc2b2ae35);
  return mixed ^ (mixed >>> 13);
}

function hashText(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash;
}
