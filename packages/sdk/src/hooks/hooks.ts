import type { CallRecord } from "../call-record.ts";
import { isThenable } from "../sources/read-value.ts";
import type { InputMessage } from "../message.ts";

/** A tool that is about to run. */
export interface ToolCallStart {
  readonly toolName: string;
  readonly toolCallId: string | undefined;
  readonly input: unknown;
  /** Number of the step in its loop, from 1; 0 outside a loop. */
  readonly stepNumber: number;
}

/** A tool that has run. */
export interface ToolCall extends ToolCallStart {
  readonly output: unknown;
  readonly error: unknown;
  readonly latencyMs: number;
}

/** Why a loop ended: the model was done, the limit of steps was reached, or a hook stopped it. */
export type TerminationReason = "natural" | "max_steps" | "hook_stopped";

/** One round of a loop: a model call and the tools it asked for. */
export interface StepFinish {
  readonly stepNumber: number;
  readonly call: CallRecord | undefined;
  readonly toolCalls: readonly ToolCall[];
  readonly finishReason: string | undefined;
  readonly latencyMs: number;
}

/** A loop that is over. */
export interface Finish {
  readonly steps: number;
  readonly terminationReason: TerminationReason;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly latencyMs: number;
  readonly error: unknown;
}

/** What `beforeToolExecute` may answer. */
export interface ToolDecision {
  /** True: the tool does not run; `output` stands for its result. */
  readonly skip?: boolean;
  readonly output?: unknown;
  /** Runs the tool with this input instead. */
  readonly input?: unknown;
}

/** What `afterToolExecute` may answer. */
export interface ToolAmendment {
  readonly output?: unknown;
  readonly metadata?: Readonly<Record<string, string | number | boolean>>;
}

/** A step that is about to begin. */
export interface StepStart {
  readonly stepNumber: number;
  readonly messages: readonly InputMessage[];
}

/** What `beforeStep` may answer. */
export interface StepDecision {
  readonly stop?: boolean;
  readonly injectMessages?: readonly unknown[];
}

/** The six hooks that watch. */
export interface ObserverEvents {
  onRequest: CallRecord;
  onResponse: CallRecord;
  onToolCallStart: ToolCallStart;
  onToolCall: ToolCall;
  onStepFinish: StepFinish;
  onFinish: Finish;
}

/** The three hooks that may change what happens. */
export interface Interceptors {
  beforeToolExecute: (call: ToolCallStart) => ToolDecision | undefined | Promise<ToolDecision | undefined>;
  afterToolExecute: (call: ToolCall) => ToolAmendment | undefined | Promise<ToolAmendment | undefined>;
  beforeStep: (step: StepStart) => StepDecision | undefined | Promise<StepDecision | undefined>;
}

type Observer<Name extends keyof ObserverEvents> = (event: ObserverEvents[Name]) => unknown;
type Listener = { readonly call: (event: unknown) => unknown; readonly readsMessages: boolean };
type Delivery = { readonly name: keyof ObserverEvents; readonly event: unknown };

/** Events wait this long, so that one timer serves many calls (bench/sdk.ts: 8 µs a call less than one each). */
const delayMs = 5;
/** Past this many they are told at once: a burst must not become one long pause. */
const maxWaiting = 64;

export interface HooksOptions {
  /** Told of hooks that threw, and of interceptors that did not answer in time. */
  readonly onFailure?: (error: unknown, hook: string) => void;
  /** How long an interceptor may take; 0 for as long as it likes. Default 5000. */
  readonly deadlineMs?: number;
}

const late = Symbol("late");

/** The nine lifecycle hooks. Observers run after the call has returned to its caller, and none can break it. */
export class Hooks {
  readonly #observers = new Map<keyof ObserverEvents, Listener[]>();
  readonly #interceptors = new Map<keyof Interceptors, Interceptors[keyof Interceptors]>();
  readonly #onFailure: (error: unknown, hook: string) => void;
  readonly #deadlineMs: number;
  #waiting: (Delivery | undefined)[] = [];
  #scheduled: NodeJS.Timeout | undefined;
  #readsMessages = 0;

  constructor({ onFailure = () => undefined, deadlineMs = 5000 }: HooksOptions = {}) {
    this.#onFailure = onFailure;
    this.#deadlineMs = deadlineMs;
  }

