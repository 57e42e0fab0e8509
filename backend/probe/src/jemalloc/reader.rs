//! What is read of jemalloc with each sample: totals, caches, purges, background threads, waits for locks.

use heapgym_shared::sample::AllocatorReading;
use tikv_jemalloc_ctl::{epoch, epoch_mib};

use super::mib::{ALL_ARENAS, Mib, Scalar, read};
use crate::Error;

/// The locks of all arenas together that threads wait for; those of the size classes are left out, for they
/// are 36 an arena.
const ARENA_LOCKS: [&str; 9] = [
    "large",
    "extent_avail",
    "extents_dirty",
    "extents_muzzy",
    "extents_retained",
    "decay_dirty",
    "decay_muzzy",
    "base",
    "tcache_list",
];
/// The locks that jemalloc has once.
const OTHER_LOCKS: [&str; 2] = ["ctl", "background_thread"];

/// Reads jemalloc. Names are resolved once; a reading then allocates nothing.
#[expect(missing_debug_implementations, reason = "jemalloc-ctl's resolved epoch has none")]
pub struct Reader {
    epoch: epoch_mib,
    page_bytes: u64,
    totals: [Mib<usize>; 6],
    /// Pages: dirty, muzzy. Bytes: in thread caches, small, large.
    all: [Mib<usize>; 5],
    /// Large allocations and frees.
    large: [Mib<u64>; 2],
    /// Sweeps, calls of the kernel, and pages; dirty, then muzzy.
    purges: [[Mib<u64>; 2]; 3],
    background: (Mib<usize>, Mib<u64>),
    waits: Vec<Mib<u64>>,
    wait_ns: Vec<Mib<u64>>,
}

impl Reader {
    /// Resolves the names.
    ///
    /// # Errors
    /// When jemalloc was built without statistics.
    pub fn new() -> Result<Self, Error> {
        let total = |name: &str| Mib::new(&format!("stats.{name}"));
        let both = |what: &str| {
            Ok::<_, Error>([of_all(&format!("dirty_{what}"))?, of_all(&format!("muzzy_{what}"))?])
        };
        let locks = |figure: &str| {
            let arenas = ARENA_LOCKS.iter().map(|lock| of_all(&format!("mutexes.{lock}.{figure}")));
            let others = OTHER_LOCKS.iter().map(|lock| Mib::new(&format!("stats.mutexes.{lock}.{figure}")));
            arenas.chain(others).collect::<Result<Vec<_>, _>>()
        };
        Ok(Self {
            epoch: epoch::mib()?,
            page_bytes: read::<usize>("arenas.page")? as u64,
            totals: [
                total("allocated")?,
                total("active")?,
                total("metadata")?,
                total("resident")?,
                total("mapped")?,
                total("retained")?,
            ],
            all: [
                of_all("pdirty")?,
                of_all("pmuzzy")?,
                of_all("tcache_bytes")?,
                of_all("small.allocated")?,
                of_all("large.allocated")?,
            ],
            large: [of_all("large.nmalloc")?, of_all("large.ndalloc")?],
            purges: [both("npurge")?, both("nmadvise")?, both("purged")?],
            background: (
                Mib::new("stats.background_thread.num_threads")?,
                Mib::new("stats.background_thread.num_runs")?,
            ),
            waits: locks("num_wait")?,
            wait_ns: locks("total_wait_time")?,
        })
    }

    /// What jemalloc tells now: it caches statistics until its epoch advances, which costs 6 to 60 us depending
    /// on the number of arenas and threads; each figure then costs about 14 ns.
    ///
    /// # Errors
    /// When jemalloc refuses a name that it resolved before.
    pub fn read(&self) -> Result<AllocatorReading, Error> {
        self.epoch.advance()?;
        let [allocated, active, metadata, resident, mapped, retained] = &self.totals;
        let [dirty, muzzy, tcache, small, large] = &self.all;
        let size = |name: &Mib<usize>| name.read().map(|value| value as u64);
        let [sweeps, calls, pages] = &self.purges;
        Ok(AllocatorReading {
            allocated_bytes: size(allocated)?,
            active_bytes: size(active)?,
            metadata_bytes: size(metadata)?,
            resident_bytes: size(resident)?,
            mapped_bytes: size(mapped)?,
            retained_bytes: size(retained)?,
            dirty_bytes: size(dirty)? * self.page_bytes,
            muzzy_bytes: size(muzzy)? * self.page_bytes,
            tcache_bytes: size(tcache)?,
            small_bytes: size(small)?,
            large_bytes: size(large)?,
            large_allocations: self.large[0].read()?,
            large_frees: self.large[1].read()?,
            purges: sum(sweeps)?,
            purge_calls: sum(calls)?,
            purged_bytes: sum(pages)? * self.page_bytes,
            background_threads: size(&self.background.0)?,
            background_runs: self.background.1.read()?,
            lock_waits: sum(&self.waits)?,
            lock_wait_ns: sum(&self.wait_ns)?,
        })
    }
}

/// A figure of all arenas together.
fn of_all<T: Scalar>(name: &str) -> Result<Mib<T>, Error> {
    Mib::new(&format!("stats.arenas.{ALL_ARENAS}.{name}"))
}

fn sum(names: &[Mib<u64>]) -> Result<u64, Error> {
    names.iter().try_fold(0, |sum, name| Ok(sum + name.read()?))
}

#[cfg(test)]
mod tests {
    use tikv_jemalloc_ctl::stats_print;

    use super::*;

    /// A total in jemalloc's own dump.
    fn dumped(name: &str) -> u64 {
        let mut options = stats_print::Options::default();
        options.json_format = true;
        let mut dump = Vec::new();
        stats_print::stats_print(&mut dump, options).unwrap();
        let dump: serde_json::Value = serde_json::from_slice(&dump).unwrap();
        dump["jemalloc"]["stats"][name].as_u64().unwrap()
    }

    /// Other tests allocate at the same time: 4 MiB are theirs, and the dump's own text.
    #[test]
    fn totals_are_those_of_jemallocs_own_dump() {
        let _alone = crate::alone_with_memory();
        const BOUND: u64 = 4 << 20;
        let held: Vec<Vec<u8>> = (0..64).map(|_| vec![1; 1 << 20]).collect();
        let reading = Reader::new().unwrap().read().unwrap();
        for (name, read) in [
            ("allocated", reading.allocated_bytes),
            ("active", reading.active_bytes),
            ("metadata", reading.metadata_bytes),
        ] {
            assert!(read.abs_diff(dumped(name)) < BOUND, "{name}: {read} {}", dumped(name));
        }
        assert_eq!(reading.allocated_bytes.abs_diff(reading.small_bytes + reading.large_bytes), 0);
        drop(std::hint::black_box(held));
    }
}
