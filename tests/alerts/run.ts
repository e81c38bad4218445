// npm run test:alerts [-- --quick]: rules before the demo with its faults switched on and off again, up to real receivers.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { startServerProcess } from "../server-process.ts";
import { createArrivals, type Arrivals } from "./arrivals.ts";
import { startDemo, type Demo } from "./demo.ts";
import { startJudge, type Judge } from "./judge.ts";
import { startReceivers, type LocalReceivers } from "./receivers.ts";
import { readRules, shortenRules, type RulesUnderTest } from "./rules.ts";

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

/** How long the parts of a run may take. */
interface Pace {
  readonly baselineMs: number;
  readonly fireMs: number;
  readonly resolveMs: number;
  readonly rate: number;
  /** Times of the receivers' settings; empty = the defaults. */
  readonly notify: object;
}

const QUICK: Pace = {
  baselineMs: 15 * SECOND_MS,
  fireMs: 3 * MINUTE_MS,
  resolveMs: 4 * MINUTE_MS,
  rate: 6,
  notify: { group_wait: "1s", group_interval: "2s", max_messages_per_hour: 10_000 },
};
const FULL: Pace = {
  baselineMs: 2 * MINUTE_MS,
  fireMs: 50 * MINUTE_MS,
  resolveMs: 80 * MINUTE_MS,
  rate: 3,
  notify: { max_messages_per_hour: 10_000 },
};

/** What must hold: from the moment the stored data satisfy rule and `for` to the message. */
const MAX_DELAY_MS = 2 * MINUTE_MS;

interface Outcome {
  readonly alert: string;
  readonly key: string | null;
  /** Seconds from the moment the data were so to the arrival, the slowest receiver. */
  readonly slowestSeconds: number | null;
  readonly isResolved: boolean;
}

async function run(): Promise<number> {
  const { values } = parseArgs({ options: { quick: { type: "boolean", default: false } } });
  const [pace, rules] = values.quick ? [QUICK, shortenRules()] : [FULL, readRules()];
  const directory = mkdtempSync(join(tmpdir(), "spanlight-alerts-"));
  const arrivals = createArrivals();
  const receivers = await startReceivers(arrivals, directory, pace.notify);
  try {
    const outcomes = await tryRules({ pace, rules, directory, arrivals, receivers });
    const ok = outcomes.every(
      ({ slowestSeconds, isResolved }) =>
        slowestSeconds !== null && slowestSeconds * SECOND_MS <= MAX_DELAY_MS && isResolved,
    );
    const hasLinks = receivers.names.every((name) => receivers.listWithLinks().includes(name));
    const result = { ok: ok && hasLinks, receivers: receivers.names, hasLinks, alerts: outcomes };
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return result.ok ? 0 : 1;
  } finally {
    await receivers.close();
    rmSync(directory, { recursive: true, force: true });
  }
}

interface Trial {
  readonly pace: Pace;
  readonly rules: RulesUnderTest;
  readonly directory: string;
  readonly arrivals: Arrivals;
  readonly receivers: LocalReceivers;
}

async function tryRules(trial: Trial): Promise<Outcome[]> {
  const server = await startServerProcess(writeSettings(trial));
  try {
    const demo = await startDemo(server.url, { rate: trial.pace.rate });
    const judge = startJudge(server.url, "support-bot");
    try {
      return await observe(trial, { url: server.url, demo, judge });
    } finally {
      await judge.stop();
      await demo.stop();
    }
  } finally {
    await server.stop();
  }
}

async function observe(
  trial: Trial,
  { url, demo, judge }: { url: string; demo: Demo; judge: Judge },
): Promise<Outcome[]> {
  const { pace, rules, arrivals, receivers } = trial;
  const beganMs = Date.now();
  say(`the demo runs before ${url}, without faults for ${pace.baselineMs / SECOND_MS} s`);
  await delay(pace.baselineMs);
  const faultsMs = Date.now();
  await demo.switchFaults({ expensive: true, slow: true, "500": true, wrong: true });
  judge.score = 0.2;
  say("faults on: expensive, slow, 500, wrong");
  const watch = createWatch(trial, faultsMs);
  await until(pace.fireMs, () => watch.told().length === rules.expected.length);
  await demo.switchFaults({ all: false });
  judge.score = 1;
  say("faults off");
  await until(pace.resolveMs, () => watch.over().length === watch.told().length);
  const moments = await readMoments(url, rules, { fromMs: beganMs, toMs: Date.now() });
  return rules.expected.map((alert) => {
    const keys = watch.keysOf(alert);
    const key = keys.find((one) => arrivals.isOver(one, receivers.names)) ?? keys[0] ?? null;
    const slowestSeconds = key === null ? null : measureDelay(trial, { alert, key, faultsMs, moments });
    return { alert, key, slowestSeconds, isResolved: watch.over().includes(alert) };
  });
}

