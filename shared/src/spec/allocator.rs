//! Start-up options of the target's jemalloc.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::field::{Choice, Number, Reader, Rejection};

mod effective;
mod fields;
mod preset;
#[cfg(test)]
mod tests;

pub use fields::*;
pub use preset::AllocatorPreset;

/// Options a run sets; what is `None` stays at jemalloc's own default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AllocatorOptions {
    /// Settings by name, which those below complete or replace.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preset: Option<AllocatorPreset>,
    /// How long dirty pages are kept, in milliseconds; -1 is for ever.
    pub dirty_decay_ms: Option<i64>,
    /// How long muzzy pages are kept, in milliseconds; -1 is for ever.
    pub muzzy_decay_ms: Option<i64>,
    /// Whether background threads return pages while the process is idle.
    pub background_thread: Option<bool>,
    /// How many of them there may be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_background_threads: Option<u64>,
    /// Into how many arenas threads are spread.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub narenas: Option<u64>,
    /// Whether threads use the arena of their CPU: one of [`PERCPU_ARENA`]'s words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percpu_arena: Option<String>,
    /// Whether threads keep freed small objects for themselves.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcache: Option<bool>,
    /// Up to which size, in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tcache_max: Option<u64>,
    /// From which size on allocations have an arena of their own, in bytes; 0 for none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oversize_threshold: Option<u64>,
    /// Whether address space is kept instead of being given back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain: Option<bool>,
    /// Huge pages: one of [`THP`]'s words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thp: Option<String>,
    /// Huge pages for bookkeeping: one of [`METADATA_THP`]'s words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata_thp: Option<String>,
}

/// Start-up options that let heap profiles be taken: of nothing until they are switched on, which costs nothing
/// that could be measured. One sample in 512 KiB, as in Go; what was freed is counted on; threads have the
/// names that the system knows them by.
pub const PROFILING_CONF: &str =
    "prof:true,prof_active:false,prof_accum:true,lg_prof_sample:19,prof_sys_thread_name:true";

impl AllocatorOptions {
    /// The names of all options.
    pub const NAMES: [&str; 13] = [
        PRESET.name,
        DIRTY_DECAY_MS.name,
        MUZZY_DECAY_MS.name,
        BACKGROUND_THREAD.name,
        MAX_BACKGROUND_THREADS.name,
        NARENAS.name,
        PERCPU_ARENA.name,
        TCACHE.name,
        TCACHE_MAX.name,
        OVERSIZE_THRESHOLD.name,
        RETAIN.name,
        THP.name,
        METADATA_THP.name,
    ];

    /// Reads the object `allocator` of a specification.
    ///
    /// # Errors
    /// When an option is unknown or out of range, or two of them contradict each other.
    pub fn parse(mut reader: Reader<'_>) -> Result<Self, Rejection> {
        let named = AllocatorPreset::of(reader.choice(&PRESET)?);
        let named = named.map(AllocatorPreset::options).unwrap_or_default();
        let options = Self {
            preset: named.preset,
            dirty_decay_ms: signed(&mut reader, &DIRTY_DECAY_MS)?.or(named.dirty_decay_ms),
            muzzy_decay_ms: signed(&mut reader, &MUZZY_DECAY_MS)?.or(named.muzzy_decay_ms),
            background_thread: switch(&mut reader, &BACKGROUND_THREAD)?.or(named.background_thread),
            max_background_threads: whole(&mut reader, &MAX_BACKGROUND_THREADS)?,
            narenas: whole(&mut reader, &NARENAS)?.or(named.narenas),
            percpu_arena: word(&mut reader, &PERCPU_ARENA)?,
            tcache: switch(&mut reader, &TCACHE)?.or(named.tcache),
            tcache_max: whole(&mut reader, &TCACHE_MAX)?.or(named.tcache_max),
            oversize_threshold: whole(&mut reader, &OVERSIZE_THRESHOLD)?,
            retain: switch(&mut reader, &RETAIN)?,
            thp: word(&mut reader, &THP)?,
            metadata_thp: word(&mut reader, &METADATA_THP)?.or(named.metadata_thp),
        };
        options.agree(&reader)?;
        reader.finish()?;
        Ok(options)
    }

