import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createSocket } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { SMTPServer } from "smtp-server";
import { type Arrivals, readTitle, toKey } from "./arrivals.ts";

/** Local receivers of every kind, all of which write down what arrives. */
export interface LocalReceivers {
  readonly names: readonly string[];
  /** The `notify` list of the server's configuration. */
  readonly settings: readonly object[];
  /** The receivers that were sent links to the page of an alert and to traces that show it. */
  listWithLinks(): readonly string[];
  close(): Promise<void>;
}

/** Alerts with these labels in common are one message, so that every series is told of by itself. */
const GROUP_BY = ["alertname", "service", "model", "endpoint"];

type Closing = (() => Promise<void>)[];

/** Starts a Slack-like receiver, a webhook, a mail server, and Debian's Alertmanager where it is installed. */
export async function startReceivers(
  arrivals: Arrivals,
  directory: string,
  times: object,
): Promise<LocalReceivers> {
  const closing: Closing = [];
  const withLinks = new Set<string>();
  const note = (receiver: string, text: string, said: ReturnType<typeof readTitle>): void => {
    if (/\/alerts\?alert=/.test(text) && /\/traces\/[0-9a-f]{32}/.test(text)) withLinks.add(receiver);
    if (said !== null) arrivals.add({ receiver, ...said });
  };
  const slack = await listenJson(closing, (body) =>
    note("slack", JSON.stringify(body), readTitle(JSON.stringify(body))),
  );
  const hook = await listenJson(closing, (body) => note("webhook", JSON.stringify(body), readPayload(body)));
  const smtp = await listenSmtp(closing, (text) =>
    note("smtp", unquote(text), readTitle(unfoldSubject(text))),
  );
  const common = { ...times, group_by: GROUP_BY };
  const settings: object[] = [
    { ...common, name: "slack", type: "slack", url: slack },
    { ...common, name: "webhook", type: "webhook", url: hook },
    {
      ...common,
      name: "smtp",
      type: "email",
      url: smtp,
      from: "spanlight@example.org",
      to: ["ops@example.org"],
    },
  ];
  const own = await listenJson(closing, (body) =>
    note("alertmanager", JSON.stringify(body), readPayload(body)),
  );
  const alertmanager = await startAlertmanager(closing, directory, own);
  if (alertmanager !== null) settings.push({ name: "alertmanager", type: "alertmanager", url: alertmanager });
  return {
    names: ["slack", "webhook", "smtp", ...(alertmanager === null ? [] : ["alertmanager"])],
    settings,
    listWithLinks: () => [...withLinks],
    async close() {
      for (const close of closing.toReversed()) await close();
    },
  };
}

async function listenJson(closing: Closing, take: (body: unknown) => void): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      take(JSON.parse(Buffer.concat(chunks).toString("utf8")));
      response.end("ok");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(
    () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** The payload of Alertmanager's webhook, ours or its own. */
function readPayload(body: unknown): { key: string; status: "firing" | "resolved" } {
  const { status, groupLabels } = body as {
    status: "firing" | "resolved";
    groupLabels: Record<string, string>;
  };
  return { status, key: toKey(groupLabels["alertname"] ?? "", groupLabels) };
}

async function listenSmtp(closing: Closing, take: (text: string) => void): Promise<string> {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    onData: (stream, _session, done) => {
      let text = "";
      stream.on("data", (chunk: Buffer) => (text += chunk.toString("utf8")));
      stream.on("end", () => {
        take(text);
        done();
      });
    },
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => new Promise((resolve) => server.close(() => resolve())));
  return `smtp://127.0.0.1:${(server.server.address() as AddressInfo).port}`;
}

/** Quoted-printable text with its lines whole again. */
function unquote(text: string): string {
  return text.replaceAll(/=\r?\n/g, "").replaceAll("=3D", "=");
}

/** The subject of a mail on one line. */
function unfoldSubject(text: string): string {
  const head = text.slice(0, text.indexOf("\r\n\r\n")).replaceAll(/\r\n[ \t]+/g, " ");
  return /^Subject: (.*)$/m.exec(head)?.[1] ?? "";
}

async function startAlertmanager(closing: Closing, directory: string, hook: string): Promise<string | null> {
  if (spawnSync("prometheus-alertmanager", ["--version"]).status !== 0) {
    process.stderr.write("skipped: Alertmanager; prometheus-alertmanager is not installed\n");
    return null;
  }
  const file = join(directory, "alertmanager.yml");
  const route = {
    receiver: "hook",
    group_by: GROUP_BY,
    group_wait: "0s",
    group_interval: "1s",
    repeat_interval: "4h",
  };
  const receivers = [{ name: "hook", webhook_configs: [{ url: hook, send_resolved: true }] }];
  writeFileSync(file, JSON.stringify({ route, receivers }));
  const port = await findFreePort();
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(
    "prometheus-alertmanager",
    [
      `--config.file=${file}`,
      `--storage.path=${join(directory, "alertmanager")}`,
      `--web.listen-address=127.0.0.1:${port}`,
      "--cluster.listen-address=",
    ],
    { stdio: "ignore" },
  );
  closing.push(async () => {
    const ended = once(child, "exit");
    child.kill("SIGTERM");
    await ended;
  });
  while (
    !(await fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    ))
  )
    await delay(50);
  return url;
}

async function findFreePort(): Promise<number> {
  const server = createSocket();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
