// Range queries over six hours of pushed samples, beside Debian's Prometheus with the same samples in the same run.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  encodeRemoteWrite,
  isPrometheusInstalled,
  postRemoteWrite,
  type RunningPrometheus,
  startPrometheus,
  type WrittenSeries,
} from "../../packages/server/src/api/prometheus/prometheus.fixture.ts";
import { round } from "../ingest/measure.ts";
import type { RunningServer } from "../ingest/processes.ts";
import { ownLauncher, report, startSpanlight } from "../ingest/spanlight.ts";
import { median, settle, watchHealth } from "./server.ts";

const stepMs = 15_000;
const services = 10;
const bounds = ["0.1", "0.25", "0.5", "1", "2.5", "5", "10", "30", "60", "+Inf"];
const queries = {
  sumByRate: "sum by (service) (rate(bench_requests_total[5m]))",
  histogramQuantile:
    "histogram_quantile(0.95, sum by (le, service) (rate(bench_duration_seconds_bucket[5m])))",
} as const;
type QueryName = keyof typeof queries;

export interface Size {
  readonly series: number;
  readonly hours: number;
  readonly runs: number;
}

/** Starts both servers, sends both the same samples and asks both the same queries. */
export async function measureSize(size: Size) {
  const directory = await mkdtemp(join(tmpdir(), "spanlight-bench-promql-"));
  const server = await startSpanlight(ownLauncher, directory);
  let prometheus: RunningPrometheus | undefined;
  try {
    if (isPrometheusInstalled()) prometheus = await startPrometheus();
    else report("Debian's prometheus is not installed: no ratio");
    const endMs = Math.floor(Date.now() / 60_000) * 60_000 - 60_000;
    await load(size, endMs, [
      `${server.url}/prometheus/api/v1/write`,
      ...(prometheus === undefined ? [] : [`${prometheus.url}/api/v1/write`]),
    ]);
    await settle(server.url, "metrics");
    const asked = { size, endMs, server, theirs: prometheus?.url };
    const results = {
      sumByRate: await compare("sumByRate", asked),
      histogramQuantile: await compare("histogramQuantile", asked),
    };
    return { series: size.series, hours: size.hours, queries: results };
  } finally {
    await prometheus?.close();
    await server.close();
    await rm(directory, { recursive: true, force: true });
  }
}

/** As many counters as asked for, and as many buckets; sent in the order of time, half an hour in one request of 100 series. */
async function load({ series, hours }: Size, endMs: number, urls: readonly string[]): Promise<void> {
  const startedAt = performance.now();
  const chunk = 120;
  const steps = (hours * 3_600_000) / stepMs;
  const perRequest = 100;
  for (let step = 0; step < steps; step += chunk) {
    const times = Array.from(
      { length: Math.min(chunk, steps - step) },
      (_empty, index) => endMs - (steps - step - index - 1) * stepMs - 137,
    );
    for (let at = 0; at < series; at += perRequest) {
      const batch = Array.from({ length: Math.min(perRequest, series - at) }, (_empty, index) => at + index);
      const body = encodeRemoteWrite(
        batch.flatMap((number) => [makeCounter(number, step, times), makeBucket(number, step, times)]),
      );
      await Promise.all(urls.map((url) => postRemoteWrite(url, body)));
    }
  }
  const samples = series * steps * 2;
  report(
    `${series} counters and buckets, ${samples} samples sent in ${round((performance.now() - startedAt) / 1000)} s`,
  );
}

function makeCounter(number: number, step: number, times: number[]): WrittenSeries {
  const labels = {
    __name__: "bench_requests_total",
    service: `service-${number % services}`,
    instance: `${number}`,
  };
  return { labels, times, values: times.map((_time, index) => (step + index) * ((number % 7) + 1)) };
}

function makeBucket(number: number, step: number, times: number[]): WrittenSeries {
  const bucket = number % bounds.length;
  const instance = Math.floor(number / bounds.length);
  const labels = {
    __name__: "bench_duration_seconds_bucket",
    service: `service-${instance % services}`,
    instance: `${instance}`,
    le: bounds[bucket] ?? "+Inf",
  };
  return { labels, times, values: times.map((_time, index) => (step + index) * (bucket + 1)) };
}

interface Comparison {
  readonly size: Size;
  readonly endMs: number;
  readonly server: RunningServer;
  readonly theirs: string | undefined;
}

/** Medians of runs taken in turn, so that a neighbour's noise falls on both. */
async function compare(name: QueryName, { size, endMs, server, theirs }: Comparison) {
  const start = endMs / 1000 - size.hours * 3600;
  const query = encodeURIComponent(queries[name]);
  const path = `/api/v1/query_range?query=${query}&start=${start}&end=${endMs / 1000}&step=60`;
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
  for (let run = 0; run <= size.runs; run += 1) {
    const one = await ask(`${server.url}/prometheus${path}`);
    const other = theirs === undefined ? undefined : await ask(`${theirs}${path}`);
    if (other !== undefined && Math.abs(one.sum - other.sum) > 1e-6 * Math.abs(other.sum)) {
      throw new Error(`${name}: the answers differ, ${one.sum} and ${other.sum}`);
    }
    if (run === 0) continue; // the first run warms both up
    times.ours.push(one.ms);
    if (other !== undefined) times.theirs.push(other.ms);
  }
  // Looking costs: once more, and not timed.
  const health = watchHealth(server);
  health.resume();
  await ask(`${server.url}/prometheus${path}`);
  const { slowestMs, peakMemoryMb } = await health.stop();
  const [oursMs, theirsMs] = [median(times.ours), median(times.theirs)];
  report(
    `${name}, ${size.series} series: ${round(oursMs)} ms, Prometheus ${theirsMs === 0 ? "-" : round(theirsMs)} ms; ` +
      `health meanwhile within ${round(slowestMs)} ms, memory ${round(peakMemoryMb)} MB`,
  );
  return {
    spanlightMs: round(oursMs),
    prometheusMs: theirsMs === 0 ? null : round(theirsMs),
    ratio: theirsMs === 0 ? null : round(oursMs / theirsMs),
    healthSlowestMs: round(slowestMs),
    peakMemoryMb: round(peakMemoryMb),
  };
}

async function ask(url: string): Promise<{ ms: number; sum: number }> {
  const startedAt = performance.now();
  const response = await fetch(url);
  const text = await response.text();
  const ms = performance.now() - startedAt;
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${text}`);
  const { data } = JSON.parse(text) as { data: { result: Array<{ values: Array<[number, string]> }> } };
  const sum = data.result
    .flatMap(({ values }) => values)
    .reduce((total, [, value]) => total + Number(value), 0);
  if (data.result.length === 0) throw new Error(`${url} answered nothing`);
  return { ms, sum };
}
