// The demo: server, local provider, support bot and its customers, each opened in order and closed in reverse.
import { init, shutdown, trace, wrap } from "@spanlight/sdk";
import OpenAI from "openai";
import { createSessions } from "./app/sessions.ts";
import { indexHandbook } from "./app/retrieve-passages.ts";
import { openService, type Service } from "./app/service.ts";
import type { Bot, Models } from "./app/bot.ts";
import { describeDemo, describeFaults } from "./demo/announce.ts";
import { createCustomers } from "./demo/customers.ts";
import { listenToKeys } from "./demo/fault-keys.ts";
import { readOptions, usage, UsageError, type DemoOptions } from "./demo/options.ts";
import { openServer, ServerStartError, type ServerHandle } from "./demo/server-process.ts";
import { startTraffic, type Traffic, type TrafficCounts } from "./demo/traffic.ts";
import { createFaults, type Faults } from "./faults.ts";
import { openProvider } from "./provider/provider.ts";

const localModels: Models = {
  chat: ["gpt-4o-mini", "gpt-4o", "acme-support-8b"],
  expensive: "gpt-4o",
  summary: "gpt-4.1-mini",
  agent: "o4-mini",
  embedding: "text-embedding-3-small",
};
const realModels: Models = { ...localModels, chat: ["gpt-4o-mini"] };

/** Things to close, in the order they were opened. */
type Closing = (() => Promise<void>)[];

async function run(): Promise<void> {
  const isReal = (process.env["OPENAI_API_KEY"] ?? "") !== "";
  const options = readOptions(process.argv.slice(2), isReal);
  if (options.help) return void process.stdout.write(usage);
  const closing: Closing = [];
  try {
    const { counts, serverUrl } = await runDemo(options, isReal, closing);
    await closeAll(closing);
    console.log(JSON.stringify({ requests: counts.sent, failed: counts.failed, serverUrl }));
  } catch (error) {
    await closeAll(closing);
    throw error;
  }
}

async function closeAll(closing: Closing): Promise<void> {
  for (const close of closing.splice(0).toReversed()) await close();
}

async function runDemo(
  options: DemoOptions,
  isReal: boolean,
  closing: Closing,
): Promise<{ counts: Readonly<TrafficCounts>; serverUrl: string }> {
  const ending = listenToSignals();
  const faults = createFaults();
  process.stderr.write("Starting the server …\n");
  const server = await openServer(process.env);
  closing.push(() => server.close());
  init({
    service: "support-bot",
    version: "1.0.0",
    environment: "demo",
    endpoint: server.url,
    captureContent: true,
    // The demo shuts down by itself, after the last request; spans of requests cut off then have nowhere to go.
    flushOnExit: false,
    onExportError: (error) => {
      if (closing.length > 0) process.stderr.write(`${error.message}\n`);
    },
  });
  closing.push(() => shutdown());
  const provider = isReal
    ? undefined
    : await openProvider({ faults, seed: options.seed, pace: options.pace });
  if (provider !== undefined) closing.push(() => provider.close());
  const models = isReal ? realModels : localModels;
  const client = wrap(
    new OpenAI(provider === undefined ? {} : { baseURL: provider.baseUrl, apiKey: "local" }),
  );
  const index = await trace("index handbook", () => indexHandbook(client, models.embedding));
  const service = await openBotService(
    { client, index, sessions: createSessions(), faults, models },
    options,
  );
  closing.push(() => service.close());
  const baseUrl = provider?.baseUrl ?? client.baseURL;
  announce({ server, service, faults, options, isReal, baseUrl, end: ending.end });
  const traffic = startTraffic({
    ...options,
    url: service.url,
    next: createCustomers(options.seed, models.chat),
  });
  closing.push(async () => traffic.stop());
  await waitForEnd({ traffic, server, options, ended: ending.ended });
  return { counts: traffic.counts, serverUrl: server.url };
}

/** The default port may be taken, for example by a second demo; then any free one does. */
async function openBotService(bot: Bot, { port }: DemoOptions): Promise<Service> {
  try {
    return await openService(bot, port ?? 4400);
  } catch (error) {
    if (port === undefined) return openService(bot, 0);
    throw new UsageError(`Port ${port} is taken: choose another with --port.`, { cause: error });
  }
}

function announce(all: {
  server: ServerHandle;
  service: Service;
  faults: Faults;
  options: DemoOptions;
  isReal: boolean;
  baseUrl: string;
  end: () => void;
}): void {
  const text = describeDemo({
    serverUrl: all.server.url,
    isServerOurs: all.server.isOurs,
    serviceUrl: all.service.url,
    providerUrl: all.baseUrl,
    isRealProvider: all.isReal,
    requestsPerSecond: all.options.requestsPerSecond,
    hasKeys: process.stdin.isTTY,
  });
  process.stderr.write(text);
  all.faults.onChange((state) => process.stderr.write(`${describeFaults(state)}\n`));
  const giveBack = listenToKeys(process.stdin, all.faults, all.end);
  process.on("exit", giveBack);
}

/** Resolves at the first signal, key or other reason to end; later ones change nothing. */
function listenToSignals(): { ended: Promise<void>; end: () => void } {
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, end);
  return { ended, end };
}

async function waitForEnd(all: {
  traffic: Traffic;
  server: ServerHandle;
  options: DemoOptions;
  ended: Promise<void>;
}): Promise<void> {
  const serverEnded = all.server.ended.then(() => "server");
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<void>((resolve) => {
    if (all.options.mostMs !== Infinity) timer = setTimeout(resolve, all.options.mostMs);
  });
  const reason = await Promise.race([all.traffic.done, serverEnded, timeUp, all.ended]);
  if (reason === "server") process.stderr.write("The server has ended, and so does the demo.\n");
  clearTimeout(timer);
}

run().then(
  () => process.exit(0),
  (error: unknown) => {
    const isPlain = error instanceof UsageError || error instanceof ServerStartError;
    process.stderr.write(
      `${isPlain ? error.message : String(error instanceof Error ? error.stack : error)}\n`,
    );
    process.exit(1);
  },
);
