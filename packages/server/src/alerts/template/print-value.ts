import { formatGeneral } from "./number-format.ts";
import { formatGoDuration, formatGoTime } from "./time-format.ts";
import type { Dictionary, Value } from "./value.ts";

function printMap(map: Dictionary): string {
  const names = [...map.entries.keys()].toSorted();
  return `map[${names.map((name) => `${name}:${printValue(map.entries.get(name))}`).join(" ")}]`;
}

/** A value as Go's `%v` prints it; what `{{ . }}` writes. */
export function printValue(value: Value): string {
  if (value === undefined) return "<no value>";
  if (value === null) return "<nil>";
  if (typeof value === "number") return formatGeneral(value);
  if (typeof value !== "object") return String(value);
  switch (value.kind) {
    case "map":
      return printMap(value);
    case "list":
      return `[${value.items.map(printValue).join(" ")}]`;
    case "struct":
      return `{${Object.values(value.fields).map(printValue).join(" ")}}`;
    case "time":
      return formatGoTime(value.ms);
    case "duration":
      return formatGoDuration(value.seconds);
  }
}
