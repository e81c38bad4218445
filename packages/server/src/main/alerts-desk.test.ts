import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  activeAlertListSchema,
  backtestSchema,
  deliverySchema,
  receiverListSchema,
  ruleCheckSchema,
  ruleFileListSchema,
  ruleFileSchema,
  ruleHistorySchema,
  ruleListSchema,
  silenceListSchema,
  silenceSchema,
} from "@spanlight/contract";
import { labelsFrom } from "@spanlight/promql";
import { Hono } from "hono";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createAlerts, type Alerts } from "../alerts/create-alerts.ts";
import { createRuleFiles, ruleFileId } from "../alerts/rules/rule-files.ts";
import { createQuery } from "../alerts/series/create-query.ts";
import { createSampleStore } from "../alerts/series/sample-store.ts";
import { createAlertRoutes } from "../api/alerts.ts";
import { answerError } from "../api/answer.ts";
import { createNotifier, type Notifier } from "../notify/create-notifier.ts";
import type { Message } from "../notify/message.ts";
import { createAlertsDesk } from "./alerts-desk.ts";

const MINUTE_MS = 60_000;
const START_MS = Date.UTC(2026, 10, 21);
const HOT = `
groups:
  - name: heat
    interval: 1m
    rules:
      - alert: Hot
        expr: temperature > 30
        for: 3m
        labels: { severity: page, room: "{{ $labels.place }}" }
`;

let root: string;
let nowMs = START_MS;
let alerts: Alerts;
let notifier: Notifier;
let routes: Hono;
const messages: Message[] = [];

beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "spanlight-desk-"));
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

beforeEach(async () => {
  nowMs = START_MS;
  messages.length = 0;
  const named = join(root, "named.rules.yaml");
  writeFileSync(named, HOT);
  rmSync(join(root, "own"), { recursive: true, force: true });
  const files = createRuleFiles({ shipped: null, paths: [named], directory: join(root, "own") });
  const store = createSampleStore();
  // 35 degrees from minute 0 to 9, then 20.
  for (let minute = 0; minute < 30; minute += 1) {
    const labels = labelsFrom({ __name__: "temperature", place: "attic" });
    const timeMs = START_MS + minute * MINUTE_MS;
    store.append([{ labels, timeMs, value: minute < 10 ? 35 : 20, isStale: false }]);
  }
  const { signal } = new AbortController();
  const now = (): number => nowMs;
  notifier = createNotifier({
    routes: [
      {
        name: "ops",
        receiver: {
          kind: "groups",
          type: "slack",
          send: async (message) => {
            messages.push(message);
          },
        },
      },
    ],
    now,
    signal,
    externalUrl: () => "http://spanlight.example",
  });
  alerts = createAlerts({
    readRules: () => files.collect(),
    query: createQuery(store),
    write: async (samples) => store.append(samples),
    notify: (notices) => notifier.accept(notices),
    now,
    signal,
  });
  await alerts.reload();
  const findFileId = (file: string): string => ruleFileId(file, null);
  const desk = createAlertsDesk({
    alerts,
    notifier,
    files,
    findFileId,
    reader: store,
    now,
    evaluationIntervalMs: MINUTE_MS,
  });
  routes = new Hono();
  routes.onError((error) =>
    answerError(error, (unexpected) => {
      throw unexpected;
    }),
  );
  routes.route("/", createAlertRoutes({ desk, now }));
});

async function advance(minutes: number): Promise<void> {
  const endMs = nowMs + minutes * MINUTE_MS;
  while (alerts.nextDueMs() <= endMs) {
    nowMs = alerts.nextDueMs();
    await alerts.tick();
    await notifier.tick();
  }
  nowMs = endMs;
}

