import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The program of this repository's build. */
export const ownLauncher: string = fileURLToPath(
  new URL("../../packages/server/bin/spanlight.cjs", import.meta.url),
);

/** Which build to run on which data. */
export interface Place {
  readonly launcher: string;
  readonly directory: string;
}

/** A server that is going to be killed. */
export interface Victim {
  readonly url: string;
  /**
   * Resolves when the log next says that an insert has begun, with the milliseconds that the last insert into that table
   * took; also when the process ends.
   */
  nextInsert(): Promise<number>;
  /** Kills with SIGKILL and waits for the end. Returns how many inserts the log shows begun and not finished. */
  kill(): Promise<number>;
  /** Stops as a supervisor would. */
  stop(): Promise<void>;
}

/** The server ended before it was ready. */
export class StillbornError extends Error {
  readonly code = "ended_before_ready";
}

interface InsertLog {
  readonly running: Set<string>;
  readonly waiting: Set<(expectedMs: number) => void>;
  /** Of the last insert into each table. */
  readonly durationMs: Map<unknown, number>;
  readonly tail: string[];
}

export interface Life {
  /** The server is killed this long after its start, ready or not. */
  readonly killAfterMs?: number;
  /** Segments of at most 1,000 rows, sealed after 20 ms. */
  readonly hasSmallSegments?: boolean;
}

const smallSegments = { SPANLIGHT_SEGMENT_ROWS: "1000", SPANLIGHT_SEGMENT_AGE_MS: "20" };

/** Starts the server on a data directory. */
export async function startVictim(
  { launcher, directory }: Place,
  { killAfterMs, hasSmallSegments = false }: Life = {},
): Promise<Victim> {
  const child = spawn(process.execPath, [launcher, "serve", "--ready-json"], {
    env: {
      ...process.env,
      SPANLIGHT_DATA: directory,
      SPANLIGHT_HOST: "127.0.0.1",
      SPANLIGHT_PORT: "0",
      SPANLIGHT_GRPC_PORT: "0",
      SPANLIGHT_LOG_LEVEL: "debug",
      ...(hasSmallSegments ? smallSegments : {}),
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  const log = followLog(child);
  const timer = killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
  const url = await readReadyUrl(child);
  clearTimeout(timer);
  if (url === undefined) {
    await closed;
    throw new StillbornError(`The server ended before it was ready:\n${log.tail.join("\n")}`);
  }
  return {
    url,
    nextInsert: () => new Promise((resolve) => log.waiting.add(resolve)),
    async kill() {
      child.kill("SIGKILL");
      await closed;
      return log.running.size;
    },
    async stop() {
      child.kill("SIGTERM");
      await closed;
    },
  };
}

async function readReadyUrl(child: ChildProcess): Promise<string | undefined> {
  if (child.stdout === null) return undefined;
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve) => {
    lines.on("line", (line) => resolve(/"url":"([^"]+)"/.exec(line)?.[1]));
    lines.on("close", () => resolve(undefined));
  });
}

/** Taken for the first insert into a table. */
const unknownDurationMs = 80;

function followLog(child: ChildProcess): InsertLog {
  const log: InsertLog = { running: new Set(), waiting: new Set(), durationMs: new Map(), tail: [] };
  const wake = (expectedMs: number): void => {
    for (const resolve of log.waiting) resolve(expectedMs);
    log.waiting.clear();
  };
  if (child.stderr === null) return log;
  const lines = createInterface({ input: child.stderr });
  lines.on("line", (line) => {
    log.tail.push(line);
    if (log.tail.length > 10) log.tail.shift();
    const { msg, table, block, durationMs } = parseLine(line);
    const key = `${String(table)} ${String(block)}`;
    if (msg === "insert started") {
      log.running.add(key);
      wake(log.durationMs.get(table) ?? unknownDurationMs);
    }
    if (msg === "insert finished" || msg === "insert failed") log.running.delete(key);
    if (msg === "insert finished") log.durationMs.set(table, Number(durationMs));
  });
  lines.on("close", () => wake(0));
  return log;
}

function parseLine(line: string): { msg?: unknown; table?: unknown; block?: unknown; durationMs?: unknown } {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
