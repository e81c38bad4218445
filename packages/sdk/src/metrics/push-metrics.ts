import type { MetricSnapshot } from "./metric.ts";
import type { OwnMeter } from "./call-meter.ts";

export interface PushOptions {
  readonly meters: readonly OwnMeter[];
  readonly intervalMs: number;
  readonly push: (snapshot: MetricSnapshot) => void;
}

export interface MetricPush {
  /** Reads and pushes now what is new. */
  flush(): void;
  close(): void;
}

/** Reads the meters in turn and pushes what they tell; holds no process open. */
export function pushMetrics({ meters, intervalMs, push }: PushOptions): MetricPush {
  const pushAll = (chosen: readonly OwnMeter[]): void => {
    for (const meter of chosen) {
      const snapshot = meter.read();
      if (snapshot !== undefined) push(snapshot);
    }
  };
  const timer = setInterval(() => pushAll(meters), intervalMs).unref();
  return {
    // A process that ends flushes until nothing is left: what was told already must not be told for ever.
    flush: () => pushAll(meters.filter(({ hasNews }) => hasNews)),
    close: () => clearInterval(timer),
  };
}
