import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { trace, withContext } from "@spanlight/sdk";
import { applyFaultQuery, faultEffects, UnknownFaultError } from "../faults.ts";
import { solveCase } from "./agent.ts";
import type { Bot } from "./bot.ts";
import { BadRequestError, readCaller, readFields, requireField } from "./read-request.ts";
import { retrievePassages } from "./retrieve-passages.ts";
import { summariseText } from "./summarise.ts";
import { answerSupport } from "./support.ts";

/** The running support bot. */
export interface Service {
  /** For example http://localhost:4400. */
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the bot's HTTP service on a port of the loopback interface; 0 = any free port. */
export async function openService(bot: Bot, port: number): Promise<Service> {
  const server = createServer((request, response) => void answer(bot, request, response));
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  // A listening TCP server has an address with a port, never a pipe's name.
  const address = server.address() as AddressInfo;
  return { url: `http://localhost:${address.port}`, close: () => closeServer(server) };
}

async function closeServer(server: Server): Promise<void> {
  server.close();
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), 2000);
  await once(server, "close");
  clearTimeout(timer);
}

type Fields = Readonly<Record<string, string>>;
type Endpoint = (bot: Bot, fields: Fields, response: ServerResponse) => Promise<void>;

const endpoints: Readonly<Record<string, Endpoint>> = {
  "/support": async (bot, fields, response) => {
    const request = {
      session: readCaller(fields).session,
      message: requireField(fields, "message"),
      model: chooseModel(bot, fields["model"]),
    };
    await answerSupport(bot, request, (text) => {
      if (!response.headersSent) response.writeHead(200, { "content-type": "text/plain; charset=utf-8" });
      response.write(text);
    });
    response.end();
  },
  "/search": async (bot, fields, response) => {
    const matches = await retrievePassages(bot, requireField(fields, "query"), 5);
    sendJson(response, 200, { matches });
  },
  "/summarise": async (bot, fields, response) => {
    sendJson(response, 200, { summary: await summariseText(bot, requireField(fields, "text")) });
  },
  "/agent": async (bot, fields, response) => {
    sendJson(response, 200, await solveCase(bot, requireField(fields, "task")));
  },
};

function chooseModel(bot: Bot, wanted: string | undefined): string {
  const model = wanted ?? bot.models.chat[0];
  if (bot.models.chat.includes(model)) return model;
  throw new BadRequestError(`The bot has no model "${model}": choose among ${bot.models.chat.join(", ")}.`);
}

async function answer(bot: Bot, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? "/", "http://localhost");
  try {
    if (url.pathname === "/faults") return switchFaults(bot, url, response);
    if (request.method === "GET" && url.pathname === "/healthz")
      return sendJson(response, 200, { status: "ok" });
    const endpoint = endpoints[url.pathname];
    if (endpoint === undefined || request.method !== "POST")
      return sendJson(response, 404, {
        error: `Send POST to ${Object.keys(endpoints).join(", ")}, or GET /faults.`,
      });
    const fields = await readFields(request);
    const { user, session, tenant } = readCaller(fields);
    await withContext({ userId: user, sessionId: session, tenantId: tenant, endpoint: url.pathname }, () =>
      trace(`POST ${url.pathname}`, () => endpoint(bot, fields, response), {
        attributes: { "http.request.method": "POST", "http.route": url.pathname },
      }),
    );
  } catch (error) {
    sendError(response, error);
  }
}

function switchFaults(bot: Bot, url: URL, response: ServerResponse): void {
  applyFaultQuery(bot.faults, url.searchParams);
  sendJson(response, 200, { faults: bot.faults.state(), effects: faultEffects });
}

function sendError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy();
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof BadRequestError) return sendJson(response, error.status, { error: message });
  if (error instanceof UnknownFaultError) return sendJson(response, 400, { error: message });
  // Everything else comes from the provider: the bot itself is fine.
  sendJson(response, 502, { error: message });
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(`${JSON.stringify(value, null, 2)}\n`);
}
