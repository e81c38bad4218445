-- Which server writes under which number, where several share a database: a row every so often while it runs. A server that starts under
-- a number that another one holds is refused: their blocks would take each other's place.
CREATE TABLE IF NOT EXISTS writer_claims
(
    writer      UInt16,
    instance    String,                                 -- of the data directory
    host        String,
    since       DateTime64(3, 'UTC'),                   -- when this instance began to hold the number
    seen_at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC'),
    released    UInt8                                   -- 1: it has stopped
)
ENGINE = MergeTree
ORDER BY (writer, seen_at)
TTL toDateTime(seen_at) + INTERVAL 7 DAY
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1
