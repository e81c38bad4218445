-- One row per span. The spool's Native blocks carry every column but `block` and `received_at`, which the
-- INSERT … SELECT adds: both are constant for one block, so one insert is one part of one partition.
-- Message content lives in `contents`, ordered by conversation, where repeated histories compress.
CREATE TABLE IF NOT EXISTS spans
(
    block            UInt64 CODEC(Delta, Default),
    received_at      DateTime64(3, 'UTC') CODEC(Delta, Default),
    project          LowCardinality(String),
    trace_id         FixedString(16),
    span_id          FixedString(8),
    parent_span_id   FixedString(8),                    -- eight zero bytes = root
    start_time       DateTime64(9, 'UTC') CODEC(Delta, Default),
    duration_ns      UInt64,
    slot             DateTime('UTC') CODEC(Delta, Default), -- end of the span, cut to 10 s: the grid of rollups and series
    name             LowCardinality(String),
    kind             UInt8,                             -- OTLP SpanKind
    status           UInt8,                             -- OTLP StatusCode: 0 unset, 1 ok, 2 error
    status_message   String,
    trace_state      String,
    service          LowCardinality(String),
    environment      LowCardinality(String),
    release          LowCardinality(String),
    scope_name       LowCardinality(String),
    scope_version    LowCardinality(String),
    dialect          LowCardinality(String),            -- who named the attributes: otel, openinference, vercel-ai, …
    span_type        LowCardinality(String),            -- model, embedding, retrieval, reranker, tool, agent, chain, guard, evaluator, '' = anything else
    operation        LowCardinality(String),
    provider         LowCardinality(String),
    model            LowCardinality(String),            -- requested, or answered where the request is not known
    request_model    LowCardinality(String),
    response_model   LowCardinality(String),
    endpoint         LowCardinality(String),
    user_id          String,
    tenant_id        String,
    session_id       String,
    prompt_name      LowCardinality(String),
    prompt_version   LowCardinality(String),
    agent_name       LowCardinality(String),
    tool_name        LowCardinality(String),
    finish_reasons   LowCardinality(String),            -- comma-separated
    error_type       LowCardinality(String),            -- '' unless status is error
    input_tokens        Nullable(UInt32),   -- includes cached tokens
    output_tokens       Nullable(UInt32),   -- includes reasoning tokens
    cache_read_tokens   Nullable(UInt32),
    cache_write_tokens  Nullable(UInt32),
    reasoning_tokens    Nullable(UInt32),
    usage_estimated  UInt8,
    billed           UInt8,                             -- 1 = a model call whose tokens and cost count; parents repeat totals
    cost_usd         Nullable(Float64),
    unpriced         UInt8,                             -- 1 = billed, has tokens, no price known
    ttft_ms          Nullable(Float64),
    content_bytes    UInt32,             -- 0 = no row in contents
    -- An attribute that a column holds as it came is not stored a second time: `column_attributes` says which, a line for each
    -- (type letter, column, key), the same for span after span. `attributes` puts all of them together again.
    column_attributes    LowCardinality(String),
    rest_attributes      Map(LowCardinality(String), String),
    rest_attribute_types String,         -- one letter per map entry: s string, i int, d double, b bool, j JSON (array, kvlist), x bytes (base64)
    attributes           Map(LowCardinality(String), String) ALIAS mapConcat(rest_attributes, CAST((
        arrayMap(line -> splitByChar(' ', line)[3], arrayFilter(line -> line != '', splitByChar('\n', column_attributes))),
        arrayMap(line -> multiIf(
            splitByChar(' ', line)[2] = 'operation', operation,
            splitByChar(' ', line)[2] = 'provider', provider,
            splitByChar(' ', line)[2] = 'request_model', request_model,
            splitByChar(' ', line)[2] = 'response_model', response_model,
            splitByChar(' ', line)[2] = 'finish_reasons', concat('["', replaceAll(finish_reasons, ',', '","'), '"]'),
            splitByChar(' ', line)[2] = 'input_tokens', toString(ifNull(input_tokens, 0)),
            splitByChar(' ', line)[2] = 'output_tokens', toString(ifNull(output_tokens, 0)),
            splitByChar(' ', line)[2] = 'cache_read_tokens', toString(ifNull(cache_read_tokens, 0)),
            splitByChar(' ', line)[2] = 'cache_write_tokens', toString(ifNull(cache_write_tokens, 0)),
            splitByChar(' ', line)[2] = 'reasoning_tokens', toString(ifNull(reasoning_tokens, 0)),
            splitByChar(' ', line)[2] = 'endpoint', endpoint,
            splitByChar(' ', line)[2] = 'user_id', user_id,
            splitByChar(' ', line)[2] = 'tenant_id', tenant_id,
            splitByChar(' ', line)[2] = 'session_id', session_id,
            splitByChar(' ', line)[2] = 'prompt_name', prompt_name,
            splitByChar(' ', line)[2] = 'prompt_version', prompt_version,
            splitByChar(' ', line)[2] = 'agent_name', agent_name,
            tool_name), arrayFilter(line -> line != '', splitByChar('\n', column_attributes)))),
        'Map(LowCardinality(String), String)')),
    attribute_types      String ALIAS concat(rest_attribute_types, arrayStringConcat(arrayMap(line -> substring(line, 1, 1), arrayFilter(line -> line != '', splitByChar('\n', column_attributes))))),
    resource         LowCardinality(String),            -- JSON object
    events           String,             -- JSON array [{time, name, attributes}] or ''
    links            String,             -- JSON array [{traceId, spanId, attributes}] or ''
    INDEX session_id_index session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX user_id_index user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX block_index block TYPE minmax GRANULARITY 1,
    INDEX start_time_index start_time TYPE minmax GRANULARITY 1,
    PROJECTION rollup_10s
    (
        SELECT
            project, slot, service, environment, endpoint, span_type, operation, provider, model, error_type, billed,
            count(),
            countIf(status = 2),
            sum(duration_ns),
            quantilesBFloat16State(0.5, 0.95, 0.99)(duration_ns),
            count(ttft_ms),
            quantilesBFloat16State(0.5, 0.95, 0.99)(ttft_ms),
            sum(input_tokens), sum(output_tokens), sum(cache_read_tokens), sum(reasoning_tokens),
            sum(cost_usd), sum(unpriced)
        GROUP BY project, slot, service, environment, endpoint, span_type, operation, provider, model, error_type, billed
    ),
    -- When the spans of a trace start and end and what they cost: finds a trace among spans that lie by time. The cost
    -- counts a span that arrived twice twice, so it is good for leaving traces out, not for telling what one cost.
    PROJECTION trace_bounds
    (
        SELECT
            project, trace_id,
            min(start_time), max(start_time), max(toUnixTimestamp64Nano(start_time) + duration_ns), sum(cost_usd)
        GROUP BY project, trace_id
    ) WITH SETTINGS (index_granularity = 512)
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
-- Spans arrive nearly in order of time: by five minutes a block seldom has to be sorted (a third of its insert), merges join what lies
-- one after another, and the minmax of the granules finds a second as well as an exact order would.
ORDER BY (project, toStartOfFiveMinutes(start_time))
-- Today's parts are written once with the quickest codec; past a day they are merged and packed tightly.
TTL toDateTime(received_at) + INTERVAL 1 DAY RECOMPRESS CODEC(ZSTD(3))
-- Full segments arrive in order of time already: merging them again and again within the day would cost more than inserting them.
-- A part of one file: fifty columns in files of their own cost more to create and to sync than to write.
SETTINGS index_granularity = 8192, min_bytes_for_wide_part = 1073741824, fsync_after_insert = 1, fsync_part_directory = 1,
    max_bytes_to_merge_at_max_space_in_pool = 6291456, parts_to_delay_insert = 5000, parts_to_throw_insert = 10000
