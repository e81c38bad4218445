import { compileMatcher, type Matcher } from "@spanlight/promql";
import type { ParameterValue } from "../../store/engine.ts";

/** Labels of LLM series that are columns of `spans`. */
const COLUMNS: Readonly<Record<string, string>> = {
  service: "service",
  environment: "environment",
  endpoint: "endpoint",
  operation: "operation",
  provider: "provider",
  model: "model",
  error_type: "error_type",
  span_type: "span_type",
  release: "release",
  user_id: "user_id",
  tenant_id: "tenant_id",
  session_id: "session_id",
  prompt_name: "prompt_name",
  prompt_version: "prompt_version",
  agent: "agent_name",
  agent_name: "agent_name",
  tool: "tool_name",
  tool_name: "tool_name",
  span_name: "name",
  request_model: "request_model",
  response_model: "response_model",
  gen_ai_operation_name: "operation",
  gen_ai_provider_name: "provider",
  gen_ai_request_model: "request_model",
  gen_ai_response_model: "response_model",
  gen_ai_agent_name: "agent_name",
  gen_ai_tool_name: "tool_name",
};

/** Labels that may be asked for by name, the default ones first. */
export const COLUMN_LABELS: readonly string[] = Object.keys(COLUMNS).filter(
  (name) => !name.startsWith("gen_ai_") && name !== "agent_name" && name !== "tool_name",
);

const ROLLUP_COLUMNS: ReadonlySet<string> = new Set([
  "service",
  "environment",
  "endpoint",
  "span_type",
  "operation",
  "provider",
  "model",
  "error_type",
]);

/** Labels that no span has: those of Prometheus itself, and the one that tells pushed series apart. */
const NEVER_ON_SPANS: ReadonlySet<string> = new Set([
  "__name__",
  "le",
  "source",
  "job",
  "instance",
  "quantile",
]);

export function isSpanLabel(name: string): boolean {
  return !NEVER_ON_SPANS.has(name);
}

/** True when the 10-second rollup has the label. */
export function isRollupLabel(name: string): boolean {
  return ROLLUP_COLUMNS.has(COLUMNS[name] ?? "");
}

/** SQL text with the values of its typed parameters. */
export interface Fragment {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/**
 * The value of a label on one span, "" where it has none. A label that is no column is an attribute, by its name or by
 * what becomes of its name in Prometheus (`app.metadata.team` → `app_metadata_team`). `slot` names the parameter.
 */
export function renderLabel(name: string, slot: string): Fragment {
  const column = COLUMNS[name];
  if (column !== undefined) return { sql: column, parameters: {} };
  const parameter = `{${slot}:String}`;
  const key = `arrayFirst(k -> k = ${parameter} OR replaceRegexpAll(k, '[^a-zA-Z0-9_:]', '_') = ${parameter}, mapKeys(attributes))`;
  return { sql: `toString(attributes[${key}])`, parameters: { [slot]: name } };
}

/** Matchers as conditions on a span. `le` and the name are for the caller; null where no span can match. */
export function renderMatchers(matchers: readonly Matcher[]): Fragment | null {
  const parts: string[] = [];
  const parameters: Record<string, ParameterValue> = {};
  for (const [index, matcher] of matchers.entries()) {
    const test = compileMatcher(matcher); // a broken pattern fails here, with its own message
    if (matcher.name === "__name__" || matcher.name === "le" || takesAll(matcher)) continue;
    if (!isSpanLabel(matcher.name)) {
      if (!test("")) return null;
      continue;
    }
    const label = renderLabel(matcher.name, `label${index}`);
    Object.assign(parameters, label.parameters, { [`match${index}`]: toParameter(matcher) });
    parts.push(renderTest(label.sql, matcher.type, `{match${index}:String}`));
  }
  return { sql: parts.join(" AND "), parameters };
}

/** What a dashboard's variable says when all values are chosen. */
function takesAll({ type, value }: Matcher): boolean {
  return type === "=~" && value === ".*";
}

/** Prometheus anchors patterns and lets the dot match line breaks; the engine does the second by itself. */
export function toParameter({ type, value }: Matcher): string {
  return type === "=~" || type === "!~" ? `^(?:${value})$` : value;
}

export function renderTest(sql: string, type: Matcher["type"], parameter: string): string {
  switch (type) {
    case "=":
    case "!=":
      return `${sql} ${type} ${parameter}`;
    case "=~":
      return `match(${sql}, ${parameter})`;
    case "!~":
      return `NOT match(${sql}, ${parameter})`;
  }
}
