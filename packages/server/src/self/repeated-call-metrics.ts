import type { RepeatedCalls } from "@spanlight/contract";
import type { Registry } from "prom-client";
import { addCounter, type Count } from "./add-counter.ts";

/** Whoever takes model calls off the bill that repeat others. */
export interface RepeatedCallsSource {
  listProjects(): readonly string[];
  report(project: string): RepeatedCalls;
}

export function addRepeatedCalls(registry: Registry, source: RepeatedCallsSource): void {
  const read = (toCounts: (project: string, report: RepeatedCalls) => Count[]): Count[] =>
    source.listProjects().flatMap((project) => toCounts(project, source.report(project)));
  addCounter(registry, {
    name: "spanlight_repeated_calls_total",
    help: "Model calls that are not billed because they repeat another one: told on arrival (since the start) or later (so far)",
    labelNames: ["project", "told"],
    read: () =>
      read((project, { onArrival, later }) => [
        { labels: { project, told: "on_arrival" }, value: onArrival },
        { labels: { project, told: "later" }, value: later },
      ]),
  });
  addCounter(registry, {
    name: "spanlight_repeated_calls_cost_dollars_total",
    help: "What those were billed for that were taken off the bill later",
    labelNames: ["project"],
    read: () => read((project, { laterCostUsd }) => [{ labels: { project }, value: laterCostUsd }]),
  });
}
