// A rule file, spans by OTLP/JSON, and the alert as Prometheus' API shows it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startServerProcess, type ServerProcess } from "./server-process.ts";

const RULES = `
groups:
  - name: calls
    interval: 1s
    rules:
      - record: calls:increase5m
        expr: sum(increase(llm_requests_total[5m]))
      - alert: CallsArrive
        expr: sum(increase(llm_requests_total[5m])) > 0
        labels: { severity: info }
`;

let directory: string;
let server: ServerProcess;

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-rules-"));
  writeFileSync(join(directory, "calls.rules.yaml"), RULES);
  server = await startServerProcess({ SPANLIGHT_RULES: directory, SPANLIGHT_LOG_LEVEL: "error" });
});
afterAll(async () => {
  expect(await server.stop()).toBe(0);
  rmSync(directory, { recursive: true, force: true });
});

async function ask(path: string): Promise<Record<string, unknown[]>> {
  const response = await fetch(`${server.url}/prometheus/api/v1/${path}`);
  const { data } = (await response.json()) as { data: Record<string, unknown[]> };
  return data;
}

/** Asks until the list is not empty; an empty list at the deadline. */
async function askUntilFound(path: string, list: string): Promise<unknown[]> {
  const deadline = performance.now() + 15_000;
  for (;;) {
    const found = (await ask(path))[list] ?? [];
    if (found.length > 0 || performance.now() > deadline) return found;
    await delay(100);
  }
}

/** The series that the store itself has, not what is remembered of rules. */
async function askStored(query: URLSearchParams): Promise<unknown[]> {
  const deadline = performance.now() + 10_000;
  for (;;) {
    const response = await fetch(`${server.url}/prometheus/api/v1/series?${query}`);
    const { data } = (await response.json()) as { data: unknown[] };
    if (data.length > 0 || performance.now() > deadline) return data;
    await delay(100);
  }
}

async function sendCall(): Promise<void> {
  const endNs = BigInt(Date.now() - 2000) * 1_000_000n;
  const span = {
    traceId: "5b8efff798038103d269b633813fc60c",
    spanId: "eee19b7ec3c1b174",
    name: "chat gpt-4o",
    kind: 3,
    startTimeUnixNano: String(endNs - 1_000_000_000n),
    endTimeUnixNano: String(endNs),
    attributes: Object.entries({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "openai",
      "gen_ai.request.model": "gpt-4o",
    }).map(([key, stringValue]) => ({ key, value: { stringValue } })),
  };
  const response = await fetch(`${server.url}/v1/traces`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] }),
  });
  expect(response.status).toBe(200);
}

it(
  "a rule over spans fires, and its rule and recorded series can be asked for",
  { timeout: 60_000 },
  async () => {
    const groups = await askUntilFound("rules", "groups");
    expect(groups).toMatchObject([{ name: "calls", interval: 1 }]);
    expect((await ask("alerts"))["alerts"]).toEqual([]);
    await sendCall();
    expect(await askUntilFound("alerts", "alerts")).toMatchObject([
      { state: "firing", labels: { alertname: "CallsArrive", severity: "info" } },
    ]);
    expect(await askUntilFound("query?query=calls:increase5m", "result")).toHaveLength(1);
    expect(await askStored(new URLSearchParams({ "match[]": "calls:increase5m" }))).toEqual([
      { __name__: "calls:increase5m" },
    ]);
    const firing = await askUntilFound('query?query=ALERTS{alertstate="firing"}', "result");
    expect(firing).toMatchObject([{ metric: { alertname: "CallsArrive" } }]);
  },
);
