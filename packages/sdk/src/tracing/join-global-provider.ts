import { diag } from "@opentelemetry/api";
import type { Config } from "../config.ts";
import { readContextAttributes } from "../context/call-context.ts";
import type { Outlets } from "../destinations/open-destinations.ts";
import { findGlobalProvider, hasOtlpExporter, joinProvider } from "./join-provider.ts";

/** Where the application has a provider, our destinations get its spans beside its own; returns what ends that, undefined where they do not. */
export function joinGlobalProvider(
  config: Config,
  outlets: Outlets,
  onFailure: (error: unknown, where: string) => void,
): (() => void) | undefined {
  const provider = findGlobalProvider();
  const wanted = config.exportBesideProvider ?? (config.namesDestination || !hasOtlpExporter(provider));
  if (!wanted || !config.exportTraces) return undefined;
  const leave = joinProvider(provider, {
    sinks: outlets.spanSinks,
    contextAttributes: readContextAttributes,
    onFailure,
  });
  if (leave === undefined)
    diag.warn(
      "spanlight: the application's tracer provider takes no span processor: its spans, and ours, go only where it sends them",
    );
  return leave;
}
