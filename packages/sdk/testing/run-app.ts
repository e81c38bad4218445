import { spawn, type ChildProcess } from "node:child_process";
import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";

const register = fileURLToPath(new URL("../src/register.ts", import.meta.url));

export interface AppRun {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface AppOptions {
  readonly env: Record<string, string>;
  /** Starts the application with `--import @spanlight/sdk/register`. */
  readonly registered: boolean;
  /** Node options of its own. */
  readonly nodeOptions?: readonly string[];
  /** Told every piece of output. */
  readonly onOutput?: (child: ChildProcess, text: string) => void;
}

/** Runs an application of `testing/apps`, or the file at an absolute path, in a Node process of its own, against the sources. */
export function runApp(
  name: string,
  { env, registered, nodeOptions = [], onOutput }: AppOptions,
): Promise<AppRun> {
  const app = isAbsolute(name) ? name : fileURLToPath(new URL(`./apps/${name}`, import.meta.url));
  const loaders = [...nodeOptions, "--conditions=@spanlight/source", "--import", "tsx"];
  if (registered) loaders.push("--import", register);
  const child = spawn(process.execPath, [...loaders, app], {
    env: { PATH: process.env["PATH"], ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (data: Buffer) => {
    stdout += data.toString();
    onOutput?.(child, stdout);
  });
  child.stderr.on("data", (data: Buffer) => {
    stderr += data.toString();
  });
  return new Promise((resolve) => {
    child.on("close", (code, signal) => resolve({ code, signal, stdout, stderr }));
  });
}
