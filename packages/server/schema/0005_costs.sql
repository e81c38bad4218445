-- Prices that somebody set by the API: every version of each, the highest `version` of an id counts. `price` is a JSON object.
CREATE TABLE IF NOT EXISTS custom_prices
(
    id          String,
    version     UInt64,
    changed_at  DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    changed_by  String,
    removed     UInt8,
    price       String
)
ENGINE = MergeTree
ORDER BY (id, version)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1;

-- What became of recalculations of stored costs: who asked for what, what each day of receipt changed, how it ended. Kept for good.
CREATE TABLE IF NOT EXISTS reprice_log
(
    job         String,
    at          DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    step        LowCardinality(String),                 -- started, day_started, day_done, finished, failed
    day         String,                                 -- of receipt; '' for steps of the whole job
    detail      String                                  -- JSON object
)
ENGINE = MergeTree
ORDER BY (job, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
