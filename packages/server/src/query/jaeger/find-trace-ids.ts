import type { Engine, ParameterValue, Query } from "../../store/engine.ts";

/** A search for traces by one of their spans. */
export interface TraceSearch {
  readonly project: string;
  readonly service: string;
  /** The span's name; any where it is not given. */
  readonly name: string | undefined;
  /** Start of the span in Unix nanoseconds, both included. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Nanoseconds, both included. */
  readonly minDurationNs: bigint | undefined;
  readonly maxDurationNs: bigint | undefined;
  /** Attributes of the span or its resource, as text; `error`, `span.kind` and `otel.status_code` as Jaeger has them. */
  readonly tags: Readonly<Record<string, string>>;
  readonly limit: number;
}

/** The traces that have such a span, the newest first. */
export async function findTraceIds(
  store: Engine,
  search: TraceSearch,
  signal?: AbortSignal,
): Promise<string[]> {
  const rows = await store.query<{ traceId: string }>({ ...renderTraceSearch(search), signal });
  return rows.map(({ traceId }) => traceId);
}

const TIMEOUT_MS = 15_000;

export function renderTraceSearch(search: TraceSearch): Query {
  const { project, service, name, fromNs, toNs, minDurationNs, maxDurationNs, limit } = search;
  const parameters: Record<string, ParameterValue> = { project, service, fromNs, toNs, limit };
  const conditions = [
    "project = {project:String}",
    "service = {service:String}",
    "start_time >= fromUnixTimestamp64Nano({fromNs:Int64}, 'UTC')",
    "start_time <= fromUnixTimestamp64Nano({toNs:Int64}, 'UTC')",
  ];
  const add = (condition: string, given: Readonly<Record<string, ParameterValue>>): void => {
    conditions.push(condition);
    Object.assign(parameters, given);
  };
  if (name !== undefined) add("name = {name:String}", { name });
  if (minDurationNs !== undefined) add("duration_ns >= {minDurationNs:UInt64}", { minDurationNs });
  if (maxDurationNs !== undefined) add("duration_ns <= {maxDurationNs:UInt64}", { maxDurationNs });
  for (const [index, [key, value]] of Object.entries(search.tags).entries()) {
    const names = { key: `key${index}`, value: `value${index}` };
    add(renderTag(key, value, names), { [names.key]: key, [names.value]: value });
  }
  const sql = `SELECT lower(hex(trace_id)) AS traceId, max(start_time) AS started
FROM spans
WHERE ${conditions.join("\n  AND ")}
GROUP BY trace_id
ORDER BY started DESC, traceId
LIMIT {limit:UInt32}`;
  return { sql, parameters, timeoutMs: TIMEOUT_MS };
}

const KINDS: Readonly<Record<string, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};
const STATUSES: Readonly<Record<string, number>> = { UNSET: 0, OK: 1, ERROR: 2 };

function renderTag(key: string, value: string, names: { key: string; value: string }): string {
  if (key === "error") return value === "true" ? "status = 2" : "status != 2";
  if (key === "span.kind") return `kind = ${KINDS[value.toLowerCase()] ?? 255}`;
  if (key === "otel.status_code") return `status = ${STATUSES[value.toUpperCase()] ?? 255}`;
  const [keyOf, wanted] = [`{${names.key}:String}`, `{${names.value}:String}`];
  return `(attributes[${keyOf}] = ${wanted} OR JSONExtractString(resource, ${keyOf}) = ${wanted} OR JSONExtractRaw(resource, ${keyOf}) = ${wanted})`;
}