/** What has become of the expected alerts, said as it happens. */
interface Watch {
  /** The groups of an alert that every receiver was told of since the faults, and none before. */
  keysOf(alert: string): readonly string[];
  told(): readonly string[];
  /** Those of which every receiver was told that one of their groups ended. */
  over(): readonly string[];
}

function createWatch({ rules, arrivals, receivers }: Trial, faultsMs: number): Watch {
  const said = new Set<string>();
  const saying = (alert: string, what: string): void => {
    const text = `${alert} ${what}`;
    if (!said.has(text)) say(text);
    said.add(text);
  };
  const isNew = (key: string): boolean =>
    !arrivals.list().some((arrival) => arrival.key === key && arrival.atMs < faultsMs);
  const watch: Watch = {
    keysOf: (alert) =>
      arrivals
        .keysOf(alert)
        .filter((key) => isNew(key) && arrivals.findFirings(key, receivers.names, faultsMs) !== null),
    told: () => {
      const told = rules.expected.filter((alert) => watch.keysOf(alert).length > 0);
      for (const alert of told) saying(alert, `was told to ${receivers.names.join(", ")}`);
      return told;
    },
    over: () => {
      const over = rules.expected.filter((alert) =>
        watch.keysOf(alert).some((key) => arrivals.isOver(key, receivers.names)),
      );
      for (const alert of over) saying(alert, "was told to have ended");
      return over;
    },
  };
  return watch;
}

function writeSettings({ rules, directory, receivers }: Trial): NodeJS.ProcessEnv {
  const ruleDirectory = join(directory, "rules");
  mkdirSync(ruleDirectory);
  for (const [name, text] of rules.files) writeFileSync(join(ruleDirectory, name), text);
  const config = join(directory, "spanlight.yaml");
  writeFileSync(config, JSON.stringify({ notify: receivers.settings }));
  return { SPANLIGHT_RULES: ruleDirectory, SPANLIGHT_CONFIG: config, SPANLIGHT_LOG_LEVEL: "error" };
}

/** When the stored data first satisfied which rule with which labels, `for` included: tried on them every second. */
type Moments = readonly { alert: string; labels: Readonly<Record<string, string>>; atMs: number }[];

async function readMoments(
  url: string,
  { files }: RulesUnderTest,
  { fromMs, toMs }: { fromMs: number; toMs: number },
): Promise<Moments> {
  const stepSeconds = Math.max(1, Math.ceil((toMs - fromMs) / SECOND_MS / 2_000));
  const moments: Moments[number][] = [];
  for (const text of files.values()) {
    const body = {
      rules: text.replaceAll(/^ +interval: .*\n/gm, ""),
      interval: `${stepSeconds}s`,
      from: new Date(fromMs).toISOString(),
      to: new Date(toMs).toISOString(),
    };
    const headers = { "content-type": "application/json" };
    const answer = await fetch(`${url}/api/alerts/backtest`, {
      method: "POST",
      headers,
      body: JSON.stringify(body),
    });
    const { rules } = (await answer.json()) as {
      rules: { rule: string; firings: { labels: Record<string, string>; firedAt: string }[] }[];
    };
    for (const { rule, firings } of rules) {
      moments.push(
        ...firings.map(({ labels, firedAt }) => ({ alert: rule, labels, atMs: Date.parse(firedAt) })),
      );
    }
  }
  return moments;
}

function measureDelay(
  { arrivals, receivers }: Trial,
  { alert, key, faultsMs, moments }: { alert: string; key: string; faultsMs: number; moments: Moments },
): number | null {
  const wanted = key.split(" ").slice(1);
  const own = moments.filter(
    (moment) =>
      moment.alert === alert &&
      wanted.every((pair) =>
        Object.entries(moment.labels).some(([name, value]) => `${name}=${value}` === pair),
      ),
  );
  const dueMs = Math.min(...own.map(({ atMs }) => atMs));
  const told = arrivals.findFirings(key, receivers.names, faultsMs);
  if (told === null || !Number.isFinite(dueMs)) return null;
  return Math.round(Math.max(...told.values()) - dueMs) / SECOND_MS;
}

async function until(mostMs: number, isSo: () => boolean): Promise<void> {
  const deadline = Date.now() + mostMs;
  while (!isSo() && Date.now() < deadline) await delay(200);
}

function say(text: string): void {
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${text}\n`);
}

process.exitCode = await run();
