import type { Config } from "../config.ts";
import { readContextAttributes } from "../context/call-context.ts";
import type { Outlets } from "../destinations/open-destinations.ts";
import { findGlobalProvider, hasOtlpExporter, joinProvider } from "./join-provider.ts";

/** How the application's provider takes us: `joined`, with what ends that, or as one that takes no processor, or not at all. */
export type Join =
  | { readonly state: "joined"; readonly leave: () => void }
  | { readonly state: "refused" }
  | { readonly state: "unwanted" };

/** Where the application has a provider, lets our destinations have its spans beside its own. */
export function joinGlobalProvider(
  config: Config,
  outlets: Outlets,
  onFailure: (error: unknown, where: string) => void,
): Join {
  const provider = findGlobalProvider();
  const wanted = config.exportBesideProvider ?? (config.namesDestination || !hasOtlpExporter(provider));
  if (!wanted || !config.exportTraces) return { state: "unwanted" };
  const leave = joinProvider(provider, {
    sinks: outlets.spanSinks,
    contextAttributes: readContextAttributes,
    onFailure,
  });
  return leave === undefined ? { state: "refused" } : { state: "joined", leave };
}
