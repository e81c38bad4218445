import type { ParameterValue } from "../store/engine.ts";

/** What a trace must have: each of these holds for at least one span of it, not necessarily the same. */
export interface SpanFilter {
  readonly service?: string | undefined;
  readonly environment?: string | undefined;
  readonly endpoint?: string | undefined;
  readonly provider?: string | undefined;
  readonly model?: string | undefined;
  readonly operation?: string | undefined;
  readonly errorType?: string | undefined;
  readonly user?: string | undefined;
  readonly session?: string | undefined;
  readonly prompt?: string | undefined;
}

/** A condition on one span, in SQL, with its parameters. */
export interface Condition {
  readonly sql: string;
  readonly parameters: Readonly<Record<string, ParameterValue>>;
}

/** Column of each filter, the most selective first: the first one given drives the search. */
const COLUMNS: ReadonlyArray<readonly [keyof SpanFilter, string]> = [
  ["session", "session_id"],
  ["user", "user_id"],
  ["prompt", "prompt_name"],
  ["errorType", "error_type"],
  ["endpoint", "endpoint"],
  ["model", "model"],
  ["operation", "operation"],
  ["provider", "provider"],
  ["service", "service"],
  ["environment", "environment"],
];

export function listConditions(filter: SpanFilter): Condition[] {
  return COLUMNS.flatMap(([name, column]) => {
    const value = filter[name];
    return value === undefined
      ? []
      : [{ sql: `${column} = {${name}:String}`, parameters: { [name]: value } }];
  });
}
