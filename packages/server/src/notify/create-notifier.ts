import { setTimeout as waitFor } from "node:timers/promises";
import { addToGroup } from "./alert-group.ts";
import type { SentRecord } from "./decide.ts";
import { flushGroup, flushPending, type FlushContext } from "./flush.ts";
import { fingerprintOf } from "./message.ts";
import type { Notice } from "./notice.ts";
import type { AroundDelivery, Delivery } from "./deliveries.ts";
import { toReceiverView, type ReceiverView } from "./receiver-view.ts";
import { createRoute, takes, type Route, type RouteOptions } from "./route.ts";
import type { NotifierState } from "./saved-state.ts";
import { sendTest } from "./send-test.ts";
import { createSilences, type Silence, type Silences } from "./silences.ts";

export interface NotifierOptions {
  readonly routes: readonly RouteOptions[];
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Ends the loop and deliveries under way. */
  readonly signal: AbortSignal;
  /** Where people reach this server, without a slash at the end. */
  readonly externalUrl: () => string;
  /** Finds traces that show what an alert is about: at most `limit` ids. Default: none. */
  readonly findTraces?: (notice: Notice, limit: number) => Promise<readonly string[]>;
  /** What was saved last, or null. */
  readonly loadState?: () => Promise<NotifierState | null>;
  /** Keeps what was told to whom over a restart; may be called again before it is done, the later state counts. */
  readonly saveState?: (state: NotifierState) => Promise<void>;
  readonly aroundDelivery?: AroundDelivery | undefined;
  /** Told of messages that were not taken and of state that cannot be saved. */
  readonly onError?: (what: string, error: unknown) => void;
}

/** Tells people of alerts. */
export interface Notifier {
  /** Reads what was saved. Call once, before the first `accept`. */
  start(): Promise<void>;
  /** Takes alerts; messages go out with `tick` or `run`. The latest notice of an alert counts. */
  accept(notices: readonly Notice[]): Promise<void>;
  /** Sends what is due; resolves when all is sent or has failed. */
  tick(): Promise<void>;
  /** When something is due next, ms since the epoch; Infinity when nothing is. */
  nextDueMs(): number;
  /** Sends until the signal fires; a slow receiver holds up no other. */
  run(): Promise<void>;
  addSilence(silence: Omit<Silence, "id">): Promise<Silence>;
  /** Ends a silence; false when there is none in force. */
  expireSilence(id: string): Promise<boolean>;
  listSilences(): readonly Silence[];
  /** The silences in force for an alert now. */
  findSilences(labels: Readonly<Record<string, string>>): readonly Silence[];
  /** Who is told, in the order of the configuration. */
  listReceivers(): readonly ReceiverView[];
  /** Sends a test message at once; null when there is no receiver of that name. */
  sendTest(name: string): Promise<Delivery | null>;
}

interface Engine {
  readonly options: NotifierOptions;
  readonly routes: readonly Route[];
  readonly sent: Map<string, SentRecord>;
  readonly underWay: Map<string, SentRecord>;
  readonly running: Set<Promise<void>>;
  silences: Silences;
}

/** Bounds of memory: groups of one receiver, alerts waiting for a receiver that takes them one by one. */
const MAX_GROUPS = 1_000;
const MAX_PENDING = 10_000;
/** The loop looks at the clock at least so often. */
const MAX_WAIT_MS = 1_000;

export function createNotifier(options: NotifierOptions): Notifier {
  const engine: Engine = {
    options,
    routes: options.routes.map(createRoute),
    sent: new Map(),
    underWay: new Map(),
    running: new Set(),
    silences: createSilences(),
  };
  const { now } = options;
  return {
    start: () => start(engine),
    accept: async (notices) => accept(engine, notices),
    tick: async () => {
      await Promise.all(startDue(engine));
    },
    nextDueMs: () => nextDueMs(engine),
    run: () => run(engine),
    addSilence: async (wanted) => {
      const silence = engine.silences.add(wanted);
      await save(engine);
      return silence;
    },
    expireSilence: async (id) => {
      const isExpired = engine.silences.expire(id, now());
      if (isExpired) await save(engine);
      return isExpired;
    },
    listSilences: () => engine.silences.list(),
    findSilences: (labels) => engine.silences.findFor(labels, now()),
    listReceivers: () => engine.routes.map(toReceiverView),
    sendTest: async (name) => {
      const route = engine.routes.find((one) => one.name === name);
      return route === undefined ? null : sendTest(route, toContext(engine));
    },
  };
}

