// The server's own metrics in Prometheus exposition. Read when they are asked for: nothing is counted twice.
import { Gauge, Registry } from "prom-client";
import type { Spool } from "../spool/spool.ts";
import type { Engine } from "../store/engine.ts";

export interface SelfMetrics {
  readonly contentType: string;
  render(): Promise<string>;
}

export function createSelfMetrics(sources: { spool: Spool; engine: Engine }): SelfMetrics {
  const registry = new Registry();
  addItems(registry, sources.spool);
  addSpool(registry, sources.spool);
  addStore(registry, sources.engine);
  return { contentType: registry.contentType, render: () => registry.metrics() };
}

function addItems(registry: Registry, spool: Spool): void {
  const items = new Gauge({
    name: "spanlight_ingest_items_total",
    help: "Items (spans, points, records) by signal and what became of them: received = stored + rejected + duplicate + in_spool",
    labelNames: ["signal", "outcome", "reason"],
    registers: [registry],
    collect: () => {
      const { totals, inSpool } = spool.snapshot();
      for (const signal of ["traces", "metrics", "logs"] as const) {
        const { received, accepted, rejected, duplicates } = totals[signal];
        items.set({ signal, outcome: "received", reason: "" }, received);
        items.set({ signal, outcome: "stored", reason: "" }, accepted - inSpool[signal]);
        items.set({ signal, outcome: "duplicate", reason: "" }, duplicates);
        items.set({ signal, outcome: "in_spool", reason: "" }, inSpool[signal]);
        for (const [reason, count] of Object.entries(rejected))
          items.set({ signal, outcome: "rejected", reason }, count);
      }
    },
  });
}

function addSpool(registry: Registry, spool: Spool): void {
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
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
  const merges = new Gauge({
    name: "spanlight_store_merges_running",
    help: "Merges running in the store",
    registers: [registry],
  });
  const parts = new Gauge({
    name: "spanlight_store_parts",
    help: "Active parts of the store",
    registers: [registry],
  });
  const rows = new Gauge({ name: "spanlight_store_rows", help: "Rows of the store", registers: [registry] });
  const bytes = new Gauge({
    name: "spanlight_store_bytes",
    help: "Bytes of the store on disk",
    registers: [registry],
    async collect() {
      const [figures] = await engine.query<StoreFigures>({
        sql: `SELECT (SELECT count() FROM system.merges WHERE database = currentDatabase()) AS merges,
count() AS parts, sum(rows) AS rows, sum(bytes_on_disk) AS bytes
FROM system.parts WHERE database = currentDatabase() AND active`,
      });
      merges.set(Number(figures?.merges ?? 0));
      parts.set(Number(figures?.parts ?? 0));
      rows.set(Number(figures?.rows ?? 0));
      this.set(Number(figures?.bytes ?? 0));
    },
  });
  bytes.set(0); // read anew by collect
}
