import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const launcher: string = fileURLToPath(
  new URL("../packages/server/bin/spanlight.cjs", import.meta.url),
);

/** A server in a process of its own, on any free port, with a data directory of its own. */
export interface ServerProcess {
  readonly url: string;
  readonly directory: string;
  /** Stops it as a supervisor would, and answers its exit code. */
  stop(): Promise<number | null>;
  /** Ends it as a crash would: SIGKILL. */
  kill(): Promise<void>;
}

/** Starts the built server; `environment` adds to or replaces this process's. */
export async function startServerProcess(environment: NodeJS.ProcessEnv = {}): Promise<ServerProcess> {
  const directory = mkdtempSync(join(tmpdir(), "spanlight-house-"));
  const child = spawn(process.execPath, [launcher, "--port", "0", "--ready-json"], {
    env: {
      ...process.env,
      SPANLIGHT_DATA: directory,
      SPANLIGHT_GRPC_PORT: "0",
      SPANLIGHT_LOG_LEVEL: "warn",
      ...environment,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await readReadyUrl(child);
  async function end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    if (child.exitCode === null && child.signalCode === null) {
      const closed = once(child, "close");
      child.kill(signal);
      await closed;
    }
    rmSync(directory, { recursive: true, force: true });
  }
  return {
    url,
    directory,
    async stop() {
      await end("SIGTERM");
      return child.exitCode;
    },
    kill: () => end("SIGKILL"),
  };
}

async function readReadyUrl(child: ChildProcess): Promise<string> {
  if (child.stdout === null) throw new Error("the server has no output");
  const lines = createInterface({ input: child.stdout });
  return new Promise((resolve, reject) => {
    lines.on("line", (line) => {
      const url = /"url":"([^"]+)"/.exec(line)?.[1];
      if (url !== undefined) resolve(url);
    });
    lines.on("close", () => reject(new Error("the server ended before it was ready")));
  });
}

/** What a program printed and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a Node program to its end. */
export async function runNode(
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Promise<Ended> {
  const child = spawn(process.execPath, [...args], {
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  await once(child, "close");
  return { code: child.exitCode, stdout, stderr };
}
