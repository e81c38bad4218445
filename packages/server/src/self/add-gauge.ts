import { Gauge, type Registry } from "prom-client";

/** A gauge without labels that is known elsewhere: `read` tells it whenever somebody asks; undefined = not now, the gauge is left out. */
export function addGauge(
  registry: Registry,
  options: { name: string; help: string; read: () => number | undefined | Promise<number | undefined> },
): void {
  const { name, help, read } = options;
  new Gauge({
    name,
    help,
    registers: [registry],
    async collect() {
      const value = await read();
      if (value === undefined) this.remove();
      else this.set(value);
    },
  });
}
