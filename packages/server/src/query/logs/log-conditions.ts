import type { LogLevel } from "@spanlight/contract";
import type { ParameterValue } from "../../store/engine.ts";
import type { Condition } from "../span-filter.ts";
import { parseComparisons, type Comparison } from "./parse-comparisons.ts";

export interface LogFilter {
  /** The lowest level. */
  readonly level?: LogLevel | undefined;
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly event?: string | undefined;
  readonly user?: string | undefined;
  readonly tenant?: string | undefined;
  readonly session?: string | undefined;
  readonly spanId?: string | undefined;
  /** Words in the message, the event's name or an attribute, all of them. */
  readonly q?: string | undefined;
  /** Comparisons of attributes. */
  readonly where?: string | undefined;
}

export const logLevels = ["trace", "debug", "info", "warn", "error", "fatal"] as const;

const columns: ReadonlyArray<readonly [keyof LogFilter, string]> = [
  ["session", "session_id"],
  ["user", "user_id"],
  ["tenant", "tenant_id"],
  ["event", "event_name"],
  ["endpoint", "endpoint"],
  ["service", "service"],
  ["environment", "environment"],
];

/** Conditions on a row of `logs`. Throws ComparisonError where `where` cannot be read. */
export function listLogConditions(filter: LogFilter): Condition[] {
  return [
    ...columns.flatMap(([name, column]) => {
      const value = filter[name];
      return value === undefined
        ? []
        : [{ sql: `${column} = {${name}:String}`, parameters: { [name]: value } }];
    }),
    ...(filter.spanId === undefined
      ? []
      : [{ sql: "span_id = unhex({spanId:String})", parameters: { spanId: filter.spanId } }]),
    ...(filter.level === undefined ? [] : [toLevelCondition(filter.level)]),
    ...(filter.q === undefined ? [] : toTextConditions(filter.q)),
    ...(filter.where === undefined ? [] : parseComparisons(filter.where).map(toComparison)),
  ];
}

/** Severity numbers come in fours: trace 1 to 4, debug 5 to 8, … A record without one is judged by its text. */
function toLevelCondition(level: LogLevel): Condition {
  const at = logLevels.indexOf(level);
  return {
    sql: "(severity >= {minSeverity:UInt8} OR (severity = 0 AND lower(severity_text) IN {levels:Array(String)}))",
    parameters: { minSeverity: at * 4 + 1, levels: logLevels.slice(at).flatMap((name) => levelTexts[name]) },
  };
}

/** What loggers call their levels. */
export const levelTexts: Readonly<Record<LogLevel, readonly string[]>> = {
  trace: ["trace", "verbose"],
  debug: ["debug"],
  info: ["info", "information", "notice", "log"],
  warn: ["warn", "warning"],
  error: ["error", "err"],
  fatal: ["fatal", "critical", "emergency", "alert", "panic"],
};

/** Every word of the text, whole and in any case. Words of ASCII letters are compared without a lower-case copy of every value. */
function toTextConditions(text: string): Condition[] {
  const words = text
    .toLowerCase()
    .split(/[^\p{L}\p{N}\u0080-\u{10FFFF}]+/u)
    .filter((word) => word !== "");
  return words.map((word, index) => {
    const parameter = `{word${index}:String}`;
    const has = (value: string): string =>
      /^[a-z0-9]+$/.test(word)
        ? `hasTokenCaseInsensitive(${value}, ${parameter})`
        : `hasToken(lowerUTF8(${value}), ${parameter})`;
    return {
      sql: `${has("body")} OR ${has("event_name")} OR arrayExists(value -> ${has("value")}, mapValues(attributes))`,
      parameters: { [`word${index}`]: word },
    };
  });
}

function toComparison({ key, operator, value }: Comparison, index: number): Condition {
  const attribute = `attributes[{key${index}:String}]`;
  const parameters = (type: ParameterValue): Record<string, ParameterValue> => ({
    [`key${index}`]: key,
    [`value${index}`]: type,
  });
  const has = `mapContains(attributes, {key${index}:String})`;
  if (operator === "~")
    return {
      sql: `positionCaseInsensitiveUTF8(${attribute}, {value${index}:String}) > 0`,
      parameters: parameters(String(value)),
    };
  if (typeof value === "number")
    return {
      sql: `ifNull(toFloat64OrNull(${attribute}) ${operator} {value${index}:Float64}, ${operator === "!=" ? has : "0"})`,
      parameters: parameters(value),
    };
  return {
    sql: `${has} AND ${attribute} ${operator} {value${index}:String}`,
    parameters: parameters(value),
  };
}
