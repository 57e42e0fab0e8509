-- Runs, in the order in which they were asked for. Times are milliseconds since 1970; spec, outcome and report are JSON.
CREATE TABLE run (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    id            TEXT NOT NULL UNIQUE,
    created_at_ms INTEGER NOT NULL,
    spec          TEXT NOT NULL,
    outcome       TEXT,             -- none while it has not ended
    report        TEXT,             -- none while it has not ended, and for a run that never started
    note          TEXT NOT NULL DEFAULT '',
    tags          TEXT NOT NULL DEFAULT '[]', -- a list of words, as JSON
    pinned        INTEGER NOT NULL DEFAULT 0,
    deleted_at_ms INTEGER           -- none for a run that is there; a deleted one can be restored for a while
) STRICT;

-- Samples, a second's at a time: JSON, compressed.
CREATE TABLE chunk (
    run       INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    first_seq INTEGER NOT NULL,
    samples   BLOB NOT NULL,
    PRIMARY KEY (run, first_seq)
) STRICT, WITHOUT ROWID;

-- Heap profiles in the order in which they were taken: JSON, compressed.
CREATE TABLE profile (
    run     INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    place   INTEGER NOT NULL,
    profile BLOB NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;

-- Runs that have a name, to compare others with.
CREATE TABLE baseline (
    name TEXT PRIMARY KEY NOT NULL,
    run  INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

-- The pairs of a comparison, which is called by the runs of its first pair.
CREATE TABLE pair (
    comparison TEXT NOT NULL,
    place      INTEGER NOT NULL,
    a          INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    b          INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    PRIMARY KEY (comparison, place)
) STRICT, WITHOUT ROWID;
