import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The Spanlight server the demo sends to. */
export interface ServerHandle {
  readonly url: string;
  /** False when it ran before the demo and goes on after it. */
  readonly isOurs: boolean;
  /** Resolves when the server has ended by itself; never for one that is not ours. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** The server did not start; the message holds the sentence it ended with. */
export class ServerStartError extends Error {
  readonly code = "server_start";
}

const launcher = fileURLToPath(new URL("../../../../packages/server/bin/spanlight.cjs", import.meta.url));

/** Uses the server that listens where ours would, else starts one. */
export async function openServer(environment: NodeJS.ProcessEnv): Promise<ServerHandle> {
  const host = environment["SPANLIGHT_HOST"] ?? "127.0.0.1";
  const port = environment["SPANLIGHT_PORT"] ?? "4318";
  const url = `http://${host}:${port}`;
  if (port !== "0" && (await isSpanlight(url)))
    return { url, isOurs: false, ended: new Promise(() => undefined), close: async () => undefined };
  return startServer(environment);
}

async function isSpanlight(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/api/ingest`, { signal: AbortSignal.timeout(2000) });
    const body: unknown = await response.json();
    return typeof body === "object" && body !== null && "traces" in body;
  } catch {
    return false;
  }
}

async function startServer(environment: NodeJS.ProcessEnv): Promise<ServerHandle> {
  const child = spawn(process.execPath, [launcher, "serve", "--ready-json"], {
    env: environment,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const lastLines = keepLastLines(child);
  const ended = once(child, "exit").then(() => undefined);
  const ready = await Promise.race([readReadyLine(child), ended]);
  if (ready === undefined)
    throw new ServerStartError(`The server did not start. ${lastLines().join("\n") || "It said nothing."}`);
  return {
    url: ready,
    isOurs: true,
    ended,
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 15_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

/** The server prints one JSON line when it is ready. */
async function readReadyLine(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve) => {
    lines.on("line", (line) => resolve(readUrl(line)));
    lines.on("close", () => resolve(undefined));
  });
}

function readUrl(line: string): string | undefined {
  try {
    const value: unknown = JSON.parse(line);
    if (typeof value !== "object" || value === null || !("url" in value)) return undefined;
    return String(value.url).replace(/\/$/, "");
  } catch {
    return undefined;
  }
}

/** What the server said last beside its log (which is JSON), for the case that it ends. Reading also keeps its pipe from filling up. */
function keepLastLines(child: ChildProcess): () => readonly string[] {
  const kept: string[] = [];
  if (child.stderr !== null)
    createInterface({ input: child.stderr }).on("line", (line) => {
      if (line.startsWith("{")) return;
      kept.push(line);
      if (kept.length > 3) kept.shift();
    });
  return () => kept;
}
