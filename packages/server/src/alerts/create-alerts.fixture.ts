import { parseSeriesNotation } from "@spanlight/promql";
import { createAlerts, type Alerts, type AlertsOptions } from "./create-alerts.ts";
import type { AlertNotice, WrittenSample } from "./engine/outside.ts";
import type { SavedState } from "./engine/saved-state.ts";
import { createQuery } from "./series/create-query.ts";
import { createSampleStore, type SampleStore } from "./series/sample-store.ts";

export const MINUTE_MS = 60_000;
/** Rules are tried from this moment on. */
export const START_MS = Date.UTC(2026, 10, 21);

/** A rule engine over series in memory with a clock that only the test moves. */
export interface Bench {
  readonly alerts: Alerts;
  readonly store: SampleStore;
  readonly written: WrittenSample[];
  readonly notices: AlertNotice[];
  readonly saved: { state: SavedState | null };
  readonly control: AbortController;
  /** Loads a series; a value each minute from `START_MS` on. */
  load(notation: string, stepMs?: number): void;
  /** Moves the clock on, evaluating every slot on the way. */
  advance(minutes: number): Promise<void>;
  /** Moves the clock without evaluating. */
  skip(minutes: number): void;
  setRules(text: string): void;
  nowMs(): number;
}

export interface BenchOptions extends Partial<AlertsOptions> {
  readonly startMs?: number;
  readonly saved?: SavedState | null;
  readonly store?: SampleStore;
}

interface Tape {
  readonly written: WrittenSample[];
  readonly notices: AlertNotice[];
  readonly saved: { state: SavedState | null };
  clockMs: number;
  text: string;
}

function toOptions(tape: Tape, store: SampleStore): Omit<AlertsOptions, "signal"> {
  return {
    readRules: async () => [{ file: "rules.yaml", text: tape.text }],
    query: createQuery(store),
    write: async (samples) => {
      tape.written.push(...samples);
      store.append(samples);
    },
    notify: async (found) => {
      tape.notices.push(...found);
    },
    now: () => tape.clockMs,
    loadState: async () => tape.saved.state,
    saveState: async (state) => {
      tape.saved.state = structuredClone(state);
    },
  };
}

export async function createBench(rules: string, options: BenchOptions = {}): Promise<Bench> {
  const { startMs = START_MS, store = createSampleStore() } = options;
  const control = new AbortController();
  const saved = { state: options.saved ?? null };
  const tape: Tape = { written: [], notices: [], saved, clockMs: startMs, text: rules };
  const alerts = createAlerts({ ...toOptions(tape, store), signal: control.signal, ...options });
  await alerts.reload();
  const { written, notices } = tape;
  return {
    alerts,
    store,
    written,
    notices,
    saved,
    control,
    load: (notation, stepMs = MINUTE_MS) => loadSeries(store, notation, stepMs),
    async advance(minutes) {
      const endMs = tape.clockMs + minutes * MINUTE_MS;
      while (alerts.nextDueMs() <= endMs) {
        tape.clockMs = alerts.nextDueMs();
        await alerts.tick();
      }
      tape.clockMs = endMs;
    },
    skip(minutes) {
      tape.clockMs += minutes * MINUTE_MS;
    },
    setRules(text) {
      tape.text = text;
    },
    nowMs: () => tape.clockMs,
  };
}

function loadSeries(store: SampleStore, notation: string, stepMs: number): void {
  const { labels, values } = parseSeriesNotation(notation);
  values.forEach((entry, index) => {
    if (entry.kind === "omitted" || entry.kind === "histogram") return;
    const value = entry.kind === "value" ? entry.value : NaN;
    const timeMs = START_MS + index * stepMs;
    store.append([{ labels, timeMs, value, isStale: entry.kind === "stale" }]);
  });
}
