import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import {
  createServer,
  request as ask,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

/**
 * What becomes of a request between the client and the server:
 * - `down`: the connection is cut before anything reaches the server;
 * - `slow`: the answer comes late;
 * - `reset`: the server does its work and its answer is lost;
 * - `impostor`: something else answers 200, and the server gets nothing;
 * - `late`: the client is cut off at once, and the server gets the request when `releaseLate` is called.
 */
export type Fault = "none" | "down" | "slow" | "reset" | "impostor" | "late";

/** A ClickHouse server, as far as HTTP goes, in a process of its own, behind a network that can be made to fail. */
export interface TestClickHouse {
  /** Address with the database `spanlight`. */
  readonly url: string;
  /** Decides the fate of each request from its statement. */
  setFault(choose: (sql: string) => Fault): void;
  /** How many requests met each fault. */
  readonly met: Record<Fault, number>;
  /** Hands the late requests to the server and resolves when it is done with them. */
  releaseLate(): Promise<void>;
  close(): Promise<void>;
}

const slowMs = 100;

export async function startClickHouse(): Promise<TestClickHouse> {
  const directory = mkdtempSync(join(tmpdir(), "spanlight-clickhouse-"));
  const program = fileURLToPath(new URL("clickhouse-http.fixture.ts", import.meta.url));
  const child = spawn(
    process.execPath,
    ["--conditions=@spanlight/source", "--import", "tsx", program, directory],
    {
      stdio: ["pipe", "pipe", "inherit"],
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    },
  );
  const port = await readPort(child);
  const met: Record<Fault, number> = { none: 0, down: 0, slow: 0, reset: 0, impostor: 0, late: 0 };
  let choose = (_sql: string): Fault => "none";
  let late: (() => Promise<unknown>)[] = [];
  const network = createServer((incoming, outgoing) => {
    const carry = async (): Promise<void> => {
      const bytes = await readAll(incoming);
      const fault = choose(
        new URL(incoming.url ?? "/", "http://x").searchParams.get("query") ?? bytes.toString("utf8"),
      );
      met[fault] += 1;
      if (fault === "late") late.push(() => forward(port, incoming, bytes));
      await pass(port, { incoming, outgoing, bytes }, fault);
    };
    // A server that is closed in the middle of a question leaves its client with a broken connection.
    carry().catch(() => incoming.socket.destroy());
  });
  network.listen(0, "127.0.0.1");
  await once(network, "listening");
  return {
    url: `http://127.0.0.1:${(network.address() as AddressInfo).port}/spanlight`,
    met,
    setFault(next) {
      choose = next;
    },
    async releaseLate() {
      const released = late;
      late = [];
      await Promise.all(released.map((send) => send()));
    },
    async close() {
      await closeAll(network, child);
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

interface Passing {
  readonly incoming: IncomingMessage;
  readonly outgoing: ServerResponse;
  readonly bytes: Buffer;
}

async function pass(port: number, { incoming, outgoing, bytes }: Passing, fault: Fault): Promise<void> {
  const cut = (): void => void incoming.socket.destroy();
  if (fault === "down" || fault === "late") return cut();
  if (fault === "impostor") return void outgoing.writeHead(200, { "content-type": "text/html" }).end();
  const { status, headers, body } = await forward(port, incoming, bytes);
  if (fault === "slow") await delay(slowMs);
  if (fault === "reset") return cut();
  outgoing.writeHead(status, headers).end(body);
}

async function forward(
  port: number,
  { method, url, headers }: IncomingMessage,
  bytes: Buffer,
): Promise<{ status: number; headers: Record<string, string>; body: Buffer }> {
  const type = headers["content-type"];
  const onward = ask({
    port,
    host: "127.0.0.1",
    method,
    path: url,
    headers: { "content-length": bytes.length, ...(type === undefined ? {} : { "content-type": type }) },
  });
  onward.end(bytes);
  const [response] = (await once(onward, "response")) as [IncomingMessage];
  return {
    status: response.statusCode ?? 500,
    headers: Object.fromEntries(
      Object.entries(response.headers).flatMap(([name, value]) =>
        name.startsWith("x-clickhouse-") ? [[name, String(value)]] : [],
      ),
    ),
    body: await readAll(response),
  };
}

async function readAll(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function readPort(child: ChildProcess): Promise<number> {
  if (child.stdout === null) throw new Error("the server has no output");
  for await (const line of createInterface({ input: child.stdout })) return Number(line);
  throw new Error("the server ended before it listened");
}

async function closeAll(network: Server, child: ChildProcess): Promise<void> {
  network.closeAllConnections();
  network.close();
  const ended = once(child, "close");
  child.stdin?.end();
  await ended;
}
