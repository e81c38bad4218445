import { billingKeys } from "./billing-keys.ts";
import { dialects } from "./dialects.ts";
import { plainKeys } from "./plain-keys.ts";

/** Every attribute key that says something, or is known to say nothing, in any dialect. */
export const knownKeys: readonly string[] = [
  ...new Set([
    ...dialects.flatMap(({ keys }) => keys.map(([key]) => key)),
    ...Object.values(billingKeys).flat(),
    ...plainKeys,
  ]),
];
