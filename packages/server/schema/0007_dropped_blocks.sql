-- Blocks that retention has dropped, by table, written before they go. Who asks at a start which blocks a table has finds them here: a
-- block that is still known to the spool neither comes back nor is taken for lost.
CREATE TABLE IF NOT EXISTS dropped_blocks
(
    table_name  LowCardinality(String),
    block       UInt64 CODEC(Delta, Default),
    dropped_at  DateTime('UTC') DEFAULT now('UTC') CODEC(Delta, Default)
)
ENGINE = MergeTree
ORDER BY (table_name, block)
-- The spool knows a block for minutes; this is for one whose server was away.
TTL dropped_at + INTERVAL 90 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