  /** True when somebody registered reads messages, so that sources have to keep them. */
  get readsMessages(): boolean {
    return this.#readsMessages > 0;
  }

  /** Adds an observer; many may watch one hook. Returns what takes it away again. */
  on<Name extends keyof ObserverEvents>(
    name: Name,
    observer: Observer<Name>,
    { readsMessages = true }: { readonly readsMessages?: boolean } = {},
  ): () => void {
    // The map holds listeners of all events; only this method puts them in, under the name that types them.
    const listener: Listener = { call: observer as (event: unknown) => unknown, readsMessages };
    const listeners = this.#observers.get(name) ?? [];
    this.#observers.set(name, [...listeners, listener]);
    if (readsMessages) this.#readsMessages++;
    return () => {
      const current = this.#observers.get(name) ?? [];
      if (!current.includes(listener)) return;
      this.#observers.set(
        name,
        current.filter((other) => other !== listener),
      );
      if (readsMessages) this.#readsMessages--;
    };
  }

  /** Sets an interceptor; a later one replaces the earlier. Returns what takes it away again. */
  intercept<Name extends keyof Interceptors>(name: Name, interceptor: Interceptors[Name]): () => void {
    this.#interceptors.set(name, interceptor);
    return () => {
      if (this.#interceptors.get(name) === interceptor) this.#interceptors.delete(name);
    };
  }

  has(name: keyof ObserverEvents | keyof Interceptors): boolean {
    return (
      (this.#observers.get(name as keyof ObserverEvents)?.length ?? 0) > 0 ||
      this.#interceptors.has(name as keyof Interceptors)
    );
  }

  /** Tells the observers, soon. */
  emit<Name extends keyof ObserverEvents>(name: Name, event: ObserverEvents[Name]): void {
    if ((this.#observers.get(name)?.length ?? 0) === 0) return;
    this.#waiting.push({ name, event });
    if (this.#waiting.length >= maxWaiting) return this.drain();
    this.#scheduled ??= setTimeout(() => this.drain(), delayMs).unref();
  }

  /** Delivers what waits, now. */
  drain(): void {
    if (this.#scheduled !== undefined) clearTimeout(this.#scheduled);
    this.#scheduled = undefined;
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      for (let index = 0; index < batch.length; index++) {
        const delivery = batch[index];
        // Else V8's scavenges carry what the list points to into the old generation (bench/sdk.ts: 10 µs a call).
        batch[index] = undefined;
        if (delivery !== undefined) this.#deliver(delivery.name, delivery.event);
      }
    }
  }

  /**
   * Asks an interceptor. One that throws, or does not answer within its deadline, is reported and counts as having said nothing;
   * `onLate` is told of the second.
   */
  async ask<Name extends keyof Interceptors>(
    name: Name,
    event: Parameters<Interceptors[Name]>[0],
    onLate?: (name: Name) => void,
  ): Promise<Awaited<ReturnType<Interceptors[Name]>> | undefined> {
    const interceptor = this.#interceptors.get(name) as ((event: unknown) => unknown) | undefined;
    if (interceptor === undefined) return undefined;
    try {
      const answer = await this.#beforeDeadline(interceptor(event));
      if (answer !== late) return answer as Awaited<ReturnType<Interceptors[Name]>>;
      onLate?.(name);
      this.#onFailure(new Error(`no answer within ${this.#deadlineMs} ms`), name);
    } catch (error) {
      this.#onFailure(error, name);
    }
    return undefined;
  }

  async #beforeDeadline(answer: unknown): Promise<unknown> {
    if (!isThenable(answer) || this.#deadlineMs === 0) return answer;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<symbol>((resolve) => {
      timer = setTimeout(resolve, this.#deadlineMs, late);
    });
    try {
      return await Promise.race([answer, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  #deliver(name: keyof ObserverEvents, event: unknown): void {
    for (const listener of this.#observers.get(name) ?? []) {
      try {
        const result = listener.call(event);
        if (result instanceof Promise) result.catch((error: unknown) => this.#onFailure(error, name));
      } catch (error) {
        this.#onFailure(error, name);
      }
    }
  }
}
