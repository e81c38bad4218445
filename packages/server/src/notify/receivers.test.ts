import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as waitFor } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { afterEach, describe, expect, it } from "vitest";
import { createNotifier } from "./create-notifier.ts";
import { createRoutes, receiversSchema } from "./create-routes.ts";
import type { Notice } from "./notice.ts";
import { listenHttp, MINUTE_MS, noticeOf, resolvedOf, SECOND_MS, START_MS } from "./notify.fixture.ts";

const closers: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function listen(): ReturnType<typeof listenHttp> {
  const server = await listenHttp();
  closers.push(() => server.close());
  return server;
}

/** Sends notices through a receiver made from settings as they stand in the configuration. */
async function tell(settings: object, notices: readonly Notice[]): Promise<string[]> {
  let clockMs = START_MS;
  const errors: string[] = [];
  const notifier = createNotifier({
    routes: createRoutes(receiversSchema.parse([{ name: "ops", ...settings }])),
    now: () => clockMs,
    signal: new AbortController().signal,
    externalUrl: () => "http://spanlight.example",
    findTraces: async () => ["0af7651916cd43dd8448eb211c80319c", "b", "c"],
    onError: (_what, error) => errors.push(error instanceof Error ? error.message : String(error)),
  });
  for (const notice of notices) {
    await notifier.accept([notice]);
    clockMs += MINUTE_MS;
    await notifier.tick();
  }
  return errors;
}

const FIRING = noticeOf({});
const ENDED = resolvedOf(FIRING, START_MS + MINUTE_MS);

describe("Slack", () => {
  it("gets value, threshold, since, page and traces, escaped", async () => {
    const server = await listen();
    const notice = noticeOf({}, { annotations: { summary: "a < b & c" } });
    expect(await tell({ type: "slack", url: `${server.url}/services/T/B/x` }, [notice])).toEqual([]);
    const text = JSON.stringify(server.requests[0]?.body);
    expect(server.requests[0]?.path).toBe("/services/T/B/x");
    for (const part of [
      "[FIRING:1] LLMCostSpike service=api",
      "a &lt; b &amp; c",
      "*Value:* 61.5",
      "*Threshold:* &gt; 50",
      "*Since:* 2026-11-21 02:55:00 UTC",
      "<http://spanlight.example/alerts?alert=LLMCostSpike",
      "<http://spanlight.example/traces/0af7651916cd43dd8448eb211c80319c|0af7651916cd43dd>",
    ]) {
      expect(text).toContain(part);
    }
  });

  it("that answers something else than ok has not taken the message", async () => {
    const server = await listen();
    server.answer = { status: 200, body: "no_service" };
    expect(await tell({ type: "slack", url: server.url }, [FIRING])).toEqual([
      "Slack did not take the message: no_service",
    ]);
  });

  it("that is busy is asked again after its Retry-After", async () => {
    const server = await listen();
    server.answer = { status: 429, body: "slow down", headers: { "retry-after": "3600" } };
    const errors = await tell({ type: "slack", url: server.url }, [FIRING, FIRING, FIRING]);
    expect(errors).toEqual(["Slack answered 429: slow down"]);
  });
});

describe("the webhook", () => {
  it("gets Alertmanager's payload, version 4", async () => {
    const server = await listen();
    const settings = { type: "webhook", url: server.url, headers: { "x-token": "s" } };
    expect(await tell(settings, [FIRING, ENDED])).toEqual([]);
    expect(server.requests.length).toBe(2);
    expect(server.requests[0]?.headers["x-token"]).toBe("s");
    expect(server.requests[0]?.body).toMatchObject({
      version: "4",
      status: "firing",
      receiver: "ops",
      groupKey: 'ops:{alertname="LLMCostSpike", service="api"}',
      truncatedAlerts: 0,
      groupLabels: { alertname: "LLMCostSpike", service: "api" },
      externalURL: "http://spanlight.example",
      alerts: [
        {
          status: "firing",
          startsAt: "2026-11-21T03:00:00.000Z",
          endsAt: "0001-01-01T00:00:00Z",
          value: 61.5,
          threshold: { operator: ">", value: 50 },
          traces: [{ traceId: "0af7651916cd43dd8448eb211c80319c" }, { traceId: "b" }, { traceId: "c" }],
        },
      ],
    });
    expect(server.requests[1]?.body).toMatchObject({
      status: "resolved",
      alerts: [{ status: "resolved", endsAt: "2026-11-21T03:01:00.000Z", reason: "recovered" }],
    });
  });

  it("is tried again when nobody answers", async () => {
    const server = await listen();
    await server.close();
    const errors = await tell({ type: "webhook", url: server.url }, [FIRING, FIRING]);
    expect(errors.length).toBe(2);
    expect(errors[0]).toContain("the webhook cannot be reached");
  });
});

