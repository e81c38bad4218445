-- What was said: the content attributes of a span as they arrived, key → text (structured values as JSON).
-- Ordered by conversation, because each step of a conversation sends the whole history again and repeats
-- compress 35-fold when they lie side by side.
CREATE TABLE IF NOT EXISTS contents
(
    block         UInt64 CODEC(Delta, Default),
    received_at   DateTime64(3, 'UTC') CODEC(Delta, Default),
    project       LowCardinality(String),
    conversation  String,               -- session id, else the trace id in hex
    start_time    DateTime64(9, 'UTC') CODEC(Delta, Default),
    trace_id      FixedString(16),
    span_id       FixedString(8),
    content       Map(LowCardinality(String), String),
    INDEX block_index block TYPE minmax GRANULARITY 1,
    -- Words of all values, in lower case: a search names this very expression. A bloom filter of tokens costs half of what a full
    -- text index does and a tenth of its space; it finds the granules of 1,024 rows that may hold a word. It is built when parts
    -- are merged (insert-block.ts), at the latest when they are packed a day later: until then a search reads the words themselves.
    INDEX content_words_index lowerUTF8(arrayStringConcat(mapValues(content), ' ')) TYPE tokenbf_v1(16384, 1, 0) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (project, conversation, start_time)
-- As in spans: written with the quickest codec, packed tightly past a day.
TTL toDateTime(received_at) + INTERVAL 1 DAY RECOMPRESS CODEC(ZSTD(3))
SETTINGS index_granularity = 1024, min_bytes_for_wide_part = 1073741824, fsync_after_insert = 1, fsync_part_directory = 1,
    max_bytes_to_merge_at_max_space_in_pool = 16777216, parts_to_delay_insert = 5000, parts_to_throw_insert = 10000
