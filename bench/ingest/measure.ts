import { setTimeout as delay } from "node:timers/promises";
import type { LoadResult } from "./load.ts";
import { runToEnd, type RunningServer } from "./processes.ts";

/** Requests of one size over so many connections. */
export interface Setting {
  readonly spansPerRequest: number;
  readonly connections: number;
}

/** What one setting cost. `cpuMicrosPerSpan` is all CPU of the server, engine and merges included. */
export interface Measurement extends Setting {
  readonly spans: number;
  readonly requestBytesPerSpan: number;
  /** Spans ÷ time from the first byte sent until all are stored and the last merge has ended. */
  readonly spansPerSecond: number;
  readonly acknowledgedPerSecond: number;
  readonly cpuMicrosPerSpan: number;
  /** The same by thread name, of the threads that lived to the end; below 0.1 µs left out. */
  readonly threadMicrosPerSpan: Readonly<Record<string, number>>;
  readonly ackP50Ms: number;
  readonly ackP99Ms: number;
  readonly retries: number;
  readonly mostMemoryBytes: number;
}

/** Where requests go, and how to know that everything sent is stored and at rest. */
export interface Target {
  readonly server: RunningServer;
  /** Resolves with the moment (`performance.now()`) at which the work was done. */
  settle(sentSpans: number): Promise<number>;
}

export interface Plan extends Setting {
  readonly spans: number;
  readonly seed: number;
  /** Arguments that start this program as the load process. */
  readonly loadArguments: readonly string[];
}

/** Sends one setting's spans to a target and measures what they cost it. */
export async function measure(target: Target, plan: Plan): Promise<Measurement> {
  const cpuBefore = target.server.readCpuMicros();
  const threadsBefore = target.server.readThreadCpuMicros();
  let mostMemoryBytes = 0;
  const sampling = new AbortController();
  const samples = sampleMemory(sampling.signal, () => {
    mostMemoryBytes = Math.max(mostMemoryBytes, target.server.readMemoryBytes());
  });
  const sent = await sendLoad(target, plan);
  const startedAt = performance.now() - sent.elapsedMs;
  const settledAt = await target.settle(sent.spans);
  const cpuMicros = target.server.readCpuMicros() - cpuBefore;
  const threadsAfter = target.server.readThreadCpuMicros();
  sampling.abort();
  await samples;
  return {
    spansPerRequest: plan.spansPerRequest,
    connections: plan.connections,
    spans: sent.spans,
    requestBytesPerSpan: Math.round(sent.bytes / sent.spans),
    spansPerSecond: Math.round((sent.spans * 1000) / (settledAt - startedAt)),
    acknowledgedPerSecond: Math.round((sent.spans * 1000) / sent.elapsedMs),
    cpuMicrosPerSpan: round(cpuMicros / sent.spans),
    threadMicrosPerSpan: divideThreads(threadsBefore, threadsAfter, sent.spans),
    ackP50Ms: round(sent.ackP50Ms),
    ackP99Ms: round(sent.ackP99Ms),
    retries: sent.retries,
    mostMemoryBytes,
  };
}

function divideThreads(
  before: Readonly<Record<string, number>>,
  after: Readonly<Record<string, number>>,
  spans: number,
): Record<string, number> {
  const shares = Object.entries(after).map(
    ([name, micros]) => [name, round((micros - (before[name] ?? 0)) / spans)] as const,
  );
  return Object.fromEntries(shares.filter(([, micros]) => micros >= 0.1));
}

async function sendLoad(target: Target, plan: Plan): Promise<LoadResult> {
  const words = { url: `${target.server.url}/v1/traces`, ...pickNumbers(plan) };
  const result = await runToEnd([...plan.loadArguments, "load", JSON.stringify(words)]);
  // The load process is this program: it prints a LoadResult.
  return result as LoadResult;
}

function pickNumbers({ spans, spansPerRequest, connections, seed }: Plan): Record<string, number> {
  return { spans, spansPerRequest, connections, seed };
}

async function sampleMemory(signal: AbortSignal, sample: () => void): Promise<void> {
  while (!signal.aborted) {
    sample();
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
}

/** Two decimals are what the clock of 10 ms ticks can carry. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** The mean of measurements of the same setting, weighed by their spans. */
export function combineCpu(measurements: readonly Measurement[]): number {
  const spans = measurements.reduce((sum, { spans: count }) => sum + count, 0);
  const micros = measurements.reduce((sum, one) => sum + one.cpuMicrosPerSpan * one.spans, 0);
  return round(micros / spans);
}
