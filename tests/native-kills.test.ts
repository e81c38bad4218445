// Spans that another product's SDK sends in parts, and a server that is killed between the parts.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Ingest, Overview, TraceList } from "@spanlight/contract";
import { afterAll, expect, it, vi } from "vitest";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const directory = mkdtempSync(join(tmpdir(), "spanlight-native-kills-"));
let server: ServerProcess | undefined;
afterAll(async () => {
  await end("stop");
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<string> {
  server = await startServerProcess({ SPANLIGHT_DATA: directory });
  return server.url;
}

async function end(how: "stop" | "kill"): Promise<void> {
  const running = server;
  server = undefined;
  await running?.[how]();
}

/** True when the server acknowledged it. */
async function send(url: string, body: object): Promise<boolean> {
  try {
    const response = await fetch(`${url}/runs/batch`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return response.status === 202;
  } catch {
    return false; // killed meanwhile
  }
}

const toStart = (id: string): object => ({
  id,
  trace_id: id,
  name: "call",
  run_type: "llm",
  start_time: new Date().toISOString(),
  extra: {
    metadata: { ls_model_name: "gpt-4o-mini", usage_metadata: { input_tokens: 10, output_tokens: 5 } },
  },
});
const toEnd = (id: string): object => ({ id, trace_id: id, end_time: Date.now(), outputs: { answer: id } });

it("every span whose start and end were acknowledged is there once, through kills between them", async () => {
  let url = await start();
  let count = 0;
  let open: string[] = [];
  const whole: string[] = [];
  for (const killAfterMs of [400, 900, 1500]) {
    const killed = new Promise((resolve) => setTimeout(resolve, killAfterMs)).then(() => end("kill"));
    while (server !== undefined) {
      const started = Array.from({ length: 20 }, () => `run-${(count += 1)}`);
      if (await send(url, { post: started.map(toStart) })) open.push(...started);
      const ended = open.slice(0, 10);
      if (await send(url, { patch: ended.map(toEnd) })) {
        whole.push(...ended);
        open = open.slice(10);
      }
    }
    await killed;
    url = await start();
    // What was open at the kill ends after it.
    expect(await send(url, { patch: open.map(toEnd) })).toBe(true);
    whole.push(...open.splice(0));
  }
  expect(whole.length).toBeGreaterThan(50);
  await vi.waitFor(() => expectEveryRunOnce(url, { least: whole.length, most: count }), {
    timeout: 20_000,
    interval: 200,
  });
}, 60_000);

async function expectEveryRunOnce(url: string, runs: { least: number; most: number }): Promise<void> {
  const read = async <Answer>(path: string): Promise<Answer> =>
    (await fetch(`${url}${path}`)).json() as Promise<Answer>;
  const { traces } = await read<Ingest>("/api/ingest");
  expect(traces).toMatchObject({ inSpool: 0, rejected: {} });
  const found = new Set<string>();
  let cursor: string | null = "";
  while (cursor !== null) {
    const page: TraceList = await read(`/api/traces?limit=1000&cursor=${cursor}`);
    for (const { traceId } of page.items) found.add(traceId);
    cursor = page.nextCursor;
  }
  expect(found.size).toBeGreaterThanOrEqual(runs.least);
  expect(found.size).toBeLessThanOrEqual(runs.most);
  // The rollups count rows: as many as there are spans, and each with its tokens once.
  const { totals } = await read<Overview>("/api/overview?step=60");
  expect(totals).toMatchObject({ requests: found.size, inputTokens: 10 * found.size });
  expect(traces.stored).toBe(found.size);
}
