/** Parsed JSON, read with a name for what is wanted; a field of another type reads as absent. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function toObject(value: unknown): JsonObject | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : undefined;
}

export function toList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function toObjects(value: unknown): readonly JsonObject[] {
  return toList(value)
    .map(toObject)
    .filter((item) => item !== undefined);
}

export function toText(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

export function toNumber(value: unknown): number | undefined {
  return typeof value === "number" ? value : undefined;
}
