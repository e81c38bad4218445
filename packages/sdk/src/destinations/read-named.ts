import { readList, type Environment } from "../environment.ts";
import type { DestinationPreset } from "./destination.ts";

/** The presets that `SPANLIGHT_DESTINATIONS` names, for processes without a line of code for it. Unknown names are told to `warn`. */
export async function readNamedDestinations(
  environment: Environment,
  warn: (sentence: string) => void,
): Promise<readonly DestinationPreset[]> {
  const names = readList(environment, "SPANLIGHT_DESTINATIONS");
  if (names === undefined) return [];
  const presets = await import("./presets.ts");
  const known: Readonly<Record<string, () => DestinationPreset>> = {
    spanlight: () => presets.spanlight(),
    langfuse: () => presets.langfuse(),
    langsmith: () => presets.langsmith(),
    phoenix: () => presets.phoenix(),
    opik: () => presets.opik(),
    jaeger: () => presets.jaeger(),
    tempo: () => presets.tempo(),
    datadog: () => presets.datadog(),
    honeycomb: () => presets.honeycomb(),
  };
  return names.flatMap((name) => {
    const create = Object.hasOwn(known, name) ? known[name] : undefined;
    if (create !== undefined) return [create()];
    warn(
      `SPANLIGHT_DESTINATIONS names no destination with "${name}": known are ${Object.keys(known).join(", ")}`,
    );
    return [];
  });
}
