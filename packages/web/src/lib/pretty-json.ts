const INDENT = "  ";

/** Reads text that holds a JSON object or array; anything else stays as it is. */
export function parseIfJson(value: unknown): unknown {
  if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}

/** Writes a value as JSON for reading: what fits on a line of `width` stays on one line. A text is written as it is. */
export function prettyJson(value: unknown, width = 64): string {
  const parsed = parseIfJson(value);
  if (typeof parsed === "string") return parsed;
  return write(parsed, width, "");
}

/** `width` is what is left of a line at this depth; lines within begin at `indent`. */
function write(value: unknown, width: number, indent: string): string {
  const line = writeLine(value);
  const isFlat = typeof value !== "object" || value === null;
  if (isFlat || line.length <= width) return line;
  const inner = indent + INDENT;
  if (Array.isArray(value)) {
    const items = value.map((item) => inner + write(item, width - INDENT.length, inner));
    return `[\n${items.join(",\n")}\n${indent}]`;
  }
  const entries = Object.entries(value).map(
    ([key, item]) => `${inner}${JSON.stringify(key)}: ${write(item, width - INDENT.length, inner)}`,
  );
  return `{\n${entries.join(",\n")}\n${indent}}`;
}

function writeLine(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(writeLine).join(", ")}]`;
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}: ${writeLine(item)}`);
    return entries.length === 0 ? "{}" : `{ ${entries.join(", ")} }`;
  }
  return JSON.stringify(value) ?? "null";
}
