// A server that is killed while an alert is pending, fires, or has just ended: what a receiver is told of it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { listenHttp, type HttpReceiver } from "../packages/server/src/notify/notify.fixture.ts";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const RULES = `
groups:
  - name: heat
    interval: 1s
    rules:
      - alert: Hot
        expr: temperature > 30
        for: 3s
`;

let directory: string;
let receiver: HttpReceiver;
let server: ServerProcess;

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-alert-kills-"));
  receiver = await listenHttp();
  writeFileSync(join(directory, "heat.rules.yaml"), RULES);
  const notify = [
    { name: "hook", type: "webhook", url: receiver.url, group_wait: "500ms", group_interval: "1s" },
  ];
  writeFileSync(join(directory, "spanlight.yaml"), JSON.stringify({ notify }));
  await start();
});
afterEach(async () => {
  await server.kill();
  await receiver.close();
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<void> {
  server = await startServerProcess({
    SPANLIGHT_DATA: join(directory, "data"),
    SPANLIGHT_CONFIG: join(directory, "spanlight.yaml"),
    SPANLIGHT_RULES: join(directory, "heat.rules.yaml"),
    SPANLIGHT_LOG_LEVEL: "error",
  });
}

async function restart(): Promise<void> {
  await server.kill();
  await start();
}

async function pushTemperature(value: number): Promise<void> {
  const dataPoints = [{ timeUnixNano: `${Date.now()}000000`, asDouble: value }];
  const scopeMetrics = [{ metrics: [{ name: "temperature", gauge: { dataPoints } }] }];
  const answer = await fetch(`${server.url}/v1/metrics`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics }] }),
  });
  expect(answer.status).toBe(200);
}

interface Rule {
  readonly state: string;
  readonly lastEvaluation: string | null;
}

async function readRule(): Promise<Rule> {
  const answer = await fetch(`${server.url}/api/alerts/rules`);
  const { items } = (await answer.json()) as { items: Rule[] };
  return items[0] ?? { state: "unknown", lastEvaluation: null };
}

async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited 30 s until ${what}`);
    await delay(50);
  }
}

async function countFailedTries(): Promise<number> {
  const answer = await fetch(`${server.url}/api/alerts/receivers`);
  const { items } = (await answer.json()) as { items: { counts: { failed: number } }[] };
  return items[0]?.counts.failed ?? 0;
}

const reach = (state: string): Promise<void> =>
  until(`the alert is ${state}`, async () => (await readRule()).state === state);

/** Lets the rule be evaluated so many times: whatever it has to tell has then been told. */
async function letEvaluate(times: number): Promise<void> {
  const seen = new Set<string>();
  await until(`the rule was evaluated ${times} times`, async () => {
    const { lastEvaluation } = await readRule();
    if (lastEvaluation !== null) seen.add(lastEvaluation);
    return seen.size > times;
  });
}

interface Payload {
  readonly status: string;
  readonly externalURL: string;
  readonly alerts: readonly { readonly value: number; readonly pageURL: string }[];
}

const messages = (): Payload[] => receiver.requests.map(({ body }) => body as Payload);
const statuses = (): string[] => messages().map(({ status }) => status);

describe("an alert of a server that is killed", () => {
  it(
    "while it is pending, while it fires, and once it ended, is told once, and its end once",
    { timeout: 120_000 },
    async () => {
      await pushTemperature(35);
      await reach("pending");
      await restart();
      await reach("firing");
      await until("the message came", () => messages().length > 0);
      expect(messages()[0]).toMatchObject({
        status: "firing",
        externalURL: server.url,
        alerts: [{ value: 35 }],
      });
      expect(messages()[0]?.alerts[0]?.pageURL).toMatch(
        new RegExp(`^${server.url}/alerts\\?alert=Hot&from=`),
      );
      await restart();
      await letEvaluate(5);
      expect((await readRule()).state).toBe("firing");
      expect(statuses()).toEqual(["firing"]);
      await pushTemperature(20);
      await until("its end came", () => messages().length > 1);
      await restart();
      await letEvaluate(5);
      expect(statuses()).toEqual(["firing", "resolved"]);
    },
  );

  it(
    "after it fired and before anybody was told, is told by the server that comes after it",
    { timeout: 120_000 },
    async () => {
      receiver.answer = { status: 503, body: "not yet" };
      await pushTemperature(35);
      await until("the server knows that it was not taken", async () => (await countFailedTries()) > 0);
      await server.kill();
      receiver.requests.length = 0;
      receiver.answer = { status: 200, body: "ok" };
      await start();
      await until("the message came", () => messages().length > 0);
      await letEvaluate(5);
      expect(statuses()).toEqual(["firing"]);
    },
  );

  it("whose end came while nothing ran, is told to have ended", { timeout: 120_000 }, async () => {
    await pushTemperature(35);
    await until("the message came", () => messages().length > 0);
    await pushTemperature(20);
    await restart();
    await until("its end came", () => messages().length > 1);
    await letEvaluate(5);
    expect(statuses()).toEqual(["firing", "resolved"]);
  });
});
