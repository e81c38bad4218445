// What the store keeps as text, in the types it arrived in.

interface AttributeRow {
  readonly attributeKeys: readonly string[];
  readonly attributeValues: readonly string[];
  /** One letter per attribute: s string, i int, d double, b bool, j JSON, x bytes. */
  readonly attributeTypes: string;
}

/** Attribute values with the type they arrived in; integers beyond 2^53 stay text. */
export function readAttributeMap(row: AttributeRow): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [index, key] of row.attributeKeys.entries()) {
    attributes[key] = toValue(row.attributeTypes[index], row.attributeValues[index] ?? "");
  }
  return attributes;
}

function toValue(type: string | undefined, text: string): unknown {
  switch (type) {
    case "b":
      return text === "true";
    case "i":
      return Number.isSafeInteger(Number(text)) ? Number(text) : text;
    case "d":
      return Number.isFinite(Number(text)) ? Number(text) : text;
    case "j":
      return parseOr(text, text);
    default:
      return text;
  }
}

/** A stored JSON object; anything else is an empty one. */
export function readRecord(json: string): Record<string, unknown> {
  const value = json === "" ? {} : parseOr(json, {});
  return isRecord(value) ? value : {};
}

export function parseOr(text: string, otherwise: unknown): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return otherwise; // what cannot be read is shown as it is
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