    /// Whether all of them do something beside each other.
    fn agree(&self, reader: &Reader<'_>) -> Result<(), Rejection> {
        let refuse =
            |name: &str, reason: &str, allowed: &str| Err(Rejection::new(reader.path(name), reason, allowed));
        if self.tcache == Some(false) && self.tcache_max.is_some() {
            return refuse("tcache_max", "does nothing without thread caches", "only with tcache: true");
        }
        if self.max_background_threads.is_some() && self.background_thread != Some(true) {
            let allowed = "only with background_thread: true";
            return refuse("max_background_threads", "does nothing without background threads", allowed);
        }
        let per_cpu = self.percpu_arena.as_deref().is_some_and(|word| word != DISABLED);
        if per_cpu && self.narenas.is_some() {
            let allowed = "only with percpu_arena: disabled";
            return refuse("narenas", "does nothing where each CPU has its arena", allowed);
        }
        if self.oversize_threshold.is_some_and(|bytes| (1..LEAST_OVERSIZE_BYTES).contains(&bytes)) {
            let reason = "is below the smallest large allocation, and would be read as 0";
            return refuse(OVERSIZE_THRESHOLD.name, reason, "0, or 16 KiB to 1 TiB");
        }
        if self.dirty_decay_ms == Some(-1) && self.muzzy_decay_ms.is_some_and(|ms| ms != 0) {
            let reason = "does nothing where pages stay dirty for ever";
            return refuse(MUZZY_DECAY_MS.name, reason, "only with a dirty_decay_ms of 0 or more");
        }
        Ok(())
    }

    /// The value of the environment variable `_RJEM_MALLOC_CONF` that sets these options.
    ///
    /// `abort_conf:true` makes a misspelt option fatal instead of silently ignored (jemalloc's
    /// TUNING.md). Plain `MALLOC_CONF` is not read by the prefixed build. `background_thread` is not
    /// among them: jemalloc's manual warns that it can deadlock at start-up, so the target switches it
    /// on as the first thing it does.
    pub fn malloc_conf(&self) -> String {
        let at_the_start = self.asked().filter(|(name, _)| *name != BACKGROUND_THREAD.name);
        let given = at_the_start.map(|(name, value)| format!(",{name}:{value}"));
        std::iter::once(format!("abort_conf:true,{PROFILING_CONF}")).chain(given).collect()
    }

    /// The options that are set, in jemalloc's notation.
    fn asked(&self) -> impl Iterator<Item = (&'static str, String)> {
        fn text(value: Option<impl ToString>) -> Option<String> {
            value.map(|value| value.to_string())
        }
        let options = [
            ("background_thread", text(self.background_thread)),
            ("dirty_decay_ms", text(self.dirty_decay_ms)),
            ("muzzy_decay_ms", text(self.muzzy_decay_ms)),
            ("max_background_threads", text(self.max_background_threads)),
            ("narenas", text(self.narenas)),
            ("percpu_arena", self.percpu_arena.clone()),
            ("tcache", text(self.tcache)),
            ("tcache_max", text(self.tcache_max)),
            ("oversize_threshold", text(self.oversize_threshold)),
            ("retain", text(self.retain)),
            ("thp", self.thp.clone()),
            ("metadata_thp", self.metadata_thp.clone()),
        ];
        options.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

fn whole(reader: &mut Reader<'_>, field: &Number) -> Result<Option<u64>, Rejection> {
    Ok(reader.optional_number(field)?.map(|number| number as u64))
}

fn signed(reader: &mut Reader<'_>, field: &Number) -> Result<Option<i64>, Rejection> {
    Ok(reader.optional_number(field)?.map(|number| number as i64))
}

/// [`DEFAULT`] is as good as none: it leaves the option to a preset.
fn word(reader: &mut Reader<'_>, choice: &Choice) -> Result<Option<String>, Rejection> {
    let word = reader.optional_word(choice)?;
    Ok(word.filter(|word| *word != DEFAULT).map(str::to_owned))
}

/// As a word, which a form gives, or as true or false.
fn switch(reader: &mut Reader<'_>, choice: &Choice) -> Result<Option<bool>, Rejection> {
    match reader.value(choice.name).and_then(Value::as_bool) {
        Some(on) => Ok(Some(on)),
        None => Ok(word(reader, choice)?.map(|word| word == ON)),
    }
}
