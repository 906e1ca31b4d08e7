-- The tables of a store in ClickHouse. docs/scale.md explains why they are as they are.
--
-- What stands in a comment that begins with a version, as /*+20.3 … */ does, is carried out by that
-- version of ClickHouse and later ones, and left out by earlier ones, which do not know it. A
-- ClickHouse that is a replica is told the replicated engines of the same names (schema.py).

-- A row for each span received. Everything is computed from these rows, so there is nothing that
-- could disagree with them: one insert stores a span or does not.
CREATE TABLE IF NOT EXISTS span
(
    -- The trace, as two halves: some clients know only the lower one. Sorted by it, the spans of a
    -- trace are neighbours, and reading one trace reads one granule of each part.
    lower UInt64,
    upper UInt64,
    -- A hash of all that tells this span from others (collector.span_identity). What was sent again
    -- has the same one; whoever counts counts these, and reads the row that came first.
    identity UInt64,
    -- When the collector took it in, ns since 1970, and one more for each span of a batch, so that
    -- spans are read in the order in which they came.
    received UInt64 /*+20.3 CODEC(Delta, ZSTD(1)) */,
    -- The day of that, UTC: never what a client says, whose clock could be years ahead.
    day Date /*+20.3 CODEC(ZSTD(1)) */,

    span_id UInt64,
    parent_id UInt64,
    service /*+20.3 LowCardinality( */ String /*+20.3 ) */,
    name /*+20.3 LowCardinality( */ String /*+20.3 ) */,
    resource String /*+20.3 CODEC(ZSTD(1)) */,
    type /*+20.3 LowCardinality( */ String /*+20.3 ) */,
    start Int64 /*+20.3 CODEC(Delta, ZSTD(1)) */,
    duration Int64 /*+20.3 CODEC(T64, ZSTD(1)) */,
    error UInt8,
    -- 0 if start and duration are possible; else when it came (collector.impossible_time).
    arrived Int64 /*+20.3 CODEC(ZSTD(1)) */,

    -- Made when a span comes in, so that a search has nothing left to work out:
    -- names as templates (collector.name_template),
    name_template /*+20.3 LowCardinality( */ String /*+20.3 ) */,
    resource_template String /*+20.3 CODEC(ZSTD(1)) */,
    -- service, name and resource in one, and the templates of all three, both case-folded.
    folded String /*+20.3 CODEC(ZSTD(1)) */,
    folded_template String /*+20.3 CODEC(ZSTD(1)) */,

    -- The tags, as arrays of the same length. A number is there as text as well, as people search
    -- for it; kind says what it was (0 text, 1 whole number, 2 any other number), and a text that
    -- is a number has it, too. NaN stands for none.
    tag Nested
    (
        key /*+20.3 LowCardinality( */ String /*+20.3 ) */,
        value String,
        number Float64,
        kind UInt8
    ),

    -- Events and links as JSON; empty where there are none.
    events String /*+20.3 CODEC(ZSTD(1)) */,
    links String /*+20.3 CODEC(ZSTD(1)) */

    /*+20.3 ,
    -- Which granules have a tag, a name or a word at all. A trace's spans are neighbours, so what is
    -- rare is in few granules.
    INDEX tag_values tag.value TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX resources resource TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX durations duration TYPE minmax GRANULARITY 1,
    INDEX starts start TYPE minmax GRANULARITY 1
    */
)
ENGINE = MergeTree
-- A whole day goes at once when it is too old, without rewriting anything.
PARTITION BY day
ORDER BY (lower, upper, identity)
-- An eighth of the usual: a trace is some tens of rows, and a granule is read whole.
SETTINGS index_granularity = 1024;

-- The services ever seen. A collector writes a row when it meets a service, and again, every five
-- seconds at most, with a later last_seen, which replaces the one before. Colours are the order of first_seen.
CREATE TABLE IF NOT EXISTS service
(
    name String,
    -- What its spans look like: datastore, client or service. More than one makes it a service.
    kind String,
    first_seen UInt64,
    last_seen UInt64
)
ENGINE = ReplacingMergeTree(last_seen)
ORDER BY (name, kind, first_seen);

-- What pages change: the rules and policies of sampling, the rules of the audit. On all servers; the
-- latest version holds.
CREATE TABLE IF NOT EXISTS setting
(
    name String,
    version UInt64,
    value String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY name;

-- Records of load tests, as JSON, on all servers; the latest version of each is read. A row without
-- a record claims a number, so that two collectors never give the same one to two runs.
CREATE TABLE IF NOT EXISTS load_run
(
    number UInt64,
    claim UInt64,
    version UInt64,
    record String
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (number, claim);
