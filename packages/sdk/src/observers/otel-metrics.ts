import type { Attributes } from "@opentelemetry/api";
import {
  appMetricNames,
  bucketBounds,
  genAi,
  general,
  latestMetricNames,
  metricNames,
} from "@spanlight/conventions";
import type { CallRecord } from "../call-record.ts";
import type { Config } from "../config.ts";
import type { Hooks } from "../hooks/hooks.ts";
import type { CallHistogram, CallMeter } from "../metrics/call-meter.ts";
import { createContextLabels } from "../metrics/context-labels.ts";
import type { LatePricer } from "./late-pricer.ts";

export interface MetricObserverOptions {
  readonly hooks: Hooks;
  readonly pricer: LatePricer;
  readonly config: Config;
  readonly meter: CallMeter;
}

/** Records the conventions' client metrics of each model call with the given meter. Returns what stops it. */
export function observeMetrics({ hooks, pricer, config, meter }: MetricObserverOptions): () => void {
  const recorders = [
    ...(config.latestConventions === "only" ? [] : [createRecorder(meter)]),
    ...(config.latestConventions === "off" ? [] : [createLatestRecorder(meter)]),
  ];
  const labelsOf = createContextLabels(config.metricLabels);
  const cost = meter.createCounter(appMetricNames.cost, {
    unit: "USD",
    description: "Estimated cost of model calls",
  });
  return hooks.on(
    "onResponse",
    (record) =>
      pricer.price(record, (priced, costUsd) => {
        const attributes = { ...labelsOf(priced.parentContext), ...attributesOf(priced) };
        for (const recordCall of recorders) recordCall(priced, attributes);
        if (costUsd !== null) cost.add(costUsd, attributes);
      }),
    { readsMessages: false },
  );
}

type RecordCall = (record: CallRecord, attributes: Attributes) => void;

function createRecorder(meter: CallMeter): RecordCall {
  const tokens = histogram(meter, metricNames.tokenUsage, "{token}");
  const duration = histogram(meter, metricNames.operationDuration, "s");
  const toFirstChunk = histogram(meter, metricNames.timeToFirstChunk, "s");
  const perChunk = histogram(meter, metricNames.timePerOutputChunk, "s");
  return (record, attributes) => {
    duration.record(record.latencyMs / 1000, withError(record, attributes));
    recordStream(record, attributes, { toFirstChunk, perChunk });
    if (record.usage === undefined) return;
    tokens.record(record.usage.inputTokens, { ...attributes, [genAi.tokenType]: "input" });
    if (record.operation !== "embeddings")
      tokens.record(record.usage.outputTokens, { ...attributes, [genAi.tokenType]: "output" });
  };
}

function createLatestRecorder(meter: CallMeter): RecordCall {
  const duration = histogram(meter, latestMetricNames.inferenceDuration, "s");
  const toFirstChunk = histogram(meter, latestMetricNames.inferenceTimeToFirstChunk, "s");
  const input = histogram(meter, latestMetricNames.inferenceInputTokens, "{token}");
  const output = histogram(meter, latestMetricNames.inferenceOutputTokens, "{token}");
  return (record, attributes) => {
    duration.record(record.latencyMs / 1000, withError(record, attributes));
    recordStream(record, attributes, { toFirstChunk, perChunk: undefined });
    // A failed call counts as zero tokens; a call whose usage is not known counts as none.
    if (record.usage === undefined && record.error === undefined) return;
    input.record(record.usage?.inputTokens ?? 0, attributes);
    output.record(record.usage?.outputTokens ?? 0, attributes);
  };
}

interface StreamHistograms {
  readonly toFirstChunk: CallHistogram;
  readonly perChunk: CallHistogram | undefined;
}

function recordStream(
  record: CallRecord,
  attributes: Attributes,
  { toFirstChunk, perChunk }: StreamHistograms,
): void {
  const toFirstMs = record.timeToFirstChunkMs;
  if (toFirstMs === undefined) return;
  toFirstChunk.record(toFirstMs / 1000, attributes);
  if (record.chunkCount > 1)
    perChunk?.record((record.latencyMs - toFirstMs) / (record.chunkCount - 1) / 1000, attributes);
}

function histogram(meter: CallMeter, name: string, unit: "{token}" | "s"): CallHistogram {
  const bounds = unit === "s" ? bucketBounds.operationSeconds : bucketBounds.tokens;
  return meter.createHistogram(name, { unit, advice: { explicitBucketBoundaries: [...bounds] } });
}

/** The conventions' dimensions; none of them grows with the number of users. */
function attributesOf(record: CallRecord): Attributes {
  const attributes: Attributes = {
    [genAi.operationName]: record.operation,
    [genAi.providerName]: record.provider,
  };
  if (record.requestModel !== "") attributes[genAi.requestModel] = record.requestModel;
  if (record.responseModel !== undefined) attributes[genAi.responseModel] = record.responseModel;
  if (record.serverAddress !== "") attributes[general.serverAddress] = record.serverAddress;
  if (record.serverPort !== undefined) attributes[general.serverPort] = record.serverPort;
  return attributes;
}

function withError(record: CallRecord, attributes: Attributes): Attributes {
  return record.error === undefined ? attributes : { ...attributes, [general.errorType]: record.error.type };
}