describe("PagerDuty", () => {
  it("gets a trigger and a resolve with the same key", async () => {
    const server = await listen();
    server.answer = { status: 202, body: '{"status":"success"}' };
    const settings = { type: "pagerduty", routing_key: "R0", url: `${server.url}/v2/enqueue` };
    expect(await tell(settings, [FIRING, ENDED])).toEqual([]);
    const [trigger, resolve] = server.requests.map(({ body }) => body as Record<string, unknown>);
    expect(trigger).toMatchObject({
      routing_key: "R0",
      event_action: "trigger",
      payload: {
        severity: "critical",
        source: "api",
        class: "LLMCostSpike",
        timestamp: "2026-11-21T03:00:00.000Z",
      },
    });
    expect(trigger?.["dedup_key"]).toMatch(/^[0-9a-f]{64}$/);
    expect(resolve).toMatchObject({ event_action: "resolve", dedup_key: trigger?.["dedup_key"] });
    expect(JSON.stringify(trigger)).toContain("http://spanlight.example/traces/b");
  });

  it("gets no details when they are too large", async () => {
    const server = await listen();
    server.answer = { status: 202, body: "{}" };
    const notice = noticeOf({}, { annotations: { description: "x".repeat(600_000) } });
    expect(await tell({ type: "pagerduty", routing_key: "R0", url: server.url }, [notice])).toEqual([]);
    const text = JSON.stringify(server.requests[0]?.body);
    expect(text.length).toBeLessThan(512_000);
    expect(text).toContain("left out: too large");
  });
});

describe("e-mail", () => {
  interface Mail {
    readonly to: string[];
    readonly text: string;
  }

  async function listenSmtp(refuse: boolean): Promise<{ url: string; mails: Mail[] }> {
    const mails: Mail[] = [];
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ["STARTTLS"],
      onRcptTo: (_address, _session, done) =>
        done(refuse ? Object.assign(new Error("no such mailbox"), { responseCode: 550 }) : null),
      onData: (stream, session, done) => {
        let text = "";
        stream.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
        stream.on("end", () => {
          mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text });
          done();
        });
      },
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    closers.push(() => new Promise<void>((resolve) => server.close(() => resolve())));
    const { port } = server.server.address() as AddressInfo;
    return { url: `smtp://127.0.0.1:${port}`, mails };
  }

  const addresses = { from: "spanlight@example.org", to: ["ops@example.org", "boss@example.org"] };

  it("goes to all with subject, facts and links, in text and HTML", async () => {
    const { url, mails } = await listenSmtp(false);
    expect(await tell({ type: "email", url, ...addresses }, [FIRING, ENDED])).toEqual([]);
    expect(mails.length).toBe(2);
    expect(mails[0]?.to).toEqual(addresses.to);
    const text = mails[0]!.text.replaceAll("=\r\n", "");
    for (const part of [
      "Subject: [FIRING:1] LLMCostSpike service=api",
      "FIRING  Spend is 62 $/h",
      "Value: 61.5",
      "Threshold: > 50",
      "Since: 2026-11-21 02:55:00 UTC",
      "http://spanlight.example/traces/0af7651916cd43dd8448eb211c80319c",
      "Content-Type: text/html",
    ]) {
      expect(text).toContain(part);
    }
    expect(mails[1]?.text).toContain("Subject: [RESOLVED] LLMCostSpike");
  });

  it("that no mailbox takes is not tried again at once", async () => {
    const { url } = await listenSmtp(true);
    const errors = await tell({ type: "email", url, ...addresses }, [FIRING]);
    expect(errors[0]).toContain("the mail server did not take the message");
  });
});

