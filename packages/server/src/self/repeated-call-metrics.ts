import type { RepeatedCalls } from "@spanlight/contract";
import { Gauge, type Registry } from "prom-client";

/** Whoever takes model calls off the bill that repeat others. */
export interface RepeatedCallsSource {
  listProjects(): readonly string[];
  report(project: string): RepeatedCalls;
}

export function addRepeatedCalls(registry: Registry, source: RepeatedCallsSource): void {
  const read = (each: (project: string, report: RepeatedCalls) => void): void => {
    for (const project of source.listProjects()) each(project, source.report(project));
  };
  const calls = new Gauge({
    name: "spanlight_repeated_calls_total",
    help: "Model calls that are not billed because they repeat another one: told on arrival (since the start) or later (so far)",
    labelNames: ["project", "told"],
    registers: [registry],
    collect: () =>
      read((project, { onArrival, later }) => {
        calls.set({ project, told: "on_arrival" }, onArrival);
        calls.set({ project, told: "later" }, later);
      }),
  });
  const dollars = new Gauge({
    name: "spanlight_repeated_calls_cost_dollars_total",
    help: "What those were billed for that were taken off the bill later",
    labelNames: ["project"],
    registers: [registry],
    collect: () => read((project, { laterCostUsd }) => dollars.set({ project }, laterCostUsd)),
  });
}
