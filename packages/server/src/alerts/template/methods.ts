import { TemplateExpandError } from "./errors.ts";
import { formatGoDuration, formatGoTime, formatLayout, monthName, weekdayName } from "./time-format.ts";
import { typeName, type Duration, type Time, type Value } from "./value.ts";

const TIME_METHODS: Readonly<Record<string, (time: Time, argument: Value) => Value>> = {
  Format: ({ ms }, layout) => formatLayout(ms, typeof layout === "string" ? layout : ""),
  Unix: ({ ms }) => BigInt(Math.floor(ms / 1000)),
  UnixMilli: ({ ms }) => BigInt(Math.floor(ms)),
  UTC: (time) => time,
  Year: ({ ms }) => BigInt(new Date(ms).getUTCFullYear()),
  Month: ({ ms }) => monthName(ms),
  Day: ({ ms }) => BigInt(new Date(ms).getUTCDate()),
  Hour: ({ ms }) => BigInt(new Date(ms).getUTCHours()),
  Minute: ({ ms }) => BigInt(new Date(ms).getUTCMinutes()),
  Second: ({ ms }) => BigInt(new Date(ms).getUTCSeconds()),
  Weekday: ({ ms }) => weekdayName(ms),
  String: ({ ms }) => formatGoTime(ms),
};

const DURATION_METHODS: Readonly<Record<string, (duration: Duration) => Value>> = {
  Hours: ({ seconds }) => seconds / 3600,
  Minutes: ({ seconds }) => seconds / 60,
  Seconds: ({ seconds }) => seconds,
  Milliseconds: ({ seconds }) => BigInt(Math.trunc(seconds * 1000)),
  String: ({ seconds }) => formatGoDuration(seconds),
};

function callMethod(value: Time | Duration, name: string, argument: Value): Value | null {
  if (value.kind === "time") return TIME_METHODS[name]?.(value, argument) ?? null;
  return DURATION_METHODS[name]?.(value) ?? null;
}

/** A field of a struct, an entry of a map, or a method of a time or duration. */
export function readField(value: Value, name: string, argument?: Value): Value {
  if (typeof value === "object" && value !== null) {
    if (value.kind === "map") return value.entries.get(name) ?? value.zero;
    if (value.kind === "struct" && name in value.fields) return value.fields[name];
    if (value.kind === "time" || value.kind === "duration") {
      const result = callMethod(value, name, argument);
      if (result !== null) return result;
    }
  }
  if (value === null || value === undefined) {
    throw new TemplateExpandError(`nil data; no entry for key ${JSON.stringify(name)}`);
  }
  throw new TemplateExpandError(`can't evaluate field ${name} in type ${typeName(value)}`);
}
