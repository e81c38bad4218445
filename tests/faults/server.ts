import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";

/** Which build to run on which data. */
export interface Place {
  readonly launcher: string;
  readonly directory: string;
}

/** A server that a fault happens to. */
export interface Server {
  readonly url: string;
  /** The most memory it was seen to hold, in bytes (read ten times a second; 0 where the system does not tell). */
  mostMemoryBytes(): number;
  /** Lines of its log that say `error`, without the requests' own faults. */
  errors(): readonly string[];
  /** True while it lives. */
  isAlive(): boolean;
  kill(): Promise<void>;
  /** Stops it as a supervisor would; answers its exit code. */
  stop(): Promise<number | null>;
}

/** The server ended before it was ready. */
export class StillbornError extends Error {
  readonly code = "ended_before_ready";
}

const sampleMs = 100;

/** Starts the server and waits until it is ready: what was acknowledged before is in the store. */
export async function startServer(place: Place, environment: NodeJS.ProcessEnv = {}): Promise<Server> {
  const child = spawn(process.execPath, [place.launcher, "serve", "--ready-json"], {
    env: {
      ...process.env,
      SPANLIGHT_DATA: place.directory,
      SPANLIGHT_HOST: "127.0.0.1",
      SPANLIGHT_PORT: "0",
      SPANLIGHT_GRPC_PORT: "0",
      SPANLIGHT_LOG_LEVEL: "info",
      ...environment,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const closed = once(child, "close");
  // Whatever becomes of the trial, no server outlives it.
  const killWithUs = (): void => void child.kill("SIGKILL");
  process.once("exit", killWithUs);
  child.once("close", () => process.off("exit", killWithUs));
  const tail: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stderr }).on("line", (line) => {
    tail.push(line);
    if (tail.length > 20) tail.shift();
    if (/"level":[56]0/.test(line) && errors.length < 100) errors.push(line);
  });
  const memory = sampleMemory(child.pid ?? 0);
  const url = await new Promise<string | undefined>((resolve) => {
    const lines = createInterface({ input: child.stdout });
    lines.on("line", (line) => resolve(/"url":"([^"]+)"/.exec(line)?.[1]));
    lines.on("close", () => resolve(undefined));
  });
  if (url === undefined) {
    await closed;
    memory.stop();
    throw new StillbornError(`The server ended before it was ready:\n${tail.join("\n")}`);
  }
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    await closed;
    memory.stop();
    return child.exitCode;
  };
  return {
    url,
    mostMemoryBytes: memory.most,
    errors: () => errors,
    isAlive: () => child.exitCode === null && child.signalCode === null,
    async kill() {
      await end("SIGKILL");
    },
    stop: () => end("SIGTERM"),
  };
}

function sampleMemory(pid: number): { most: () => number; stop: () => void } {
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, readMemory(pid));
  }, sampleMs);
  timer.unref();
  return { most: () => most, stop: () => clearInterval(timer) };
}

function readMemory(pid: number): number {
  try {
    const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return Number(kib ?? 0) * 1024;
  } catch {
    return 0; // ended, or a system without /proc
  }
}

/** Waits until the condition holds; false when it does not within the time. */
export async function eventually(condition: () => Promise<boolean>, withinMs: number): Promise<boolean> {
  const deadlineMs = Date.now() + withinMs;
  while (!(await condition())) {
    if (Date.now() > deadlineMs) return false;
    await delay(100);
  }
  return true;
}