async function send(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: unknown }> {
  const init =
    body === undefined
      ? { method }
      : { method, body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  const answer = await routes.request(path, init);
  const text = await answer.text();
  return { status: answer.status, body: text === "" ? null : JSON.parse(text) };
}

async function listRules(): Promise<ReturnType<typeof ruleListSchema.parse>> {
  return ruleListSchema.parse((await send("GET", "/rules")).body);
}

describe("the rules", () => {
  it("are told with state, health, threshold and alerts", async () => {
    await advance(5);
    const { items, load } = await listRules();
    expect(load).toMatchObject({ ok: true, problems: [] });
    expect(items).toMatchObject([
      {
        name: "Hot",
        group: "heat",
        state: "firing",
        health: "ok",
        intervalMs: MINUTE_MS,
        forMs: 3 * MINUTE_MS,
        threshold: { observed: "temperature", operator: ">", value: 30 },
        hasData: true,
        alerts: [{ state: "firing", value: 35, labels: { room: "attic" }, silencedBy: [] }],
      },
    ]);
    const active = activeAlertListSchema.parse((await send("GET", "/")).body);
    expect(active.items).toEqual(items[0]!.alerts);
    expect((await send("GET", `/rules/${items[0]!.id}`)).body).toEqual(items[0]);
  });

  it("have a history: when which alert was in which state, and what evaluations saw", async () => {
    await advance(20);
    const id = (await listRules()).items[0]!.id;
    const answer = await send("GET", `/rules/${id}/history?from=${START_MS - MINUTE_MS}&to=${nowMs}`);
    const history = ruleHistorySchema.parse(answer.body);
    const states = history.intervals.map(({ state, from, to }) => ({
      state,
      ms: Date.parse(to ?? "") - Date.parse(from),
    }));
    expect(states).toEqual([
      { state: "pending", ms: 3 * MINUTE_MS },
      { state: "firing", ms: 7 * MINUTE_MS },
    ]);
    expect(history.evaluations.length).toBe(20);
    expect(history.evaluations[0]?.samples).toEqual([
      { labels: { __name__: "temperature", place: "attic" }, value: 35 },
    ]);
  });

  it("have a history whose last state is open while the alert is in it", async () => {
    await advance(6);
    const id = (await listRules()).items[0]!.id;
    const { intervals } = ruleHistorySchema.parse(
      (await send("GET", `/rules/${id}/history?from=${START_MS - MINUTE_MS}&to=${nowMs}`)).body,
    );
    expect(intervals.map(({ state, to }) => [state, to === null])).toEqual([
      ["pending", false],
      ["firing", true],
    ]);
  });

  it("that do not exist are a 404", async () => {
    expect(await send("GET", "/rules/nope")).toMatchObject({ status: 404, body: { code: "rule_not_found" } });
    expect((await send("GET", "/rules/nope/history")).status).toBe(404);
  });
});

describe("a back-test", () => {
  const range = {
    from: new Date(START_MS).toISOString(),
    to: new Date(START_MS + 30 * MINUTE_MS).toISOString(),
  };

  it("of an expression says when it would have fired on which series", async () => {
    const { body } = await send("POST", "/backtest", { expr: "temperature > 30", for: "2m", ...range });
    const { rules } = backtestSchema.parse(body);
    expect(rules).toMatchObject([
      { firedCount: 1, threshold: { value: 30 }, firings: [{ labels: { place: "attic" }, firstValue: 35 }] },
    ]);
    expect(rules[0]?.firings[0]?.firedAt).toBe("2026-11-21T00:02:00.000Z");
    expect(rules[0]?.firings[0]?.resolvedAt).toBe("2026-11-21T00:10:00.000Z");
  });

  it("of a rule file has the rules' own intervals and `for`", async () => {
    const { rules } = backtestSchema.parse((await send("POST", "/backtest", { rules: HOT, ...range })).body);
    expect(rules).toMatchObject([{ rule: "Hot", firedCount: 1, firedMs: 7 * MINUTE_MS, pendingOnly: 0 }]);
  });

  it("of something wrong says where, and one that is too long is refused", async () => {
    const wrong = await send("POST", "/backtest", { expr: "temperature >" });
    expect(wrong).toMatchObject({ status: 400, body: { code: "rule_file_invalid" } });
    const long = await send("POST", "/backtest", {
      expr: "up",
      interval: "1s",
      from: "2026-09-01T00:00:00Z",
    });
    expect(long).toMatchObject({ status: 400, body: { code: "backtest_refused" } });
    expect((await send("POST", "/backtest", {})).status).toBe(400);
  });
});

describe("a check", () => {
  it("of a rule file names every problem with line, column and kind", async () => {
    const rules = HOT.replace(
      "temperature > 30",
      "|\n          sum(temperature)\n          > foo(1)",
    ).replace("$labels.place", "$nolabels.place");
    const check = ruleCheckSchema.parse((await send("POST", "/check", { rules })).body);
    expect(check.ok).toBe(false);
    expect(check.problems.map(({ line, column, kind }) => [line, column, kind])).toEqual([
      [9, 13, "expression"],
    ]);
    const template = HOT.replace("{{ $labels.place }}", "{{ nofunc }}");
    const second = ruleCheckSchema.parse((await send("POST", "/check", { rules: template })).body);
    expect(second.problems.map(({ line, kind }) => [line, kind])).toEqual([[9, "template"]]);
  });

  it("of a good rule file says what each rule was read as, and warns", async () => {
    const rules = HOT.replace("temperature > 30", "temperature[5m]");
    const check = ruleCheckSchema.parse((await send("POST", "/check", { rules })).body);
    expect(check).toMatchObject({
      ok: true,
      problems: [{ severity: "warning", kind: "expression" }],
      rules: [{ name: "Hot", type: "range vector" }],
    });
  });

  it("of an expression says its type or where it is wrong", async () => {
    const good = ruleCheckSchema.parse((await send("POST", "/check", { expr: "sum(up) > 3" })).body);
    expect(good.rules).toMatchObject([
      { type: "instant vector", threshold: { observed: "sum(up)", value: 3 } },
    ]);
    const bad = ruleCheckSchema.parse((await send("POST", "/check", { expr: "sum(up)\n  > bar(" })).body);
    expect(bad.problems[0]).toMatchObject({ line: 2, kind: "expression" });
  });
});

describe("the rule files", () => {
  it("are listed with where they come from; a new one is in operation when it is answered", async () => {
    const text = "groups: [{ name: c, rules: [{ alert: Cold, expr: temperature < 5 }] }]";
    const made = await send("POST", "/files", { name: "cold.yaml", text });
    expect(made.status).toBe(201);
    expect(ruleFileSchema.parse(made.body)).toMatchObject({
      origin: "data",
      isWritable: true,
      isRemovable: true,
      text,
    });
    const { items } = ruleFileListSchema.parse((await send("GET", "/files")).body);
    expect(items.map(({ name, origin }) => [name, origin])).toEqual([
      ["named.rules.yaml", "settings"],
      ["cold.yaml", "data"],
    ]);
    const rules = (await listRules()).items;
    expect(rules.map(({ name, fileId }) => [name, fileId])).toEqual([
      ["Hot", items[0]!.id],
      ["Cold", items[1]!.id],
    ]);
  });

  it("are refused when they are wrong; text and rules stay", async () => {
    const [file] = ruleFileListSchema.parse((await send("GET", "/files")).body).items;
    const refused = await send("PUT", `/files/${file!.id}`, { text: HOT.replace("> 30", ">") });
    expect(refused).toMatchObject({
      status: 400,
      body: { code: "rule_file_invalid", problems: [{ severity: "error", kind: "expression", line: 7 }] },
    });
    expect(ruleFileSchema.parse((await send("GET", `/files/${file!.id}`)).body).text).toBe(HOT);
    expect((await listRules()).items[0]?.query).toBe("temperature > 30");
  });

  it("are not overwritten when somebody else changed them meanwhile", async () => {
    const [file] = ruleFileListSchema.parse((await send("GET", "/files")).body).items;
    const { version } = ruleFileSchema.parse((await send("GET", `/files/${file!.id}`)).body);
    const mine = await send("PUT", `/files/${file!.id}`, { text: HOT.replace("30", "40"), version });
    expect(mine.status).toBe(200);
    expect((await listRules()).items[0]?.query).toBe("temperature > 40");
    const theirs = await send("PUT", `/files/${file!.id}`, { text: HOT, version });
    expect(theirs).toMatchObject({ status: 409, body: { code: "rule_file_changed" } });
  });

  it("can be removed only where they were written through the server", async () => {
    const text = "groups: []";
    await send("POST", "/files", { name: "none.yaml", text });
    expect((await send("POST", "/files", { name: "none.yaml", text })).status).toBe(409);
    expect((await send("POST", "/files", { name: "../none.yaml", text })).status).toBe(400);
    const { items } = ruleFileListSchema.parse((await send("GET", "/files")).body);
    expect((await send("DELETE", `/files/${items[0]!.id}`)).status).toBe(403);
    expect((await send("DELETE", `/files/${items[1]!.id}`)).status).toBe(204);
    expect((await send("GET", `/files/${items[1]!.id}`)).status).toBe(404);
  });

  it("that are wrong on disk are told with their problems, and the old rules go on", async () => {
    writeFileSync(join(root, "named.rules.yaml"), HOT.replace("> 30", ">"));
    await expect(alerts.reload()).rejects.toThrow("named.rules.yaml");
    const { items, load } = await listRules();
    expect(items[0]?.query).toBe("temperature > 30");
    expect(load).toMatchObject({ ok: false, problems: [{ line: 7, kind: "expression" }] });
    const files = ruleFileListSchema.parse((await send("GET", "/files")).body);
    expect(files.items[0]?.problems.length).toBe(1);
  });
});

describe("silences", () => {
  it("keep an alert quiet until they are ended", async () => {
    const matchers = [{ name: "alertname", operator: "=", value: "Hot" }];
    const made = await send("POST", "/silences", { matchers, durationMs: 3_600_000, comment: "known" });
    expect(made.status).toBe(201);
    const { id, state } = silenceSchema.parse(made.body);
    expect(state).toBe("active");
    await advance(6);
    expect(messages).toEqual([]);
    const [alert] = (await listRules()).items[0]!.alerts;
    expect(alert?.silencedBy).toEqual([id]);
    const { items } = silenceListSchema.parse((await send("GET", "/silences")).body);
    expect(items[0]?.alerts).toEqual([alert?.fingerprint]);
    expect((await send("DELETE", `/silences/${id}`)).status).toBe(204);
    expect((await send("DELETE", `/silences/${id}`)).status).toBe(404);
    await advance(2);
    expect(messages.map(({ status }) => status)).toEqual(["firing"]);
  });

  it("that make no sense are refused in one sentence", async () => {
    const open = { matchers: [{ name: "a", operator: "=~", value: ".*" }], durationMs: 1000 };
    expect(await send("POST", "/silences", open)).toMatchObject({
      status: 400,
      body: { code: "silence_invalid" },
    });
    const broken = {
      matchers: [
        { name: "a", operator: "=", value: "b" },
        { name: "c", operator: "=~", value: "(" },
      ],
    };
    const answer = await send("POST", "/silences", { ...broken, durationMs: 1000 });
    expect(answer).toMatchObject({ status: 400, body: { code: "matcher_invalid" } });
    expect((await send("POST", "/silences", broken)).status).toBe(400);
    const past = { matchers: broken.matchers.slice(0, 1), endsAt: "2020-01-01T00:00:00Z" };
    expect((await send("POST", "/silences", past)).status).toBe(400);
  });

  it("are not taken from a form of another page", async () => {
    const answer = await routes.request("/silences", {
      method: "POST",
      body: JSON.stringify({ matchers: [], durationMs: 1 }),
      headers: { "content-type": "text/plain" },
    });
    expect(answer.status).toBe(415);
  });
});

describe("receivers", () => {
  it("show what they were sent, and take a test message", async () => {
    await advance(6);
    const [receiver] = receiverListSchema.parse((await send("GET", "/receivers")).body).items;
    expect(receiver).toMatchObject({
      name: "ops",
      type: "slack",
      counts: { sent: 1 },
      deliveries: [{ outcome: "sent", status: "firing", alertCount: 1, error: null }],
    });
    const tested = await send("POST", "/receivers/ops/test", {});
    expect(deliverySchema.parse(tested.body)).toMatchObject({ status: "test", outcome: "sent" });
    expect(messages.at(-1)?.alerts[0]?.labels["alertname"]).toBe("SpanlightTest");
    expect((await send("POST", "/receivers/nobody/test", {})).status).toBe(404);
  });
});
