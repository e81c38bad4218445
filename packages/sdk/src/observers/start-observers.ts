import { metrics } from "@opentelemetry/api";
import type { Outlets } from "../destinations/open-destinations.ts";
import { OwnMeter } from "../metrics/call-meter.ts";
import { pushMetrics, type MetricPush } from "../metrics/push-metrics.ts";
import { hasGlobal } from "../tracing/has-global.ts";
import { sdkVersion } from "../tracing/resource.ts";
import { createAppLog, type AppLog } from "./app-log.ts";
import { observeContent } from "./content-events.ts";
import { createRecordLogger } from "./call-log-records.ts";
import { logCalls, type CallLogger } from "./call-log.ts";
import { observeMetrics } from "./otel-metrics.ts";
import { hashPrompts } from "./prompt-hash.ts";
import { observeTraces, type TraceObserverOptions } from "./otel-traces.ts";

/** The observers of one running SDK. */
export interface Observers {
  /** Pushes what was measured. */
  flush(): void;
  stop(): void;
  close(): void;
  /** Undefined where nobody wants lines. */
  readonly log: AppLog | undefined;
}

/** Traces before metrics and logs: these read the ids of the spans. */
export function startObservers(options: TraceObserverOptions, outlets: Outlets): Observers {
  const { config } = options;
  const log = createAppLog(loggersOf(options, outlets), config.resource.service);
  const stops = [hashPrompts(options.hooks), observeTraces(options)];
  if (hasGlobal("metrics"))
    stops.push(observeMetrics({ ...options, meter: metrics.getMeter("@spanlight/sdk", sdkVersion) }));
  if (log !== undefined) stops.push(logCalls({ ...options, log }));
  if (config.contentPlace !== "span")
    stops.push(observeContent({ ...options, add: (event) => outlets.addLog(event) }));
  const push = config.exportMetrics ? startPush(options, outlets, stops) : undefined;
  return {
    flush: () => push?.flush(),
    stop: () => stops.forEach((stop) => stop()),
    close: () => push?.close(),
    log,
  };
}

function loggersOf({ config, clock }: TraceObserverOptions, outlets: Outlets): readonly CallLogger[] {
  const loggers = config.logger === undefined ? [] : [config.logger];
  if (config.exportLogs) loggers.push(createRecordLogger(clock, (record) => outlets.addLog(record)));
  return loggers;
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
