-- When a run began, in milliseconds since 1970; NULL while it waits. A run that waits when its server ends is queued again.
ALTER TABLE run ADD COLUMN began_at_ms INTEGER;

-- Of earlier runs, those have begun that have ended or have samples.
UPDATE run SET began_at_ms = created_at_ms WHERE outcome IS NOT NULL OR number IN (SELECT run FROM chunk);