async function start(engine: Engine): Promise<void> {
  const saved = (await engine.options.loadState?.()) ?? null;
  if (saved === null) return;
  for (const [key, record] of Object.entries(saved.sent)) engine.sent.set(key, record);
  for (const [key, record] of Object.entries(saved.underWay))
    engine.sent.set(key, { ...record, isUnsure: true });
  for (const { name, rateLimit } of engine.routes) {
    const before = saved.rateLimits[name];
    if (before !== undefined) rateLimit.restore(before);
  }
  engine.silences = createSilences(saved.silences);
}

function accept({ routes, options }: Engine, notices: readonly Notice[]): void {
  const nowMs = options.now();
  for (const route of routes) {
    for (const notice of notices) {
      if (takes(route, notice) && !enqueue(route, notice, nowMs)) route.counts.dropped++;
    }
  }
}

function enqueue(route: Route, notice: Notice, nowMs: number): boolean {
  if (route.receiver.kind === "groups") {
    return addToGroup(route.groups, notice, { ...route, maxGroups: MAX_GROUPS, nowMs });
  }
  const fingerprint = fingerprintOf(notice.labels);
  if (!route.pending.has(fingerprint) && route.pending.size >= MAX_PENDING) return false;
  if (route.pending.size === 0) route.pendingDueMs = Math.max(route.pendingDueMs, nowMs);
  route.pending.set(fingerprint, notice);
  return true;
}

function nextDueMs({ routes }: Engine): number {
  const times = routes.flatMap(({ groups, pending, pendingDueMs, isForwarding }) => {
    const idle = [...groups.values()].filter(({ isSending }) => !isSending);
    const forward = pending.size > 0 && !isForwarding ? [pendingDueMs] : [];
    return [...idle.map(({ nextFlushMs }) => nextFlushMs), ...forward];
  });
  return Math.min(Infinity, ...times);
}

function toContext(engine: Engine): FlushContext {
  const { now, signal, externalUrl, findTraces, onError } = engine.options;
  const compose = {
    externalUrl: externalUrl(),
    findTraces: findTraces ?? (async () => []),
    onError: onError ?? (() => undefined),
  };
  const { silences, sent, underWay } = engine;
  const around = engine.options.aroundDelivery;
  return { now, signal, silences, sent, underWay, compose, around, save: () => save(engine) };
}

function startDue(engine: Engine): Promise<void>[] {
  const { now, signal } = engine.options;
  if (signal.aborted) return [];
  const nowMs = now();
  const context = toContext(engine);
  const started = engine.routes.flatMap((route) => {
    const due = [...route.groups.values()].filter((group) => !group.isSending && group.nextFlushMs <= nowMs);
    const isForwardDue = route.pending.size > 0 && !route.isForwarding && route.pendingDueMs <= nowMs;
    return [
      ...due.map((group) => flushGroup(route, group, context)),
      ...(isForwardDue ? [flushPending(route, context)] : []),
    ];
  });
  for (const one of started) {
    engine.running.add(one);
    void one.finally(() => engine.running.delete(one));
  }
  return started;
}

/** Drops what no group will ask for again. */
function prune({ sent, routes, silences, options }: Engine): void {
  const nowMs = options.now();
  const keepMs = 2 * Math.max(0, ...routes.map(({ repeatIntervalMs }) => repeatIntervalMs));
  for (const [key, { firing, sentAtMs }] of sent) {
    const isOpen = firing.length > 0 && routes.some(({ groups }) => groups.has(key));
    if (!isOpen && sentAtMs + keepMs < nowMs) sent.delete(key);
  }
  silences.prune(nowMs);
}

/** Hands the state to be saved at once: what is told again after a kill is what was not handed over before it. */
async function save(engine: Engine): Promise<void> {
  const { saveState, onError } = engine.options;
  prune(engine);
  if (saveState === undefined) return;
  const sent = toRecords(engine.sent);
  const underWay = toRecords(engine.underWay);
  const rateLimits = Object.fromEntries(engine.routes.map(({ name, rateLimit }) => [name, rateLimit.save()]));
  const silences = engine.silences.list().map((one) => ({ ...one, matchers: [...one.matchers] }));
  try {
    await saveState({ version: 1, sent, underWay, rateLimits, silences });
  } catch (error) {
    onError?.("cannot save what was told to whom", error);
  }
}

function toRecords(records: ReadonlyMap<string, SentRecord>): NotifierState["sent"] {
  return Object.fromEntries(
    [...records].map(([key, { firing, resolved, ...rest }]) => [
      key,
      { firing: [...firing], resolved: [...resolved], ...rest },
    ]),
  );
}

async function run(engine: Engine): Promise<void> {
  const { signal, now } = engine.options;
  while (!signal.aborted) {
    void startDue(engine);
    const untilMs = Math.max(10, Math.min(nextDueMs(engine) - now(), MAX_WAIT_MS));
    await waitFor(untilMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(engine.running);
}
