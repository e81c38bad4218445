import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import { defaultResource, resourceFromAttributes } from "@opentelemetry/resources";
import { ParentBasedSampler, TraceIdRatioBasedSampler, TracerProvider } from "@opentelemetry/sdk-trace";
import type { Log } from "../../spool/inserter.ts";
import { SpanOutbox, type Destination, type OutboxReport } from "./span-outbox.ts";
import { createTracing, type Tracing } from "./tracing.ts";

/** The server's own spans: how they are made, where they go and what became of them. */
export interface SelfTraces extends Tracing {
  /** For people: a URL or `the own store`. */
  readonly destination: string;
  report(): OutboxReport;
  /** Sends what waits; after `graceMs` it is given up, and told in the log. */
  close(graceMs: number): Promise<void>;
}

export interface SelfTracesOptions {
  readonly destination: Destination;
  /** Which part of the traces that begin here is recorded, 0 to 1; those that began elsewhere are if they are there. */
  readonly ratio: number;
  readonly version: string;
  readonly log: Log;
  /** Spans that may wait for the destination; past them new ones are dropped. */
  readonly maxWaiting?: number;
  readonly sendEveryMs?: number;
}

/** 2,048 spans of a kilobyte: 2 MB. */
const usualMaxWaiting = 2048;
const usualSendEveryMs = 5000;

export function createSelfTraces(options: SelfTracesOptions): SelfTraces {
  const { destination, ratio, version, log } = options;
  const outbox = new SpanOutbox({
    destination,
    log,
    maxWaiting: options.maxWaiting ?? usualMaxWaiting,
    sendEveryMs: options.sendEveryMs ?? usualSendEveryMs,
    leave: (outside) => tracing.leave(outside),
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(describeServer(version)),
    sampler: new ParentBasedSampler({ root: new TraceIdRatioBasedSampler(ratio) }),
    spanProcessors: [outbox],
  });
  const tracing = createTracing(provider.getTracer("spanlight", version));
  return {
    ...tracing,
    destination: destination.name,
    report: () => outbox.report(),
    async close(graceMs) {
      const closed = provider.shutdown().then(() => true);
      const isClosed = await Promise.race([closed, delay(graceMs, false, { ref: false })]);
      closed.catch(() => undefined); // told by what waits
      const { waiting } = outbox.report();
      if (!isClosed && waiting > 0) log("warn", "own spans lost", { spans: waiting });
    },
  };
}

function describeServer(version: string): ReturnType<typeof resourceFromAttributes> {
  return resourceFromAttributes({
    "service.name": "spanlight",
    "service.version": version,
    "service.instance.id": randomUUID(),
    "host.name": hostname(),
  });
}
