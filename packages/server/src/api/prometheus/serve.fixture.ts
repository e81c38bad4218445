import { execFile } from "node:child_process";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { serve } from "@hono/node-server";
import type { Hono } from "hono";

export interface TestServer {
  readonly url: string;
  /** Runs a program and answers what it printed. */
  run(program: string, options: readonly string[]): Promise<string>;
  close(): Promise<void>;
}

/** Serves an application on a free port of this machine. */
export async function serveTest(app: Hono): Promise<TestServer> {
  const server = await new Promise<ReturnType<typeof serve>>((resolve) => {
    const opened = serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }, () => resolve(opened));
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    run: async (program, options) => (await promisify(execFile)(program, options)).stdout,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
