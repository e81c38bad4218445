// What the server counts of itself, as metrics: times of requests and of the store, what waits, the disk, the process.
import { Gauge, type Registry } from "prom-client";
import type { ServerDisk } from "@spanlight/contract";
import type { EngineLoad } from "../store/engine.ts";
import { addCounter } from "./add-counter.ts";
import { addGauge } from "./add-gauge.ts";
import { addDurations, type LabelledDurations } from "./add-durations.ts";
import { requestOutcomes, type RequestWatch } from "./request-watch.ts";
import type { SelfWatch } from "./self-watch.ts";
import { storeOperations, type StoreWatch } from "./store-watch.ts";

const requestBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50];
/** Merging a day takes minutes. */
const operationBuckets = [...requestBuckets, 100, 1000];
/** From a store that is idle to one that was away for half a day. */
const lagBuckets = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250, 1000, 10_000];
const eventLoopBuckets = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5];

export function addWatchMetrics(registry: Registry, watch: SelfWatch): void {
  addDurations(registry, {
    name: "spanlight_request_duration_seconds",
    help: "From the head of a request to the end of its answer, by route (its template; pages and unknown paths share one each), method and status: its class, or abandoned where whoever asked went away",
    labelNames: ["route", "method", "status"],
    buckets: requestBuckets,
    read: () => listRequests(watch.requests),
  });
  addDurations(registry, {
    name: "spanlight_store_operation_duration_seconds",
    help: "Operations of the store (read, insert, command, maintain), waiting for their turn included, by outcome: ok, or the code of the failure",
    labelNames: ["operation", "outcome"],
    buckets: operationBuckets,
    read: () => listOperations(watch.store),
  });
  addDurations(registry, {
    name: "spanlight_ingest_lag_seconds",
    help: "From the acknowledgement of the oldest request of a segment to the moment the segment can be read",
    buckets: lagBuckets,
    read: () => [{ labels: {}, durations: watch.lag.durations }],
  });
  addDurations(registry, {
    name: "spanlight_event_loop_delay_seconds",
    help: "How much later than asked for a timer fires, ten times a second: for so long one thing held the event loop",
    buckets: eventLoopBuckets,
    read: () => [{ labels: {}, durations: watch.eventLoop.durations }],
  });
  addLoad(registry, () => watch.engine.load());
  addDisk(registry, () => watch.disk.report());
  addProcess(registry, () => watch.startedAtMs);
}

function listRequests(requests: RequestWatch): LabelledDurations[] {
  return [...requests.list()].flatMap(({ method, route, byOutcome }) =>
    requestOutcomes.flatMap((status, index) => {
      const durations = byOutcome[index];
      return durations === undefined ? [] : [{ labels: { route, method, status }, durations }];
    }),
  );
}

function listOperations({ byOperation }: StoreWatch): LabelledDurations[] {
  return storeOperations.flatMap((operation) =>
    [...byOperation[operation]].map(([outcome, durations]) => ({
      labels: { operation, outcome },
      durations,
    })),
  );
}

function addLoad(registry: Registry, read: () => EngineLoad): void {
  const gauge = (name: string, help: string, pick: (load: EngineLoad) => number): void =>
    addGauge(registry, { name, help, read: () => pick(read()) });
  gauge("spanlight_store_reads_running", "Reads that the store works on", (load) => load.readsRunning);
  gauge(
    "spanlight_store_reads_running_limit",
    "How many reads the store works on at a time",
    (load) => load.maxReadsRunning,
  );
  gauge("spanlight_store_reads_waiting", "Reads that wait for their turn", (load) => load.readsWaiting);
  gauge(
    "spanlight_store_oldest_read_wait_seconds",
    "How long the read that waits longest has been waiting; 0 = none waits",
    (load) => (load.oldestReadWaitMs ?? 0) / 1000,
  );
  gauge(
    "spanlight_store_writes_waiting",
    "Writes that wait for the one that runs",
    (load) => load.writesWaiting,
  );
}

function addDisk(registry: Registry, read: () => Promise<ServerDisk>): void {
  const gauge = (name: string, help: string, pick: (disk: ServerDisk) => number): void =>
    addGauge(registry, { name, help, read: () => read().then(pick, () => undefined) });
  gauge(
    "spanlight_disk_free_bytes",
    "Bytes free on the file system of the data directory",
    (disk) => disk.freeBytes,
  );
  gauge(
    "spanlight_disk_size_bytes",
    "Bytes of the file system of the data directory",
    (disk) => disk.totalBytes,
  );
  gauge(
    "spanlight_disk_reserve_bytes",
    "With less than this free the health is degraded",
    (disk) => disk.reserveBytes,
  );
  const used = new Gauge({
    name: "spanlight_disk_used_bytes",
    help: "Bytes in the data directory by what they are: tables of the store, parts that merges have replaced, spool, journal, quarantine, audit log, kept series",
    labelNames: ["kind"],
    registers: [registry],
    async collect() {
      const disk = await read().catch(() => undefined); // a data directory that is gone
      for (const { kind, bytes } of disk?.used ?? []) used.set({ kind }, bytes);
    },
  });
}

function addProcess(registry: Registry, readStart: () => number): void {
  addCounter(registry, {
    name: "spanlight_process_cpu_seconds_total",
    help: "Processor time of the process, the store's threads included",
    labelNames: ["mode"],
    read: () => {
      const { user, system } = process.cpuUsage();
      return [
        { labels: { mode: "user" }, value: user / 1e6 },
        { labels: { mode: "system" }, value: system / 1e6 },
      ];
    },
  });
  addGauge(registry, {
    name: "spanlight_process_start_time_seconds",
    help: "When the server started, Unix time",
    read: () => readStart() / 1000,
  });
}
