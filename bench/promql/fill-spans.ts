// Fills a data directory with a day of spans that ends now, by SQL straight into the schema with its real rollups:
//   fill-spans.ts DIRECTORY SPANS
// Four services, five endpoints, six models of three providers, twelve tools, 5,000 users, three attributes that no column takes; five of
// eight spans are model calls, a fiftieth of them second attempts.
import { mkdirSync } from "node:fs";
import { createEmbeddedEngine } from "../../packages/server/src/store/embedded-engine.ts";
import { openEmbeddedSessions } from "../../packages/server/src/store/embedded-sessions.ts";
import type { Engine } from "../../packages/server/src/store/engine.ts";
import { migrate } from "../../packages/server/src/store/migrate.ts";
import { report } from "../ingest/spanlight.ts";

const [directory = "", spans = "10000000"] = process.argv.slice(2);
const rowsPerInsert = 500_000;
const dayMs = 86_400_000;

/** Spans `first … first + rows`, evenly over the day; every random choice is a hash of the span's number. */
const insert = `INSERT INTO spans (block, received_at, project, trace_id, span_id, parent_span_id, start_time, duration_ns, slot, name,
  kind, status, service, environment, dialect, span_type, operation, provider, model, request_model, response_model, endpoint, user_id,
  tool_name, error_type, input_tokens, output_tokens, cache_read_tokens, billed, cost_usd, unpriced, ttft_ms, rest_attributes, rest_attribute_types)
SELECT {block:UInt64}, now64(3), 'default', trace, reinterpretAsFixedString(cityHash64(n, 2)), toFixedString('', 8),
  fromUnixTimestamp64Nano(start_ns, 'UTC'), duration, toDateTime(intDiv(start_ns + duration, 10000000000) * 10, 'UTC'),
  ['chat', 'search', 'execute_tool', 'retrieve', 'handler'][work + 1], 3, if(failed, 2, 1), service, 'production', 'otel',
  ['model', 'model', 'tool', 'retrieval', ''][work + 1], ['chat', 'chat', 'execute_tool', 'retrieval', ''][work + 1],
  if(called, provider, ''), if(called, model, ''), if(called, model, ''), if(called, model, ''), endpoint,
  concat('user-', toString(h3 % 5000)), if(work = 2, concat('tool-', toString(h3 % 12)), ''),
  if(failed, ['timeout', 'rate_limit', 'server_error'][h3 % 3 + 1], ''),
  if(called, 200 + h3 % 4000, NULL), if(called, 20 + h2 % 900, NULL), if(called, h3 % 200, NULL), called,
  if(called, (h3 % 1000) / 1e5, NULL), 0, if(called, 50 + h2 % 1500, NULL),
  map('app.attempt', if(h3 % 50 = 0, '2', '1'), 'app.metadata.team', concat('team-', toString(ht % 20)), 'server.address', 'api.example.com'), 'iss'
FROM (
  SELECT number + {first:UInt64} AS n, cityHash64(n, 7) AS h1, cityHash64(n, 8) AS h2, cityHash64(n, 9) AS h3,
    cityHash64(n DIV 8, 3) AS ht, toUInt8([0, 1, 2, 0, 3, 1, 0, 4][n % 8 + 1]) AS work, work < 2 AS called,
    toFixedString(reinterpretAsFixedString(ht) || reinterpretAsFixedString(cityHash64(ht)), 16) AS trace,
    {startNs:Int64} + toInt64(n * {everyNs:UInt64}) AS start_ns, (h1 % 10000) / 10000 AS chance,
    toUInt64(multiIf(called, 100e6 * exp(3.5 * chance), work = 2, 5e6 * exp(5 * chance), 10e6 * exp(4 * chance))) AS duration,
    h2 % 100 < 2 AS failed, concat('service-', toString(ht % 4)) AS service,
    concat('/v1/endpoint-', toString(intDiv(ht, 4) % 5)) AS endpoint,
    ['openai', 'anthropic', 'google'][intDiv(ht, 32) % 3 + 1] AS provider,
    ['gpt-4o', 'claude-3-5-haiku-latest', 'gemini-2.0-flash', 'gpt-4o-mini', 'claude-sonnet-4-0', 'gemini-1.5-pro'][intDiv(ht, 32) % 3 + intDiv(ht, 128) % 2 * 3 + 1] AS model
  FROM numbers({rows:UInt64})
)`;

async function fill(store: Engine, count: number): Promise<void> {
  const startNs = BigInt(Date.now() - dayMs) * 1_000_000n;
  const everyNs = Math.floor((dayMs * 1e6) / count);
  for (let first = 0, block = 1; first < count; first += rowsPerInsert, block += 1) {
    const rows = Math.min(rowsPerInsert, count - first);
    await store.command(insert, { block, first, rows, startNs, everyNs });
    if (block % 5 === 0) report(`${first + rows} of ${count} spans`);
  }
}

mkdirSync(directory, { recursive: true });
const engine = createEmbeddedEngine(await openEmbeddedSessions({ directory }));
const store = await engine.forDatabase("spanlight");
await migrate(store);
await fill(store, Number(spans));
await engine.close();
console.log(JSON.stringify({ spans: Number(spans) }));
process.exit(0); // the engine's threads would keep the process
