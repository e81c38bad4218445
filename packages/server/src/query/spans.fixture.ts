import type { Engine } from "../store/engine.ts";

/** One span to store; what is not given is empty, `billed` model calls say so themselves. */
export interface SpanSeed {
  readonly trace: number;
  readonly span: number;
  /** Number of the parent span; none = root. */
  readonly parent?: number;
  /** Milliseconds after `base`. */
  readonly at: number;
  readonly ms?: number;
  readonly name?: string;
  readonly status?: 0 | 1 | 2;
  readonly block?: number;
  readonly columns?: Readonly<Record<string, unknown>>;
  readonly attributes?: Readonly<Record<string, string>>;
  readonly content?: Readonly<Record<string, string>>;
}

/** Start of all seeds: 2026-11-21T00:00:00Z, in Unix nanoseconds. */
export const baseNs: bigint = BigInt(Date.UTC(2026, 10, 21)) * 1_000_000n;

export function traceId(number: number): string {
  return number.toString(16).padStart(32, "0");
}

export function spanId(number: number): string {
  return number.toString(16).padStart(16, "0");
}

const PLAIN = `name String, kind UInt8, status UInt8, status_message String, service String, environment String, scope_name String,
scope_version String, dialect String, span_type String, operation String, provider String, model String, request_model String,
response_model String, endpoint String, user_id String, tenant_id String, session_id String, prompt_name String, prompt_version String,
agent_name String, tool_name String, finish_reasons String, error_type String, input_tokens Nullable(UInt32), output_tokens Nullable(UInt32),
cache_read_tokens Nullable(UInt32), cache_write_tokens Nullable(UInt32), reasoning_tokens Nullable(UInt32), usage_estimated UInt8, billed UInt8,
cost_usd Nullable(Float64), unpriced UInt8, ttft_ms Nullable(Float64), content_bytes UInt32, rest_attributes Map(String, String),
rest_attribute_types String, resource String, events String, links String`;

const PLAIN_NAMES = [...PLAIN.matchAll(/(?:^|,)\s*(\w+) /g)]
  .map((match) => match[1] ?? "")
  .filter((name) => name !== "String");

/** Stores spans, and their content, as one insert each. */
export async function insertSpans(
  store: Engine,
  seeds: readonly SpanSeed[],
  project = "default",
): Promise<void> {
  const names = PLAIN_NAMES.join(", ");
  await store.command(
    `INSERT INTO spans (block, received_at, project, trace_id, span_id, parent_span_id, start_time, duration_ns, slot, ${names})
SELECT block, now64(3), {project:String}, unhex(trace), unhex(span), unhex(parent), fromUnixTimestamp64Nano(start_ns, 'UTC'), duration_ns,
  toDateTime(intDiv(start_ns + duration_ns, 10000000000) * 10, 'UTC'), ${names}
FROM format(JSONEachRow, 'block UInt64, trace String, span String, parent String, start_ns Int64, duration_ns UInt64, ${PLAIN.replaceAll("\n", " ")}', {rows:String})`,
    { project, rows: seeds.map((seed) => JSON.stringify(toRow(seed))).join("\n") },
  );
  const said = seeds.filter((seed) => seed.content !== undefined);
  if (said.length === 0) return;
  await store.command(
    `INSERT INTO contents (block, received_at, project, conversation, start_time, trace_id, span_id, content)
SELECT 1, now64(3), {project:String}, conversation, fromUnixTimestamp64Nano(start_ns, 'UTC'), unhex(trace), unhex(span), content
FROM format(JSONEachRow, 'conversation String, trace String, span String, start_ns Int64, content Map(String, String)', {rows:String})`,
    { project, rows: said.map((seed) => JSON.stringify(toContentRow(seed))).join("\n") },
  );
}

function toRow(seed: SpanSeed): Record<string, unknown> {
  return {
    block: seed.block ?? 1,
    trace: traceId(seed.trace),
    span: spanId(seed.span),
    parent: spanId(seed.parent ?? 0),
    start_ns: String(startNs(seed)),
    duration_ns: String(Math.round((seed.ms ?? 1) * 1e6)),
    name: seed.name ?? `span ${seed.span}`,
    status: seed.status ?? 0,
    service: "shop",
    rest_attributes: seed.attributes ?? {},
    rest_attribute_types: "s".repeat(Object.keys(seed.attributes ?? {}).length),
    content_bytes: seed.content === undefined ? 0 : JSON.stringify(seed.content).length,
    ...seed.columns,
  };
}

function toContentRow(seed: SpanSeed): Record<string, unknown> {
  const session = seed.columns?.["session_id"];
  return {
    conversation: typeof session === "string" && session !== "" ? session : traceId(seed.trace),
    trace: traceId(seed.trace),
    span: spanId(seed.span),
    start_ns: String(startNs(seed)),
    content: seed.content,
  };
}

function startNs(seed: SpanSeed): bigint {
  return baseNs + BigInt(Math.round(seed.at * 1000)) * 1000n;
}
