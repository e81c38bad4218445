import { parseSeriesNotation, type Labels } from "@spanlight/promql";
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

export async function createBench(rules: string, options: BenchOptions = {}): Promise<Bench> {
  const { startMs = START_MS, store = createSampleStore() } = options;
  const control = new AbortController();
  const saved = { state: options.saved ?? null };
  const written: WrittenSample[] = [];
  const notices: AlertNotice[] = [];
  let clockMs = startMs;
  let text = rules;
  const alerts = createAlerts({
    readRules: async () => [{ file: "rules.yaml", text }],
    query: createQuery(store),
    write: async (samples) => {
      written.push(...samples);
      store.append(samples);
    },
    notify: async (found) => {
      notices.push(...found);
    },
    now: () => clockMs,
    loadState: async () => saved.state,
    saveState: async (state) => {
      saved.state = structuredClone(state);
    },
    signal: control.signal,
    ...options,
  });
  await alerts.reload();
  return {
    alerts,
    store,
    written,
    notices,
    saved,
    control,
    load(notation, stepMs = MINUTE_MS) {
      const { labels, values } = parseSeriesNotation(notation);
      values.forEach((entry, index) => {
        if (entry.kind === "omitted" || entry.kind === "histogram") return;
        const value = entry.kind === "value" ? entry.value : NaN;
        const timeMs = START_MS + index * stepMs;
        store.append([{ labels, timeMs, value, isStale: entry.kind === "stale" }]);
      });
    },
    async advance(minutes) {
      const endMs = clockMs + minutes * MINUTE_MS;
      while (alerts.nextDueMs() <= endMs) {
        clockMs = alerts.nextDueMs();
        await alerts.tick();
      }
      clockMs = endMs;
    },
    skip(minutes) {
      clockMs += minutes * MINUTE_MS;
    },
    setRules(next) {
      text = next;
    },
    nowMs: () => clockMs,
  };
}

/** The value a label has in a written sample, or "". */
export function labelOf(labels: Labels, name: string): string {
  const at = labels.indexOf(name);
  return at < 0 ? "" : (labels[at + 1] ?? "");
}
