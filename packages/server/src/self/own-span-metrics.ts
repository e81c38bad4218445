import type { Registry } from "prom-client";
import { addCounter } from "./add-counter.ts";
import { addGauge } from "./add-gauge.ts";
import type { OutboxReport } from "./traces/span-outbox.ts";

/** What became of the server's own spans. */
export interface OwnSpans {
  report(): OutboxReport;
}

export function addOwnSpans(registry: Registry, source: OwnSpans): void {
  addCounter(registry, {
    name: "spanlight_self_spans_total",
    help: "The server's own spans that ended since the start: ended = sent + dropped + spanlight_self_spans_waiting",
    labelNames: ["outcome"],
    read() {
      const { ended, sent } = source.report();
      return [
        { labels: { outcome: "ended" }, value: ended },
        { labels: { outcome: "sent" }, value: sent },
      ];
    },
  });
  addCounter(registry, {
    name: "spanlight_self_spans_dropped_total",
    help: "The server's own spans that did not arrive: queue_full (too many waited), refused (the destination did not take them)",
    labelNames: ["reason"],
    read: () =>
      Object.entries(source.report().dropped).map(([reason, value]) => ({ labels: { reason }, value })),
  });
  const gauge = (name: string, help: string, read: (report: OutboxReport) => number): void =>
    addGauge(registry, { name, help, read: () => read(source.report()) });
  gauge(
    "spanlight_self_spans_waiting",
    "The server's own spans that wait for their destination",
    (all) => all.waiting,
  );
  gauge(
    "spanlight_self_spans_failing",
    "1 while the destination of the server's own spans refuses them",
    (all) => Number(all.failure !== null),
  );
}
