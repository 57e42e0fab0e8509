//! Start-up options of the target's jemalloc.

use serde::{Deserialize, Serialize};

use crate::{
    field::{Number, Reader, Rejection},
    unit::Unit,
};

/// How long freed pages are kept; the name is completed by the page kind.
pub const DECAY_MS: Number = Number {
    name: "dirty_decay_ms",
    title: "Dirty decay",
    unit: Unit::Milliseconds,
    min: 0.0,
    max: 3_600_000.0,
    default: None,
    whole: true,
    help: "How long jemalloc keeps freed pages before it gives them back; its own default is 10 s.",
};

const MUZZY_DECAY_MS: Number = Number { name: "muzzy_decay_ms", title: "Muzzy decay", ..DECAY_MS };

/// Options a run sets; what is none stays at jemalloc's own default.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AllocatorOptions {
    /// How long dirty pages are kept, in milliseconds.
    pub dirty_decay_ms: Option<u64>,
    /// How long muzzy pages are kept, in milliseconds.
    pub muzzy_decay_ms: Option<u64>,
    /// Whether background threads return pages while the process is idle.
    pub background_thread: Option<bool>,
}

impl AllocatorOptions {
    pub(super) fn parse(mut reader: Reader<'_>) -> Result<Self, Rejection> {
        let path = reader.path("background_thread");
        let options = Self {
            dirty_decay_ms: reader.optional_number(&DECAY_MS)?.map(|ms| ms as u64),
            muzzy_decay_ms: reader.optional_number(&MUZZY_DECAY_MS)?.map(|ms| ms as u64),
            background_thread: match reader.value("background_thread") {
                None => None,
                Some(value) => Some(
                    value
                        .as_bool()
                        .ok_or_else(|| Rejection::new(path, "is neither true nor false", "true, false"))?,
                ),
            },
        };
        reader.finish()?;
        Ok(options)
    }

    /// The value of the environment variable `_RJEM_MALLOC_CONF` that sets these options.
    ///
    /// `abort_conf:true` makes a misspelt option fatal instead of silently ignored (jemalloc's
    /// TUNING.md). Plain `MALLOC_CONF` is not read by the prefixed build. `background_thread` is not
    /// among them: jemalloc's manual warns that it can deadlock at start-up, so the target switches it
    /// on as the first thing it does.
    pub fn malloc_conf(&self) -> String {
        let mut conf = "abort_conf:true".to_owned();
        let options = [("dirty_decay_ms", self.dirty_decay_ms), ("muzzy_decay_ms", self.muzzy_decay_ms)];
        for (name, value) in options {
            if let Some(value) = value {
                conf.push_str(&format!(",{name}:{value}"));
            }
        }
        conf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_set_is_passed_on() {
        assert_eq!(AllocatorOptions::default().malloc_conf(), "abort_conf:true");
        let options =
            AllocatorOptions { dirty_decay_ms: Some(0), background_thread: Some(true), ..Default::default() };
        assert_eq!(options.malloc_conf(), "abort_conf:true,dirty_decay_ms:0");
    }
}
