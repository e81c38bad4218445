import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, expect, it } from "vitest";
import { createCustomers } from "./customers.ts";
import { readOptions } from "./options.ts";

const program = fileURLToPath(new URL("../demo.ts", import.meta.url));
const closing: (() => void)[] = [];

afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Something that looks like a running server to the demo, and counts the bytes of spans it gets. */
async function openReceiver(): Promise<{ port: number; spanBytes: () => number }> {
  let bytes = 0;
  const server = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => {
      if (request.url === "/v1/traces") bytes += chunk.length;
    });
    request.on("end", () => response.end(request.url === "/api/ingest" ? '{"traces":{}}' : ""));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  closing.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { port: (server.address() as AddressInfo).port, spanBytes: () => bytes };
}

it("sends its requests, delivers their spans to the server that runs already, and ends with its result", async () => {
  const receiver = await openReceiver();
  const args = [
    "--conditions=@spanlight/source",
    "--import",
    "tsx",
    program,
    "--once",
    "8",
    "--fast",
    "--port",
    "0",
  ];
  const env = { ...process.env, SPANLIGHT_HOST: "127.0.0.1", SPANLIGHT_PORT: String(receiver.port) };
  const child = spawn(process.execPath, args, { env: { ...env, OPENAI_API_KEY: "" } });
  let output = "";
  let progress = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (progress += chunk.toString()));
  const [code] = (await once(child, "close")) as [number];
  expect(progress).toContain("/faults?slow=on");
  expect(code).toBe(0);
  expect(JSON.parse(output.trim().split("\n").at(-1) ?? "")).toMatchObject({ requests: 8, failed: 0 });
  expect(receiver.spanBytes()).toBeGreaterThan(5000);
});

it("gives the same customers for the same seed", () => {
  const take = (seed: string): unknown[] =>
    Array.from({ length: 40 }, createCustomers(seed, ["small", "large"]));
  expect(take("1")).toEqual(take("1"));
  expect(take("1")).not.toEqual(take("2"));
});

it("reads its options and refuses others with a sentence", () => {
  expect(readOptions(["--once", "5", "--duration", "2m"], false)).toMatchObject({
    mostRequests: 5,
    mostMs: 120_000,
  });
  expect(readOptions([], true).requestsPerSecond).toBeLessThan(1);
  expect(() => readOptions(["--duration", "soon"], false)).toThrow(/90s, 5m or 1h/);
  expect(() => readOptions(["--twice"], false)).toThrow(/--help/);
});
