import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { reportVariable, type AppReport } from "./app-report.ts";

/** Longer than an application takes to load. */
const startTimeoutMs = 30_000;
const endTimeoutMs = 10_000;
const pollMs = 100;

export interface RunOptions {
  readonly command: readonly string[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The options this process runs with, without which the sources do not load. */
  readonly execArgv: readonly string[];
  /** A process that is still there by then is asked to end. */
  readonly timeoutMs: number;
}

/** Runs the application with the watch inside, its output as it is, and reads what the watch wrote down. */
export async function runApp(options: RunOptions): Promise<AppReport | undefined> {
  const directory = await mkdtemp(join(tmpdir(), "spanlight-doctor-"));
  const file = join(directory, "report.json");
  try {
    await run(options, file);
    return JSON.parse(await readFile(file, "utf8"), reviveBytes) as AppReport;
  } catch {
    return undefined;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function run({ command, environment, execArgv, timeoutMs }: RunOptions, file: string): Promise<void> {
  const isSource = import.meta.url.endsWith(".ts");
  const watch = new URL(isSource ? "./watch-app.ts" : "./watch-app.js", import.meta.url);
  const options = [environment["NODE_OPTIONS"], ...(isSource ? execArgv : []), `--import ${watch.href}`];
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    stdio: ["inherit", 2, "inherit"],
    env: {
      ...environment,
      NODE_OPTIONS: options.filter((option) => option !== undefined && option !== "").join(" "),
      [reportVariable]: file,
    },
  });
  const timer = setTimeout(() => void end(child, file), timeoutMs);
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Asks a process to end, at the earliest when the watch inside is up; one that does not is killed. */
async function end(child: ChildProcess, file: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < startTimeoutMs && !existsSync(file); waitedMs += pollMs)
    await wait(pollMs);
  child.kill("SIGTERM");
  await wait(endTimeoutMs, undefined, { ref: false });
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
}

/** Certificates are buffers, which JSON writes as objects. */
function reviveBytes(_key: string, value: unknown): unknown {
  const isBuffer = typeof value === "object" && value !== null && "type" in value && value.type === "Buffer";
  return isBuffer && "data" in value && Array.isArray(value.data) ? Buffer.from(value.data) : value;
}
