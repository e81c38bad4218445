import type { ReadableSpan } from "@opentelemetry/sdk-trace";
import { createSelfTraces, type SelfTraces } from "./create-self-traces.ts";

export interface TestTraces {
  readonly traces: SelfTraces;
  /** What the server logged. */
  readonly logged: string[];
  /** Sends what waits and answers all that came so far, in the order in which they ended. */
  readonly collect: () => Promise<ReadableSpan[]>;
}

/** Own spans that go to a list. */
export function createTestTraces(ratio = 1): TestTraces {
  const spans: ReadableSpan[] = [];
  const logged: string[] = [];
  const traces = createSelfTraces({
    destination: {
      name: "a list",
      send(batch) {
        spans.push(...batch);
        return Promise.resolve(0);
      },
      close: () => Promise.resolve(),
    },
    ratio,
    version: "0.0.0",
    log: (_level, message) => logged.push(message),
  });
  return {
    traces,
    logged,
    async collect() {
      await traces.close(10_000);
      return spans;
    },
  };
}

/** The names of the spans from the outermost down to this one. */
export function pathOf(span: ReadableSpan, all: readonly ReadableSpan[]): string[] {
  const parentId = span.parentSpanContext?.spanId;
  const parent = all.find((one) => one.spanContext().spanId === parentId);
  return [...(parent === undefined ? [] : pathOf(parent, all)), span.name];
}
