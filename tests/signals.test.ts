// Traces, metrics and logs into a real server, by HTTP, gRPC and remote write; killed at once, started again.
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { OTLPLogExporter } from "@opentelemetry/exporter-logs-otlp-grpc";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { launcher } from "./server-process.ts";

interface Ready {
  readonly url: string;
  readonly grpcPort: number;
}

interface Accounting {
  readonly received: number;
  readonly stored: number;
  readonly rejected: Record<string, number>;
  readonly duplicates: number;
  readonly inSpool: number;
}

let directory: string;
let child: ChildProcess;

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "spanlight-signals-"));
});
afterAll(async () => {
  child.kill("SIGKILL");
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  rmSync(directory, { recursive: true, force: true });
});

async function start(): Promise<Ready> {
  child = spawn(process.execPath, [launcher, "--port", "0", "--ready-json"], {
    env: { ...process.env, SPANLIGHT_DATA: directory, SPANLIGHT_LOG_LEVEL: "warn" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (child.stdout === null) throw new Error("the server has no output");
  for await (const line of createInterface({ input: child.stdout })) {
    if (line.startsWith("{")) return JSON.parse(line) as Ready;
  }
  throw new Error("the server ended before it was ready");
}

async function readAccounting(url: string): Promise<Record<"traces" | "metrics" | "logs", Accounting>> {
  const response = await fetch(`${url}/api/ingest`);
  const ingest = (await response.json()) as Record<"traces" | "metrics" | "logs", Accounting>;
  for (const signal of ["traces", "metrics", "logs"] as const) {
    const { received, stored, rejected, duplicates, inSpool } = ingest[signal];
    const refused = Object.values(rejected).reduce((sum, items) => sum + items, 0);
    expect(received, signal).toBe(stored + refused + duplicates + inSpool);
  }
  return ingest;
}

/** What an application with OpenTelemetry's own SDK sends: 10 spans, 2 points, 5 records. */
async function sendByExporters({ url, grpcPort }: Ready): Promise<void> {
  const tracing = new BasicTracerProvider({
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url: `${url}/v1/traces` }))],
  });
  const metering = new MeterProvider({
    readers: [
      new PeriodicExportingMetricReader({ exporter: new OTLPMetricExporter({ url: `${url}/v1/metrics` }) }),
    ],
  });
  const logging = new LoggerProvider({
    processors: [
      new BatchLogRecordProcessor({ exporter: new OTLPLogExporter({ url: `http://127.0.0.1:${grpcPort}` }) }),
    ],
  });
  for (let index = 0; index < 10; index += 1) tracing.getTracer("t").startSpan(`span ${index}`).end();
  metering.getMeter("m").createCounter("calls").add(1);
  metering.getMeter("m").createHistogram("latency").record(5);
  for (let index = 0; index < 5; index += 1) logging.getLogger("l").emit({ body: `line ${index}` });
  await Promise.all([tracing.shutdown(), metering.shutdown(), logging.shutdown()]);
}

describe("the server", () => {
  it("keeps every signal that it acknowledged, counted once, over a kill", async () => {
    const first = await start();
    expect(first.grpcPort).toBeGreaterThan(0);
    await sendByExporters(first);
    const before = await readAccounting(first.url);
    const received = { traces: 10, metrics: 2, logs: 5 };
    expect(before).toMatchObject({
      traces: { received: received.traces },
      metrics: { received: received.metrics },
      logs: { received: received.logs },
    });
    const closed = once(child, "close");
    child.kill("SIGKILL");
    await closed;

    const second = await start();
    const stored = async (): Promise<number[]> => {
      const { traces, metrics, logs: records } = await readAccounting(second.url);
      return [traces, metrics, records].map((signal) => signal.stored);
    };
    await expect.poll(stored, { timeout: 10_000 }).toEqual([10, 2, 5]);
  }, 60_000);
});
