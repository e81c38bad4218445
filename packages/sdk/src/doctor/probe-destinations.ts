import type { Attributes } from "@opentelemetry/api";
import type { Destination } from "../destinations/destination.ts";
import type { Signal } from "../errors.ts";
import { createHttpSender, type HttpTarget, type SendResult } from "../export/http-sender.ts";
import { LogBatch } from "../export/log-batch.ts";
import { MetricBatch } from "../export/metric-batch.ts";
import { SpanBatch } from "../export/span-batch.ts";
import { epochMsToNs } from "../tracing/clock.ts";
import type { FinishedSpan } from "../tracing/finished-span.ts";
import { createSpanId, createTraceId } from "../tracing/ids.ts";
import { sdkVersion } from "../tracing/resource.ts";
import { describeAnswer } from "./describe-answer.ts";
import { failed, ok, type Finding } from "./finding.ts";

export interface ProbeOptions {
  readonly destinations: readonly Destination[];
  readonly resource: Attributes;
  readonly exportsMetrics: boolean;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** Past this difference spans of this process and of others stand in the wrong order on a page. */
const maxSkewMs = 5000;
/** Longer than a server that works takes to answer one span. */
const maxWaitMs = 5000;

interface Probe {
  readonly step: string;
  readonly target: HttpTarget;
  readonly body: Buffer;
}

/** Sends one span, one log record and, where metrics are pushed, one data point to every destination. */
export async function probeDestinations(options: ProbeOptions): Promise<readonly Finding[]> {
  const probes = options.destinations.flatMap((destination) => createProbes(destination, options));
  const results = await Promise.all(probes.map((probe) => send(probe, options.now)));
  return results.flat();
}

function createProbes(destination: Destination, options: ProbeOptions): readonly Probe[] {
  const timeNs = epochMsToNs(options.now());
  const resource = { ...options.resource, ...destination.resource };
  const span = createSpan(timeNs);
  const probes: Probe[] = [];
  const add = (signal: Signal, target: HttpTarget | undefined, encode: () => Buffer): void => {
    if (target !== undefined) probes.push({ step: `${destination.name} ${signal}`, target, body: encode() });
  };
  add("traces", destination.traces, () => {
    const batch = new SpanBatch(resource);
    batch.add(destination.translate?.(span) ?? span);
    return batch.seal().body;
  });
  add("logs", destination.logs, () => {
    const batch = new LogBatch(resource);
    batch.add({
      timeNs,
      severityNumber: 9,
      severityText: "INFO",
      body: "spanlight doctor",
      eventName: "",
      attributes: {},
      traceId: span.traceId,
      spanId: span.spanId,
      traceFlags: 1,
    });
    return batch.seal().body;
  });
  if (options.exportsMetrics)
    add("metrics", destination.metrics, () => {
      const batch = new MetricBatch(resource);
      const described = { name: "spanlight.doctor.probes", description: "", unit: "{probe}" };
      const metrics = [{ ...described, kind: "counter" as const, points: [{ attributes: {}, value: 1 }] }];
      batch.add({
        temporality: destination.temporality ?? "cumulative",
        startNs: timeNs - 1n,
        timeNs,
        metrics,
      });
      return batch.seal().body;
    });
  return probes;
}

function createSpan(timeNs: bigint): FinishedSpan {
  return {
    scope: { name: "@spanlight/sdk", version: sdkVersion },
    traceId: createTraceId(),
    spanId: createSpanId(),
    parentSpanId: "",
    parentIsRemote: false,
    traceState: "",
    traceFlags: 1,
    name: "spanlight doctor",
    kind: 0,
    startNs: timeNs,
    endNs: timeNs,
    attributes: {},
    events: [],
    links: [],
    status: { code: 0 },
    droppedAttributes: 0,
    droppedEvents: 0,
    droppedLinks: 0,
  };
}

async function send({ step, target, body }: Probe, now: () => number): Promise<readonly Finding[]> {
  const sender = createHttpSender({ ...target, timeoutMs: Math.min(target.timeoutMs, maxWaitMs) });
  const sentMs = now();
  const result = await sender.send(body);
  sender.close();
  const answer = describeAnswer({ step, url: target.url }, result);
  return [answer, ...checkClock(step, result, (sentMs + now()) / 2)];
}

/** Compares the server's `Date`, which has no fractions of a second, with the middle of the request here. */
function checkClock(step: string, result: SendResult, middleMs: number): readonly Finding[] {
  if (result.state === "unreachable" || result.dateMs === undefined || !step.endsWith("traces")) return [];
  const behindMs = result.dateMs + 500 - middleMs;
  const seconds = Math.round(Math.abs(behindMs) / 1000);
  const name = step.replace(/ traces$/, " clock");
  if (Math.abs(behindMs) <= maxSkewMs) return [ok(name, "agrees with the server's")];
  return [
    failed(
      name,
      `this clock is ${seconds} s ${behindMs > 0 ? "behind" : "ahead of"} the server's`,
      "synchronise the clocks (NTP): spans would stand in the wrong place in time",
    ),
  ];
}
