// The dashboard this repository ships, as Grafana asks for it: 24 hours of ten million spans.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { round } from "../ingest/measure.ts";
import { runToEnd, startServer } from "../ingest/processes.ts";
import { launcher, median, report, watchHealth } from "./server.ts";

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
    return await ask(directory, { spans, runs });
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function ask(directory: string, { spans, runs }: { spans: number; runs: number }) {
  const server = await startServer([launcher, "serve", "--ready-json"], {
    SPANLIGHT_DATA: directory,
    SPANLIGHT_PORT: "0",
    SPANLIGHT_GRPC_PORT: "0",
    SPANLIGHT_HOST: "127.0.0.1",
  });
  try {
    const queries = await readQueries();
    const first = await open(server.url, queries);
    const refreshes: Opened[] = [];
    for (let run = 0; run < runs; run += 1) refreshes.push(await open(server.url, queries));
    // Looking costs: once more, and not timed.
    const health = watchHealth(server);
    health.resume();
    await open(server.url, queries);
    const { slowestMs, peakMemoryMb } = await health.stop();
    const refreshMs = median(refreshes.map(({ totalMs }) => totalMs));
    for (const [title, ms] of first.panels) {
      report(`${title}: ${round(ms)} ms, then ${round(refreshes.at(-1)?.panels.get(title) ?? 0)} ms`);
    }
    report(
      `${first.panels.size} panels, ${queries.length} queries: first ${round(first.totalMs)} ms, then ${round(refreshMs)} ms`,
    );
    return {
      spans,
      panels: first.panels.size,
      queries: queries.length,
      firstMs: round(first.totalMs),
      refreshMs: round(refreshMs),
      healthSlowestMs: round(slowestMs),
      peakMemoryMb: round(peakMemoryMb),
    };
  } finally {
    await server.close();
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
  /** Milliseconds from asking to answer by panel, its slowest query's. */
  readonly panels: ReadonlyMap<string, number>;
}

/** All queries of the dashboard, as many at once as a browser asks. */
async function open(url: string, queries: readonly PanelQuery[]): Promise<Opened> {
  const endSeconds = Math.floor(Date.now() / 1000 / stepSeconds) * stepSeconds;
  const panels = new Map<string, number>();
  const startedAt = performance.now();
  let next = 0;
  const work = async (): Promise<void> => {
    for (let query = queries[next++]; query !== undefined; query = queries[next++]) {
      const askedAt = performance.now();
      await askOne(url, query, endSeconds);
      const ms = performance.now() - askedAt;
      panels.set(query.title, Math.max(ms, panels.get(query.title) ?? 0));
    }
  };
  await Promise.all(Array.from({ length: connections }, work));
  return { totalMs: performance.now() - startedAt, panels };
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
