import type { MetricSnapshot } from "./metric.ts";
import type { OwnMeter } from "./call-meter.ts";

export interface PushOptions {
  readonly meters: readonly OwnMeter[];
  readonly intervalMs: number;
  readonly push: (snapshot: MetricSnapshot) => void;
}

export interface MetricPush {
  /** Reads and pushes now. */
  flush(): void;
  close(): void;
}

/** Reads the meters in turn and pushes what they tell; holds no process open. */
export function pushMetrics({ meters, intervalMs, push }: PushOptions): MetricPush {
  const flush = (): void => {
    for (const meter of meters) {
      const snapshot = meter.read();
      if (snapshot !== undefined) push(snapshot);
    }
  };
  const timer = setInterval(flush, intervalMs).unref();
  return { flush, close: () => clearInterval(timer) };
}
