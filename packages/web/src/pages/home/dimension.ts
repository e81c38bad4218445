/** What spending can be told apart by, with the names shown. */
export const SPENDER_DIMENSIONS = {
  endpoint: "Endpoint",
  model: "Model",
  service: "Service",
  provider: "Provider",
  operation: "Operation",
} as const;

export type SpenderDimension = keyof typeof SPENDER_DIMENSIONS;

/** Reads the dimension of the address; `model` where it names none, because every model call has one. */
export function readDimension(text: string | null): SpenderDimension {
  return text !== null && text in SPENDER_DIMENSIONS ? (text as SpenderDimension) : "model";
}
