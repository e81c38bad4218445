-- Samples of time series in Prometheus' form: counters and histograms cumulative, a stale marker is the NaN 0x7ff0000000000002.
-- Several samples of one series at one time: the one of the highest block counts.
CREATE TABLE IF NOT EXISTS metric_samples
(
    block        UInt64 CODEC(Delta, ZSTD(1)),
    received_at  DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    project      LowCardinality(String),
    metric       LowCardinality(String),                -- the label __name__
    series_id    UInt128 CODEC(ZSTD(1)),
    time         DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    value        Float64 CODEC(Gorilla, ZSTD(1)),
    INDEX block_index block TYPE minmax GRANULARITY 1,
    INDEX time_index time TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (project, metric, series_id, time)
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1;

-- Labels of the series: at least one row per series and day of receipt, so that they go with its samples. Repeats are meant.
CREATE TABLE IF NOT EXISTS metric_series
(
    block        UInt64 CODEC(Delta, ZSTD(1)),
    received_at  DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    project      LowCardinality(String),
    metric       LowCardinality(String),
    series_id    UInt128 CODEC(ZSTD(1)),                -- of project, metric and labels
    labels       Map(LowCardinality(String), String) CODEC(ZSTD(1)), -- sorted by name, without __name__
    INDEX block_index block TYPE minmax GRANULARITY 1,
    INDEX label_values_index mapValues(labels) TYPE bloom_filter(0.01) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (project, metric, series_id)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

-- What a metric family is: at least one row per family and day of receipt; of several the newest counts.
CREATE TABLE IF NOT EXISTS metric_metadata
(
    block        UInt64 CODEC(Delta, ZSTD(1)),
    received_at  DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    project      LowCardinality(String),
    metric       LowCardinality(String),                -- name of the family: without _bucket, _sum, _count
    type         LowCardinality(String),                -- counter, gauge, histogram, summary, info, unknown
    unit         LowCardinality(String),
    help         String CODEC(ZSTD(1)),
    INDEX block_index block TYPE minmax GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (project, metric)
SETTINGS index_granularity = 1024, fsync_after_insert = 1, fsync_part_directory = 1;

CREATE TABLE IF NOT EXISTS metric_exemplars
(
    block        UInt64 CODEC(Delta, ZSTD(1)),
    received_at  DateTime64(3, 'UTC') CODEC(Delta, ZSTD(1)),
    project      LowCardinality(String),
    metric       LowCardinality(String),
    series_id    UInt128 CODEC(ZSTD(1)),
    time         DateTime64(3, 'UTC') CODEC(DoubleDelta, ZSTD(1)),
    value        Float64 CODEC(Gorilla, ZSTD(1)),
    trace_id     FixedString(16),                       -- sixteen zero bytes = none
    span_id      FixedString(8),
    labels       Map(LowCardinality(String), String) CODEC(ZSTD(1)), -- all of them, trace_id and span_id in hex included
    INDEX block_index block TYPE minmax GRANULARITY 1,
    INDEX trace_id_index trace_id TYPE bloom_filter(0.001) GRANULARITY 1
)
ENGINE = MergeTree
PARTITION BY toDate(received_at)
ORDER BY (project, metric, series_id, time)
SETTINGS index_granularity = 8192, fsync_after_insert = 1, fsync_part_directory = 1
