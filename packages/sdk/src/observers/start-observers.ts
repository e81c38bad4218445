import { metrics } from "@opentelemetry/api";
import type { Outlets } from "../destinations/open-destinations.ts";
import { OwnMeter } from "../metrics/call-meter.ts";
import { pushMetrics, type MetricPush } from "../metrics/push-metrics.ts";
import { hasGlobal } from "../tracing/has-global.ts";
import { sdkVersion } from "../tracing/resource.ts";
import { createRecordLogger } from "./call-log-records.ts";
import { logCalls } from "./call-log.ts";
import { observeMetrics } from "./otel-metrics.ts";
import { observeTraces, type TraceObserverOptions } from "./otel-traces.ts";

/** The observers of one running SDK. */
export interface Observers {
  /** Pushes what was measured. */
  flush(): void;
  stop(): void;
  close(): void;
}

/** Traces first: the others read the ids of the spans. */
export function startObservers(options: TraceObserverOptions, outlets: Outlets): Observers {
  const { config, clock } = options;
  const { logger } = config;
  const { service } = config.resource;
  const stops = [observeTraces(options)];
  if (hasGlobal("metrics"))
    stops.push(observeMetrics({ ...options, meter: metrics.getMeter("@spanlight/sdk", sdkVersion) }));
  if (logger !== undefined) stops.push(logCalls({ ...options, logger, service }));
  if (config.exportLogs) {
    const records = createRecordLogger(clock, (record) => outlets.addLog(record));
    stops.push(logCalls({ ...options, logger: records, service }));
  }
  const push = config.exportMetrics ? startPush(options, outlets, stops) : undefined;
  return {
    flush: () => push?.flush(),
    stop: () => stops.forEach((stop) => stop()),
    close: () => push?.close(),
  };
}

/** One meter for each temporality that a destination wants. */
function startPush(options: TraceObserverOptions, outlets: Outlets, stops: (() => void)[]): MetricPush {
  const { clock, config } = options;
  const now = (): bigint => clock.toEpochNs(clock.now());
  const meters = outlets.temporalities.map((temporality) => new OwnMeter(now, temporality));
  for (const meter of meters) stops.push(observeMetrics({ ...options, meter }));
  return pushMetrics({
    meters,
    intervalMs: config.metricIntervalMs,
    push: (snapshot) => outlets.addMetrics(snapshot),
  });
}
