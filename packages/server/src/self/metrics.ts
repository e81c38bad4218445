// The server's own metrics in Prometheus exposition. Read when they are asked for: nothing is counted twice.
import type { RetentionReport } from "@spanlight/contract";
import { Gauge, Registry } from "prom-client";
import type { Gate } from "../keys/gate.ts";
import { signals } from "../spool/accounting.ts";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";
import { addCounter } from "./add-counter.ts";
import { addGauge } from "./add-gauge.ts";
import { addKeyMetrics, listOutcomes } from "./key-metrics.ts";
import type { SelfWatch } from "./self-watch.ts";
import { addWatchMetrics } from "./watch-metrics.ts";
import { addOwnSpans, type OwnSpans } from "./own-span-metrics.ts";
import { addRepeatedCalls, type RepeatedCallsSource } from "./repeated-call-metrics.ts";

export interface SelfMetrics {
  readonly contentType: string;
  render(): Promise<string>;
}

export interface SelfMetricsSources {
  readonly spool: Spool;
  readonly engine: Engine;
  readonly gate: Gate;
  readonly housekeeping: { report(): readonly RetentionReport[] };
  /** What is counted for series before anybody asks. */
  readonly seriesKeeping: { report(): SeriesFigures };
  /** Spans that come in parts. */
  readonly native: { readonly openCount: number };
  readonly billingCheck: RepeatedCallsSource;
  readonly selfWatch: SelfWatch;
  /** Absent where the server has no spans of its own. */
  readonly ownSpans?: OwnSpans | undefined;
}

interface SeriesFigures {
  readonly questions: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
  readonly rounds: number;
  readonly workMs: number;
  readonly savedAtMs: number;
}

export function createSelfMetrics(sources: SelfMetricsSources): SelfMetrics {
  const registry = new Registry();
  addWatchMetrics(registry, sources.selfWatch); // first: what the others read is not what was running
  addRefusals(registry, sources.gate);
  addKeyMetrics(registry, sources);
  addRetention(registry, () => sources.housekeeping.report());
  addItems(registry, sources.spool);
  addNotes(registry, sources.spool);
  addSpool(registry, sources.spool);
  addStore(registry, sources.engine);
  addOpenSpans(registry, sources.native);
  addRepeatedCalls(registry, sources.billingCheck);
  if (sources.ownSpans !== undefined) addOwnSpans(registry, sources.ownSpans);
  addKeptSeries(registry, () => sources.seriesKeeping.report());
  return { contentType: registry.contentType, render: () => registry.metrics() };
}

function addOpenSpans(registry: Registry, native: SelfMetricsSources["native"]): void {
  addGauge(registry, {
    name: "spanlight_open_spans",
    help: "Spans sent in parts by other products' SDKs of which more is expected; they are counted as items when they are stored",
    read: () => native.openCount,
  });
}

function addKeptSeries(registry: Registry, read: () => SeriesFigures): void {
  const gauge = (name: string, help: string, pick: (figures: SeriesFigures) => number): void =>
    addGauge(registry, { name, help, read: () => pick(read()) });
  gauge("spanlight_kept_series_questions", "Questions whose counts are remembered", (all) => all.questions);
  gauge(
    "spanlight_kept_series_memory_bytes",
    "Bytes of remembered counts in memory",
    (all) => all.memoryBytes,
  );
  gauge("spanlight_kept_series_disk_bytes", "Bytes of remembered counts on disk", (all) => all.diskBytes);
  addCounter(registry, {
    name: "spanlight_kept_series_rounds_total",
    help: "Rounds since the start that brought remembered counts up to date",
    read: () => [{ labels: {}, value: read().rounds }],
  });
  addCounter(registry, {
    name: "spanlight_kept_series_work_seconds_total",
    help: "What those rounds took since the start, rests left out",
    read: () => [{ labels: {}, value: read().workMs / 1000 }],
  });
  gauge(
    "spanlight_kept_series_saved_timestamp_seconds",
    "When remembered counts were last written down, Unix time; 0 = not yet",
    (all) => all.savedAtMs / 1000,
  );
}

function addRefusals(registry: Registry, gate: Gate): void {
  addCounter(registry, {
    name: "spanlight_requests_refused_total",
    help: "Requests turned away since the start: unauthenticated, forbidden, rate_limited, byte_limited; project is '' where it is not known",
    labelNames: ["project", "reason"],
    read: () =>
      [...gate.refusals()].flatMap(([project, counts]) =>
        Object.entries(counts).map(([reason, value]) => ({ labels: { project, reason }, value })),
      ),
  });
}

