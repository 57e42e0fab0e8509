//! Buffer pools: which one a variant takes its buffers from, and what it tells of itself.

use serde::{Deserialize, Serialize};

use crate::{
    field::{Choice, Number, Reader, Rejection},
    unit::{MIB, Unit},
    workload::WorkloadInfo,
};

/// Where idle buffers wait, the default first.
pub const KIND: Choice = Choice {
    name: "kind",
    title: "Pool",
    options: &["bounded", "two_generation", "thread_local", "opool", "none"],
    help: "Where buffers wait to be used again. bounded: one queue of so many. two_generation: a buffer for each thread, \
           then a queue, and what was not wanted for two rotations is freed, as Go's sync.Pool does. thread_local: one \
           buffer for each thread. opool: a pool from a library. none: every buffer is a new one.",
};

/// Most idle buffers.
pub const CAPACITY: Number = Number::whole(
    "capacity",
    "Pool capacity",
    Unit::Count,
    (1, 4_096),
    256,
    "Idle buffers that each pool of the variant keeps; what comes back beyond that is freed. products has two, of payloads \
     and of replies. two_generation keeps one more for each thread, and thread_local one for each thread and no others.",
);

/// Largest buffer that is taken back.
pub const MAX_BUFFER_BYTES: Number = Number {
    name: "max_buffer_bytes",
    title: "Largest kept",
    unit: Unit::Bytes,
    min: 64.0,
    max: (1024 * MIB) as f64,
    default: None,
    whole: true,
    help: "A buffer that comes back with a larger capacity is freed. Without it, one large request after another makes \
           every buffer in the pool large, and so they stay.",
};

/// From one rotation to the next.
pub const ROTATE_MS: Number = Number::whole(
    "rotate_ms",
    "Pool rotation",
    Unit::Milliseconds,
    (10, 60_000),
    1_000,
    "How often two_generation sets idle buffers aside, and frees those that it set aside before.",
);

/// Which pool a variant takes its buffers from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolOptions {
    /// Where idle buffers wait.
    pub kind: PoolKind,
    /// Most idle buffers.
    pub capacity: u32,
    /// Largest buffer that is taken back; `None` for any.
    pub max_buffer_bytes: Option<u64>,
    /// From one rotation to the next, for [`PoolKind::TwoGeneration`].
    pub rotate_ms: u64,
}

/// Where idle buffers wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolKind {
    /// In one queue of fixed length.
    Bounded,
    /// By thread, then in a queue, then set aside until the rotation after next.
    TwoGeneration,
    /// One for each thread.
    ThreadLocal,
    /// In the pool of the crate `opool`.
    Opool,
    /// Nowhere: each is freed.
    None,
}

impl Default for PoolOptions {
    fn default() -> Self {
        Self { kind: PoolKind::Bounded, capacity: 256, max_buffer_bytes: None, rotate_ms: 1_000 }
    }
}

impl PoolOptions {
    /// Reads the object `pool` of a specification for this variant; `None` for one that has no pool.
    ///
    /// # Errors
    /// When a field is unknown or out of range, or the variant has no pool that options could be for.
    pub fn read(
        reader: &mut Reader<'_>,
        workload: &WorkloadInfo,
        variant: &str,
    ) -> Result<Option<Self>, Rejection> {
        let given = reader.object("pool")?;
        if workload.has_pool(variant) {
            return given.map_or(Ok(Self::default()), Self::parse).map(Some);
        }
        if given.is_none() {
            return Ok(None);
        }
        let with_pool: Vec<_> =
            workload.variants.iter().filter(|info| info.pool).map(|info| info.id).collect();
        let allowed = match &with_pool[..] {
            [] => format!("no variant of {} has a pool", workload.id),
            ids => format!("only with {}", ids.join(", ")),
        };
        Err(Rejection::new(reader.path("pool"), format!("does nothing for {variant}"), allowed))
    }

