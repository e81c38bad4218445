import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../examples/support-bot/src/demo.ts", import.meta.url));

/** The demo: a support bot with a local provider and traffic, in a process of its own. */
export interface Demo {
  /** Switches faults: `{ slow: true }`; `{ all: false }` ends every one. */
  switchFaults(faults: Readonly<Record<string, boolean>>): Promise<void>;
  stop(): Promise<void>;
}

/** Starts the demo before a running server. */
export async function startDemo(serverUrl: string, { rate }: { rate: number }): Promise<Demo> {
  const { hostname, port } = new URL(serverUrl);
  const args = [
    "--conditions=@spanlight/source",
    "--import",
    "tsx",
    program,
    "--port",
    "0",
    "--rate",
    String(rate),
  ];
  const { OPENAI_API_KEY: _key, ...environment } = process.env;
  const child = spawn(process.execPath, args, {
    env: { ...environment, SPANLIGHT_HOST: hostname, SPANLIGHT_PORT: port },
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = once(child, "exit");
  const url = await new Promise<string>((resolve, reject) => {
    const said: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      said.push(line);
      const found = /Service +(http\S+)/.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`the demo did not start: ${said.join("\n")}`)));
  });
  return {
    async switchFaults(faults) {
      const words = Object.entries(faults).map(([name, on]): [string, string] => [name, on ? "on" : "off"]);
      const answer = await fetch(`${url}/faults?${new URLSearchParams(words)}`);
      if (!answer.ok) throw new Error(`the demo refused ${JSON.stringify(faults)}: ${await answer.text()}`);
    },
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