function addRetention(registry: Registry, read: () => readonly RetentionReport[]): void {
  const options = { labelNames: ["kind"], registers: [registry] };
  const bytes = new Gauge({
    ...options,
    name: "spanlight_retention_bytes",
    help: "Bytes on disk of each kind of telemetry at the last look",
    collect: () => read().forEach((kept) => bytes.set({ kind: kept.name }, kept.bytes)),
  });
  const isOverLimit = new Gauge({
    ...options,
    name: "spanlight_retention_over_limit",
    help: "1 while what cannot be dropped, the newest piece of each table, takes more than may be kept",
    collect: () => read().forEach((kept) => isOverLimit.set({ kind: kept.name }, Number(kept.isOverLimit))),
  });
  addCounter(registry, {
    name: "spanlight_retention_dropped_bytes_total",
    help: "Bytes dropped since the start, by age or because there was too much",
    labelNames: ["kind", "reason"],
    read: () =>
      read().flatMap(({ name: kind, droppedByAgeBytes, droppedBySizeBytes }) => [
        { labels: { kind, reason: "age" }, value: droppedByAgeBytes },
        { labels: { kind, reason: "size" }, value: droppedBySizeBytes },
      ]),
  });
}

function addItems(registry: Registry, spool: Spool): void {
  addCounter(registry, {
    name: "spanlight_ingest_items_total",
    help: "Items (spans, points, records) by signal and what became of them: received = stored + rejected + duplicate + spanlight_spool_items",
    labelNames: ["signal", "outcome", "reason"],
    read: () => {
      const { totals, inSpool } = spool.snapshot();
      return signals.flatMap((signal) => listOutcomes(totals[signal], inSpool[signal], { signal }));
    },
  });
  const waiting = new Gauge({
    name: "spanlight_spool_items",
    help: "Accepted items that the store has not taken yet",
    labelNames: ["signal"],
    registers: [registry],
    collect: () => {
      const { inSpool } = spool.snapshot();
      for (const signal of signals) waiting.set({ signal }, inSpool[signal]);
    },
  });
}

function addNotes(registry: Registry, spool: Spool): void {
  const help = {
    unpriced: "Accepted model calls without a known price",
    late: "Accepted items that ended more than an hour before they came in",
  };
  for (const note of ["unpriced", "late"] as const) {
    addCounter(registry, {
      name: `spanlight_ingest_${note}_items_total`,
      help: help[note],
      labelNames: ["signal"],
      read: () => {
        const { totals } = spool.snapshot();
        return signals.map((signal) => ({ labels: { signal }, value: totals[signal][note] }));
      },
    });
  }
}

function addSpool(registry: Registry, spool: Spool): void {
  const gauge = (name: string, help: string, read: () => number): void =>
    addGauge(registry, { name, help, read });
  gauge(
    "spanlight_spool_bytes",
    "Bytes on disk that the store has not taken yet",
    () => spool.snapshot().bytes,
  );
  gauge(
    "spanlight_spool_segments",
    "Segments that the store has not taken yet",
    () => spool.snapshot().segments,
  );
  gauge(
    "spanlight_spool_oldest_age_seconds",
    "Age of the oldest item in the spool",
    () => (spool.snapshot().oldestAgeMs ?? 0) / 1000,
  );
  gauge(
    "spanlight_spool_damaged_frames",
    "Acknowledged frames found damaged at start",
    () => spool.snapshot().damagedFrames,
  );
  gauge(
    "spanlight_spool_unaccounted_bytes",
    "Bytes in the spool found at start that no frame accounts for",
    () => spool.snapshot().unaccountedBytes,
  );
  gauge("spanlight_process_resident_memory_bytes", "Resident memory of the process", () =>
    process.memoryUsage.rss(),
  );
}

interface StoreFigures {
  readonly merges: string;
  readonly parts: string;
  readonly rows: string;
  readonly bytes: string;
}

function addStore(registry: Registry, engine: Engine): void {
  const readFigures = shareWhileRunning(() => readStoreFigures(engine));
  const gauge = (name: string, help: string, figure: keyof StoreFigures): void =>
    addGauge(registry, {
      name,
      help,
      async read() {
        const figures = await readFigures();
        return figures === undefined ? undefined : Number(figures[figure]);
      },
    });
  gauge("spanlight_store_merges_running", "Merges running in the store", "merges");
  gauge("spanlight_store_parts", "Active parts of the store", "parts");
  gauge("spanlight_store_rows", "Rows of the store", "rows");
  gauge("spanlight_store_bytes", "Bytes of the store on disk", "bytes");
}

/** A store that is busy or gone does not keep the other metrics from being told. */
const storeTimeoutMs = 2000;

async function readStoreFigures(engine: Engine): Promise<StoreFigures | undefined> {
  const asked = engine.query<StoreFigures>({
    timeoutMs: storeTimeoutMs,
    sql: `SELECT (SELECT count() FROM system.merges WHERE database = currentDatabase()) AS merges,
count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts WHERE database = currentDatabase() AND active`,
  });
  const [figures] = await asked.catch(() => []);
  return figures;
}

/** All gauges of one answer wait for the same read. */
function shareWhileRunning<T>(read: () => Promise<T>): () => Promise<T> {
  let running: Promise<T> | undefined;
  return () =>
    (running ??= read().finally(() => {
      running = undefined;
    }));
}
