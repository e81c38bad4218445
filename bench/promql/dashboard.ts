// The dashboard this repository ships, as Grafana asks for it: 24 hours of ten million spans.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { runLoad } from "../ingest/load.ts";
import { round } from "../ingest/measure.ts";
import { type RunningServer, runToEnd } from "../ingest/processes.ts";
import { ownLauncher, report, startSpanlight } from "../ingest/spanlight.ts";
import { median, settle, watchHealth } from "./server.ts";

const dashboardFile = new URL("../../deploy/grafana/spanlight-llm.json", import.meta.url);
const fillFile = fileURLToPath(new URL("./fill-spans.ts", import.meta.url));
/** What Grafana takes for a day on a panel of some 700 pixels. */
const stepSeconds = 120;
/** Requests a browser has under way to one host. */
const connections = 6;

interface PanelQuery {
  readonly title: string;
  readonly expression: string;
  readonly isInstant: boolean;
}

interface Panel {
  readonly title?: string;
  readonly panels?: readonly Panel[];
  readonly targets?: ReadonlyArray<{ readonly expr: string; readonly instant?: boolean }>;
}

/** What comes in between two rounds of counting, of a day. */
const roundsPerDay = 288;

/**
 * The dashboard three times:
 * - cold: nothing has been counted, every panel reads the spans;
 * - first: a server that has been running is killed, and started again, while the last five minutes' spans are not counted yet;
 * - refresh: the same once more.
 */
