import { parseSeriesNotation } from "@spanlight/promql";
import { describe, expect, it } from "vitest";
import { createAlerts } from "../packages/server/src/alerts/create-alerts.ts";
import { savedStateSchema, type SavedState } from "../packages/server/src/alerts/engine/saved-state.ts";
import { createQuery } from "../packages/server/src/alerts/series/create-query.ts";
import { createSampleStore } from "../packages/server/src/alerts/series/sample-store.ts";
import { createNotifier } from "../packages/server/src/notify/create-notifier.ts";
import { notifierStateSchema, type NotifierState } from "../packages/server/src/notify/saved-state.ts";

const START_MS = Date.UTC(2026, 10, 21);
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

const RULES = `
groups:
  - name: heat
    interval: 30s
    rules:
      - alert: Hot
        expr: temperature > 30
        for: 3m`;

/** What outlives the process: the store, the saved states, and what people got. */
interface Disk {
  readonly store: ReturnType<typeof createSampleStore>;
  alerts: string | null;
  notifier: string | null;
  readonly messages: { readonly status: string; readonly atMs: number }[];
}

function createDisk(): Disk {
  const store = createSampleStore();
  const { labels, values } = parseSeriesNotation('temperature{place="attic"} 20x4 35x19 20x40');
  values.forEach((entry, index) => {
    const value = entry.kind === "value" ? entry.value : NaN;
    store.append([{ labels, timeMs: START_MS + index * MINUTE_MS, value, isStale: false }]);
  });
  return { store, alerts: null, notifier: null, messages: [] };
}

/** Runs engine and notifier over a stretch of time; ends without saving anything more, as a kill does. */
async function live(disk: Disk, fromMs: number, toMs: number): Promise<void> {
  let clockMs = fromMs;
  const { signal } = new AbortController();
  const notifier = createNotifier({
    routes: [
      {
        name: "ops",
        receiver: {
          kind: "groups",
          type: "webhook",
          send: async ({ status }) => {
            disk.messages.push({ status, atMs: clockMs });
          },
        },
      },
    ],
    now: () => clockMs,
    signal,
    externalUrl: () => "http://spanlight.example",
    loadState: async (): Promise<NotifierState | null> =>
      disk.notifier === null ? null : notifierStateSchema.parse(JSON.parse(disk.notifier)),
    saveState: async (state) => {
      disk.notifier = JSON.stringify(state);
    },
  });
  await notifier.start();
  const alerts = createAlerts({
    readRules: async () => [{ file: "rules.yaml", text: RULES }],
    query: createQuery(disk.store),
    write: async (samples) => disk.store.append(samples),
    notify: (notices) => notifier.accept(notices),
    now: () => clockMs,
    signal,
    loadState: async (): Promise<SavedState | null> =>
      disk.alerts === null ? null : savedStateSchema.parse(JSON.parse(disk.alerts)),
    saveState: async (state) => {
      disk.alerts = JSON.stringify(state);
    },
  });
  await alerts.reload();
  for (; clockMs < toMs; clockMs += SECOND_MS) {
    if (alerts.nextDueMs() <= clockMs) await alerts.tick();
    if (notifier.nextDueMs() <= clockMs) await notifier.tick();
  }
}

describe("an alert over kills and restarts", () => {
  it("is told within two minutes of the moment its condition held long enough", async () => {
    const disk = createDisk();
    await live(disk, START_MS, START_MS + 50 * MINUTE_MS);
    expect(disk.messages.map(({ status }) => status)).toEqual(["firing", "resolved"]);
    const dueMs = START_MS + 8 * MINUTE_MS;
    expect(disk.messages[0]!.atMs).toBeGreaterThanOrEqual(dueMs);
    expect(disk.messages[0]!.atMs - dueMs).toBeLessThanOrEqual(2 * MINUTE_MS);
  });

  // Minute 6 is pending, 8.5 about to fire, 10 to 20 firing, 25 about to resolve, 27 resolved.
  it.each([6, 8.5, 9, 10, 20, 24.9, 25.2, 27])(
    "killed at minute %s it is told once, and its end once",
    async (minute) => {
      const disk = createDisk();
      const killMs = START_MS + minute * MINUTE_MS;
      await live(disk, START_MS, killMs);
      await live(disk, killMs + 10 * SECOND_MS, START_MS + 50 * MINUTE_MS);
      expect(disk.messages.map(({ status }) => status)).toEqual(["firing", "resolved"]);
    },
  );

  it("killed every two minutes it is told once, and its end once", async () => {
    const disk = createDisk();
    for (let minute = 0; minute < 50; minute += 2) {
      await live(disk, START_MS + minute * MINUTE_MS, START_MS + (minute + 2) * MINUTE_MS - 5 * SECOND_MS);
    }
    expect(disk.messages.map(({ status }) => status)).toEqual(["firing", "resolved"]);
  });

  it("that ended while nothing ran is told to have ended", async () => {
    const disk = createDisk();
    await live(disk, START_MS, START_MS + 15 * MINUTE_MS);
    await live(disk, START_MS + 35 * MINUTE_MS, START_MS + 45 * MINUTE_MS);
    expect(disk.messages.map(({ status }) => status)).toEqual(["firing", "resolved"]);
  });
});
