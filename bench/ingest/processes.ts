import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** A child process that printed its address as one JSON line. */
export interface RunningServer {
  readonly url: string;
  /** CPU of the process and everything below it so far, microseconds. */
  readCpuMicros(): number;
  /** The same by the names of the threads that are alive now: what the engine's threads use and what Node's. */
  readThreadCpuMicros(): Readonly<Record<string, number>>;
  /** Resident memory of the process and everything below it now, bytes. */
  readMemoryBytes(): number;
  close(): Promise<void>;
  /** Ends it with SIGKILL. */
  kill(): Promise<void>;
}

/** Starts a Node process and waits for its ready line. */
export async function startServer(
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<RunningServer> {
  const child = spawn(process.execPath, [...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await readReadyUrl(child, args.join(" "));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${args.join(" ")} has no process id`);
  return {
    url,
    readCpuMicros: () => sumOverTree(pid, (stat) => (stat.userTicks + stat.systemTicks) * microsPerTick),
    readThreadCpuMicros: () => readThreadCpu(pid),
    readMemoryBytes: () => sumOverTree(pid, (stat) => stat.residentPages * pageBytes),
    close: () => end(child, "SIGTERM"),
    kill: () => end(child, "SIGKILL"),
  };
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, "exit");
}

async function readReadyUrl(child: ChildProcess, name: string): Promise<string> {
  if (child.stdout === null) throw new Error(`${name} has no output`);
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const url = /"url"\s*:\s*"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined) resolve(url.replace(/\/$/, ""));
    });
    lines.on("close", () => reject(new Error(`${name} ended before it was ready`)));
  });
}

/** Runs a Node process to its end and returns the JSON object on its last line. */
export async function runToEnd(args: readonly string[]): Promise<unknown> {
  const child = spawn(process.execPath, [...args], { stdio: ["ignore", "pipe", "inherit"] });
  let last = "";
  createInterface({ input: child.stdout }).on("line", (line) => {
    last = line;
  });
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with code ${String(code)}`);
  return JSON.parse(last);
}

const microsPerTick = 10_000;
const pageBytes = 4096;

interface ProcessStat {
  readonly name: string;
  readonly parent: number;
  readonly userTicks: number;
  readonly systemTicks: number;
  readonly residentPages: number;
}

function sumOverTree(root: number, measure: (stat: ProcessStat) => number): number {
  const stats = new Map<number, ProcessStat>();
  for (const name of readdirSync("/proc")) {
    const stat = /^\d+$/.test(name) ? readStat(name) : undefined;
    if (stat !== undefined) stats.set(Number(name), stat);
  }
  const isBelow = (pid: number): boolean => {
    if (pid === root) return true;
    const stat = stats.get(pid);
    return stat !== undefined && stat.parent > 1 && isBelow(stat.parent);
  };
  return [...stats].reduce((sum, [pid, stat]) => (isBelow(pid) ? sum + measure(stat) : sum), 0);
}

function readThreadCpu(pid: number): Record<string, number> {
  const micros: Record<string, number> = {};
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const stat = readStat(`${pid}/task/${thread}`);
    if (stat === undefined) continue;
    micros[stat.name] = (micros[stat.name] ?? 0) + (stat.userTicks + stat.systemTicks) * microsPerTick;
  }
  return micros;
}

/** Fields of /proc/PID/stat after the command's name; undefined for a process that has just ended. */
function readStat(pid: string): ProcessStat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return {
      name: text.slice(text.indexOf("(") + 1, text.lastIndexOf(")")),
      parent: Number(fields[1]),
      userTicks: Number(fields[11]),
      systemTicks: Number(fields[12]),
      residentPages: Number(fields[21]),
    };
  } catch {
    return undefined;
  }
}