export async function measureDashboard({ spans, runs }: { spans: number; runs: number }) {
  const directory = await mkdtemp(join(tmpdir(), "spanlight-bench-dashboard-"));
  try {
    await runToEnd([
      "--conditions=@spanlight/source",
      "--import",
      "tsx",
      fillFile,
      join(directory, "store"),
      String(spans),
    ]);
    const queries = await readQueries();
    const cold = await openCold(directory, queries);
    const kept = await runNormally(directory, Math.ceil(spans / roundsPerDay));
    const warm = await openWarm(directory, { queries, runs });
    for (const [title, ms] of cold.panels) {
      const [first, refresh] = [warm.first.panels.get(title) ?? 0, warm.last.panels.get(title) ?? 0];
      report(`${title}: cold ${round(ms)} ms, first ${round(first)} ms, refresh ${round(refresh)} ms`);
    }
    const figures = {
      coldMs: round(cold.totalMs),
      firstMs: round(warm.first.totalMs),
      refreshMs: round(warm.refreshMs),
      coldCpuMs: round(cold.cpuMs),
      firstCpuMs: round(warm.first.cpuMs),
      refreshCpuMs: round(warm.last.cpuMs),
    };
    report(
      `${cold.panels.size} panels, ${queries.length} queries, ${spans} spans: cold (nothing counted before) ${figures.coldMs} ms, ` +
        `first open after a kill and a restart (counted but for the last five minutes) ${figures.firstMs} ms, refresh ${figures.refreshMs} ms; ` +
        `CPU ${figures.coldCpuMs}, ${figures.firstCpuMs}, ${figures.refreshCpuMs} ms`,
    );
    const { healthSlowestMs, peakMemoryMb } = warm;
    return {
      spans,
      panels: cold.panels.size,
      queries: queries.length,
      ...figures,
      ...kept,
      healthSlowestMs,
      peakMemoryMb,
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function openCold(directory: string, queries: readonly PanelQuery[]): Promise<Opened> {
  const server = await startSpanlight(ownLauncher, directory, { SPANLIGHT_KEPT_SERIES: "off" });
  try {
    return await open(server, queries);
  } finally {
    await server.close();
  }
}

/** A server counts what dashboards ask while nobody does, then spans come in, then it is killed. */
async function runNormally(directory: string, spans: number) {
  const server = await startSpanlight(ownLauncher, directory);
  try {
    await waitForMetric(server.url, "spanlight_kept_series_saved_timestamp_seconds");
    const figures = {
      countedSeconds: round(await readMetric(server.url, "spanlight_kept_series_work_seconds_total")),
      keptDiskMb: round((await readMetric(server.url, "spanlight_kept_series_disk_bytes")) / 1e6),
      keptMemoryMb: round((await readMetric(server.url, "spanlight_kept_series_memory_bytes")) / 1e6),
    };
    report(
      `counted in ${figures.countedSeconds} s of work; ${figures.keptDiskMb} MB on disk, ${figures.keptMemoryMb} MB in memory`,
    );
    await runLoad({ url: `${server.url}/v1/traces`, spans, spansPerRequest: 100, connections: 1, seed: 7 });
    await settle(server.url, "traces");
    return figures;
  } finally {
    await server.kill();
  }
}

async function openWarm(
  directory: string,
  { queries, runs }: { queries: readonly PanelQuery[]; runs: number },
) {
  const server = await startSpanlight(ownLauncher, directory);
  try {
    const first = await open(server, queries);
    const refreshes: Opened[] = [];
    for (let run = 0; run < runs; run += 1) refreshes.push(await open(server, queries));
    // Looking costs: once more, and not timed.
    const health = watchHealth(server);
    health.resume();
    await open(server, queries);
    const { slowestMs, peakMemoryMb } = await health.stop();
    return {
      first,
      last: refreshes.at(-1) ?? first,
      refreshMs: median(refreshes.map(({ totalMs }) => totalMs)),
      healthSlowestMs: round(slowestMs),
      peakMemoryMb: round(peakMemoryMb),
    };
  } finally {
    await server.close();
  }
}

async function readMetric(url: string, name: string): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(new RegExp(`^${name} (.+)$`, "m").exec(text)?.[1] ?? NaN);
}

const mostWaitMs = 20 * 60_000;

async function waitForMetric(url: string, name: string): Promise<void> {
  const startedAt = performance.now();
  while (!((await readMetric(url, name)) > 0)) {
    if (performance.now() - startedAt > mostWaitMs) throw new Error(`${name} stays 0`);
    await delay(500);
  }
}

async function readQueries(): Promise<PanelQuery[]> {
  const { panels } = JSON.parse(await readFile(dashboardFile, "utf8")) as { panels: readonly Panel[] };
  const collect = (list: readonly Panel[]): PanelQuery[] =>
    list.flatMap(({ title = "", panels: inner = [], targets = [] }) => [
      ...targets.map(({ expr, instant = false }) => ({
        title,
        expression: substitute(expr),
        isInstant: instant,
      })),
      ...collect(inner),
    ]);
  return collect(panels);
}

/** As Grafana does it with all values chosen: four steps are its $__rate_interval. */
function substitute(expression: string): string {
  return expression
    .replaceAll("$__rate_interval", `${stepSeconds * 4}s`)
    .replaceAll(/\$(?:service|model|environment)\b/g, ".*");
}

interface Opened {
  readonly totalMs: number;
  /** CPU of the server meanwhile: what a machine that does other things too cannot blur as much. */
  readonly cpuMs: number;
  /** Milliseconds from asking to answer by panel, its slowest query's. */
  readonly panels: ReadonlyMap<string, number>;
}

/** All queries of the dashboard, as many at once as a browser asks. */
async function open(server: RunningServer, queries: readonly PanelQuery[]): Promise<Opened> {
  const endSeconds = Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds;
  const panels = new Map<string, number>();
  const startedAt = performance.now();
  const cpuBefore = server.readCpuMicros();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let query = queries[next++]; query !== undefined; query = queries[next++]) {
      const askedAt = performance.now();
      await askOne(server.url, query, endSeconds);
      const ms = performance.now() - askedAt;
      panels.set(query.title, Math.max(ms, panels.get(query.title) ?? 0));
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  const totalMs = performance.now() - startedAt;
  return { totalMs, cpuMs: (server.readCpuMicros() - cpuBefore) / 1000, panels };
}

async function askOne(url: string, { expression, isInstant }: PanelQuery, endSeconds: number): Promise<void> {
  const form = new URLSearchParams({ query: expression });
  if (isInstant) form.set("time", String(endSeconds));
  else {
    form.set("start", String(endSeconds - 86_400));
    form.set("end", String(endSeconds));
    form.set("step", String(stepSeconds));
  }
  const path = isInstant ? "query" : "query_range";
  const response = await fetch(`${url}/prometheus/api/v1/${path}`, { method: "POST", body: form });
  const text = await response.text();
  if (!response.ok) throw new Error(`${expression} answered ${response.status}: ${text}`);
}