describe("the configuration of receivers", () => {
  it("says what is wrong", () => {
    const problems = (value: unknown): string =>
      JSON.stringify(receiversSchema.safeParse(value).error?.issues);
    expect(problems([{ name: "a", type: "slack" }])).toContain("url");
    expect(problems([{ name: "a", type: "slack", url: "http://x", group_wait: "soon" }])).toContain("soon");
    expect(problems([{ name: "a", type: "slack", url: "http://x", match: ["nonsense"] }])).toContain(
      "nonsense",
    );
    expect(problems([{ name: "a", type: "fax", url: "http://x" }])).toContain("type");
    const twice = { name: "a", type: "slack", url: "http://x" };
    expect(problems([twice, twice])).toContain("two receivers are called a");
  });
});

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

describe("a real Alertmanager", () => {
  const isInstalled = spawnSync("prometheus-alertmanager", ["--version"]).status === 0;

  async function startAlertmanager(webhookUrl: string): Promise<string> {
    const directory = mkdtempSync(join(tmpdir(), "spanlight-alertmanager-"));
    const config = `
route: { receiver: hook, group_by: [alertname], group_wait: 0s, group_interval: 1s, repeat_interval: 1h }
receivers: [{ name: hook, webhook_configs: [{ url: "${webhookUrl}", send_resolved: true }] }]`;
    writeFileSync(join(directory, "alertmanager.yml"), config);
    const port = await findFreePort();
    const child: ChildProcess = spawn(
      "prometheus-alertmanager",
      [
        `--config.file=${directory}/alertmanager.yml`,
        `--storage.path=${directory}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
        "--cluster.listen-address=",
      ],
      { stdio: "ignore" },
    );
    closers.push(async () => {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.kill("SIGTERM");
      await ended;
      rmSync(directory, { recursive: true, force: true });
    });
    const url = `http://127.0.0.1:${port}`;
    await until(async () => (await fetch(`${url}/-/ready`)).ok);
    return url;
  }

  /** Another process has its own clock: there is nothing to drive. */
  async function until(isTrue: () => Promise<boolean> | boolean): Promise<void> {
    const deadlineMs = Date.now() + 20 * SECOND_MS;
    while (Date.now() < deadlineMs) {
      if (await Promise.resolve(isTrue()).catch(() => false)) return;
      await waitFor(50);
    }
    throw new Error("it did not come about in 20 s");
  }

  it("takes alerts, tells its own receiver, and learns of their end", async (context) => {
    if (!isInstalled) context.skip("prometheus-alertmanager is not installed");
    const hook = await listen();
    const url = await startAlertmanager(hook.url);
    const nowMs = Date.now();
    const firing = noticeOf(
      { "service.name": "api" },
      { startsAtMs: nowMs - MINUTE_MS, endsAtMs: nowMs + 10 * MINUTE_MS },
    );
    expect(await tell({ type: "alertmanager", url }, [firing])).toEqual([]);
    await until(() => hook.requests.length > 0);
    expect(hook.requests[0]?.body).toMatchObject({
      status: "firing",
      alerts: [
        {
          labels: { alertname: "LLMCostSpike", service_name: "api" },
          annotations: { summary: "Spend is 62 $/h" },
        },
      ],
    });
    expect(JSON.stringify(hook.requests[0]?.body)).toContain("http://spanlight.example/traces/b");
    expect(await tell({ type: "alertmanager", url }, [resolvedOf(firing, Date.now())])).toEqual([]);
    await until(() => hook.requests.some(({ body }) => JSON.stringify(body).includes('"status":"resolved"')));
  });

  it("that refuses an alert is told apart from one that is down", async (context) => {
    if (!isInstalled) context.skip("prometheus-alertmanager is not installed");
    const hook = await listen();
    const url = await startAlertmanager(hook.url);
    const backwards = noticeOf({}, { startsAtMs: Date.now(), endsAtMs: Date.now() - MINUTE_MS });
    const [error] = await tell({ type: "alertmanager", url }, [backwards]);
    expect(error).toContain("Alertmanager answered 400");
  });
});