    /// Reads the object `{kind, capacity, max_buffer_bytes, rotate_ms}`.
    ///
    /// # Errors
    /// When a field is unknown or out of range.
    pub fn parse(mut reader: Reader<'_>) -> Result<Self, Rejection> {
        let options = Self {
            kind: match reader.choice(&KIND)? {
                "two_generation" => PoolKind::TwoGeneration,
                "thread_local" => PoolKind::ThreadLocal,
                "opool" => PoolKind::Opool,
                "none" => PoolKind::None,
                _ => PoolKind::Bounded,
            },
            capacity: reader.integer(&CAPACITY)? as u32,
            max_buffer_bytes: reader.optional_number(&MAX_BUFFER_BYTES)?.map(|bytes| bytes as u64),
            rotate_ms: reader.integer(&ROTATE_MS)?,
        };
        reader.finish()?;
        Ok(options)
    }
}

/// Classes of [`PoolReading::capacities`].
pub const CAPACITY_CLASSES: usize = 16;

/// What the pools of a target tell, all together. Counters run since the process began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PoolReading {
    /// Buffers that were there when one was wanted.
    pub hits: u64,
    /// Buffers that had to be made.
    pub misses: u64,
    /// Buffers that came back and were freed: no room, too large, or not wanted for two rotations.
    pub drops: u64,
    /// Buffers that wait.
    pub idle: u64,
    /// Bytes that the waiting buffers hold.
    pub retained_bytes: u64,
    /// Waiting buffers by their capacity: below 1 KiB, then doubling, the last from 16 MiB on.
    pub capacities: [u32; CAPACITY_CLASSES],
}

/// The class of a buffer in [`PoolReading::capacities`].
pub fn capacity_class(bytes: usize) -> usize {
    match bytes >> 10 {
        0 => 0,
        kib => (kib.ilog2() as usize + 1).min(CAPACITY_CLASSES - 1),
    }
}

/// The least capacity of a class, in bytes.
pub fn class_floor_bytes(class: usize) -> u64 {
    if class == 0 { 0 } else { 512 << class }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(value: Value) -> Result<PoolOptions, Rejection> {
        PoolOptions::parse(Reader::new("pool", &value)?)
    }

    #[test]
    fn options_read_back_as_they_are_written() {
        assert_eq!(parse(json!({})), Ok(PoolOptions::default()));
        for kind in KIND.options {
            let options = parse(json!({"kind": kind, "capacity": 4, "max_buffer_bytes": 65536})).unwrap();
            assert_eq!(parse(serde_json::to_value(options).unwrap()), Ok(options));
            assert_eq!(serde_json::to_value(options.kind).unwrap(), *kind);
        }
        assert_eq!(parse(json!({"kind": "endless"})).unwrap_err().field, "pool.kind");
        assert_eq!(parse(json!({"capacity": 0})).unwrap_err().field, "pool.capacity");
    }

    #[test]
    fn options_that_would_do_nothing_are_refused() {
        use crate::workload::{cache, products};
        let read = |workload, variant, spec: Value| {
            PoolOptions::read(&mut Reader::new("", &spec).unwrap(), workload, variant)
        };
        assert_eq!(read(&products::INFO, "pooled", json!({})), Ok(Some(PoolOptions::default())));
        assert_eq!(read(&products::INFO, "naive", json!({"pool": null})), Ok(None));
        let refused = read(&products::INFO, "naive", json!({"pool": {}})).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "`pool` does nothing for naive; allowed: only with pooled, streamed, supervised, arena"
        );
        assert_eq!(
            read(&cache::INFO, "ttl", json!({"pool": {}})).unwrap_err().allowed,
            "no variant of cache has a pool"
        );
    }

    #[test]
    fn classes_double() {
        assert_eq!([0, 1023, 1024, 2047, 2048].map(capacity_class), [0, 0, 1, 1, 2]);
        assert_eq!([16 << 20, usize::MAX].map(capacity_class), [15, 15]);
        for class in 1..CAPACITY_CLASSES {
            let floor = class_floor_bytes(class) as usize;
            assert_eq!([floor - 1, floor].map(capacity_class), [class - 1, class]);
        }
    }
}
