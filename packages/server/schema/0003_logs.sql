-- One row per log record. Content of `gen_ai.*` events that belong to a span lies in `contents` beside that of the span.
CREATE TABLE IF NOT EXISTS logs
(
    block            UInt64 CODEC(Delta, Default),
    received_at      DateTime64(3, 'UTC') CODEC(Delta, Default),
    project          LowCardinality(String),
    time             DateTime64(9, 'UTC') CODEC(Delta, Default),     -- observed time where the record has none, else time of receipt
    observed_time    DateTime64(9, 'UTC') CODEC(Delta, Default),     -- 1970 = not given
    severity         UInt8,                                          -- OTLP SeverityNumber: 0 not given, 1 trace … 21 fatal
    severity_text    LowCardinality(String),
    trace_id         FixedString(16),                                -- sixteen zero bytes = none
    span_id          FixedString(8),
    service          LowCardinality(String),
    environment      LowCardinality(String),
    release          LowCardinality(String),
    scope_name       LowCardinality(String),
    scope_version    LowCardinality(String),
    event_name       LowCardinality(String),
    endpoint         LowCardinality(String),
    user_id          String,
    tenant_id        String,
    session_id       String,
    body             String,                                         -- text; structured bodies as JSON
    body_type        LowCardinality(String),                         -- one letter as in attribute_types, '' = no body
    content_bytes    UInt32,                                         -- > 0: the event's content is in contents
    attributes       Map(LowCardinality(String), String),
    attribute_types  String,                                         -- one letter per map entry, as in spans
    resource         LowCardinality(String),                         -- JSON object
    INDEX trace_id_index trace_id TYPE bloom_filter(0.001) GRANULARITY 1,
    INDEX session_id_index session_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX user_id_index user_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX block_index block TYPE minmax GRANULARITY 1,
    INDEX attribute_values_index mapValues(attributes) TYPE bloom_filter(0.01) GRANULARITY 1,
    -- Words of the body in lower case: a search names this very expression.
    INDEX body_words_index lowerUTF8(body) TYPE tokenbf_v1(32768, 1, 0) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (project, time)
-- As in spans: written with the quickest codec, packed tightly past a day.
TTL toDateTime(received_at) + INTERVAL 1 DAY RECOMPRESS CODEC(ZSTD(3))
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1
