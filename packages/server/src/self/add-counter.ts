import { Counter, type Registry } from "prom-client";

/** One series of a counter as it stands. */
export interface Count {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A counter that is kept elsewhere: `read` tells it whenever somebody asks. */
export function addCounter(
  registry: Registry,
  options: { name: string; help: string; labelNames?: readonly string[]; read: () => Iterable<Count> },
): void {
  const { name, help, labelNames = [], read } = options;
  const counter: Counter = new Counter({
    name,
    help,
    labelNames: [...labelNames],
    registers: [registry],
    collect() {
      counter.reset();
      for (const { labels, value } of read()) counter.inc({ ...labels }, value);
    },
  });
}
