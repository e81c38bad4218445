import type { Config } from "../config.ts";
import { readContextAttributes } from "../context/call-context.ts";
import type { Outlets } from "../destinations/open-destinations.ts";
import { findGlobalProvider, hasOtlpExporter, joinProvider } from "./join-provider.ts";

/** How we stand to the application's provider: `joined`, with what ends that; apart from it; or leaving all to it. */
export type Join =
  | { readonly state: "joined"; readonly leave: () => void }
  | { readonly state: "apart" }
  | { readonly state: "unwanted" };

/** Where the application has a provider, lets our destinations have its spans beside its own. */
export function joinGlobalProvider(
  config: Config,
  outlets: Outlets,
  onFailure: (error: unknown, where: string) => void,
): Join {
  if (config.exportBesideProvider === "isolated") return { state: "apart" };
  const provider = findGlobalProvider();
  const wanted = config.exportBesideProvider ?? (config.namesDestination || !hasOtlpExporter(provider));
  if (!wanted || !config.exportTraces) return { state: "unwanted" };
  const leave = joinProvider(provider, {
    sinks: outlets.spanSinks,
    contextAttributes: readContextAttributes,
    onFailure,
  });
  return leave === undefined ? { state: "apart" } : { state: "joined", leave };
}
