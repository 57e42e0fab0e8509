//! The soft memory limit: what a target does on its way to it, and what it tells of that.

use serde::{Deserialize, Serialize};

use crate::{
    field::{Number, Rejection},
    unit::{MIB, Unit},
};

/// Memory that the target is to stay below by itself.
pub const SOFT_MEMORY_BYTES: Number = Number {
    name: "soft_memory_bytes",
    title: "Soft memory limit",
    unit: Unit::Bytes,
    min: (32 * MIB) as f64,
    max: (64 * 1024 * MIB) as f64,
    default: None,
    whole: true,
    help: "The target stays below this by itself: at 70 % it keeps freed memory for a shorter time and empties its \
           pools, at 80 % it gives all of it back, at 90 % it answers 503, at 100 % the run ends. It admits only as many \
           requests at once as fit. Without it, there is no such limit.",
};

/// Whether a soft limit is below the hard one, as it must be to be of any use.
///
/// # Errors
/// A refusal of the field at `path`, when it is not.
pub fn check_below(path: &str, soft_bytes: u64, hard_bytes: u64) -> Result<(), Rejection> {
    if soft_bytes < hard_bytes {
        return Ok(());
    }
    let format = |bytes: u64| Unit::Bytes.format(bytes as f64);
    let reason = format!("is {}, not below the memory limit", format(soft_bytes));
    let allowed = format!(
        "{} to less than {}",
        SOFT_MEMORY_BYTES.unit.format(SOFT_MEMORY_BYTES.min),
        format(hard_bytes)
    );
    Err(Rejection::new(path, reason, allowed))
}

/// How near to its soft limit a process is, by what it does about it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SoftLimitLevel {
    /// Nothing is done.
    #[default]
    Below,
    /// Freed pages are kept for a shorter time, and pools are emptied.
    Trim,
    /// Freed pages are given back at once.
    Purge,
    /// No request is admitted.
    Shed,
    /// The limit was passed all the same: the run ends.
    Exceeded,
}

impl SoftLimitLevel {
    /// All levels, the lowest first.
    pub const ALL: [Self; 5] = [Self::Below, Self::Trim, Self::Purge, Self::Shed, Self::Exceeded];

    /// From which share of the limit on, in percent.
    pub const fn percent(self) -> u64 {
        match self {
            Self::Below => 0,
            Self::Trim => 70,
            Self::Purge => 80,
            Self::Shed => 90,
            Self::Exceeded => 100,
        }
    }
}

/// A level that was entered or left, or something that was done within one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftLimitChange {
    /// The level before.
    pub from: SoftLimitLevel,
    /// The level from then on; the same where pools were emptied again.
    pub level: SoftLimitLevel,
    /// The greater of resident memory and what the allocator holds, in bytes.
    pub usage_bytes: u64,
    /// The same right after what was done about it.
    pub usage_after_bytes: u64,
    /// Bytes of waiting buffers that were freed.
    pub freed_bytes: u64,
    /// The limit, in bytes.
    pub limit_bytes: u64,
    /// Changes before this one that found no room on their way, and are told by this number alone.
    pub untold: u64,
}

impl SoftLimitChange {
    /// What was done, in a few words.
    pub fn describe(&self) -> String {
        use SoftLimitLevel::{Below, Exceeded, Purge, Shed, Trim};
        let percent = |bytes: u64| {
            Unit::Percent.format((bytes as f64 * 100.0 / self.limit_bytes.max(1) as f64).round())
        };
        let usage = percent(self.usage_bytes);
        let rises = self.level > self.from;
        let mut words = match self.level {
            Trim if rises => format!("{usage} of the soft limit: freed pages kept for 1 s"),
            Purge if rises => format!("{usage} of the soft limit: freed pages given back"),
            Shed if rises => format!("{usage} of the soft limit: requests are shed"),
            Exceeded => format!("{usage} of the soft limit: passed"),
            level if level == self.from => format!("{usage} of the soft limit: pools emptied"),
            Below => format!("{usage} of the soft limit: decay as before"),
            Trim => format!("{usage} of the soft limit: freed pages kept for 1 s again"),
            Purge | Shed => format!("{usage} of the soft limit: requests are admitted again"),
        };
        if self.freed_bytes > 0 {
            words.push_str(&format!(
                ", {} of idle buffers freed",
                Unit::Bytes.format(self.freed_bytes as f64)
            ));
        }
        if rises && self.usage_after_bytes < self.usage_bytes {
            words.push_str(&format!(", {} left", percent(self.usage_after_bytes)));
        }
        if self.untold > 0 {
            words.push_str(&format!(" ({} changes before it were lost)", self.untold));
        }
        words
    }
}

/// What a process tells of its soft limit; all zero where it has none. Counters run since the process began.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SoftLimitReading {
    /// Requests that were answered 503 before their handler began.
    pub shed: u64,
    /// Requests that are admitted and hold memory: up to the last byte of their reply.
    pub admitted: u64,
    /// How many may be admitted at once; 0 where there is no limit, and where none may be.
    pub admission_limit: u64,
    /// The level, from 0 below all of them to 4 beyond the limit.
    pub level: u64,
    /// Times that memory was looked at.
    pub looks: u64,
    /// CPU time of looking, and of what was done about it.
    pub cpu_ns: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(from: SoftLimitLevel, level: SoftLimitLevel) -> SoftLimitChange {
        SoftLimitChange {
            from,
            level,
            usage_bytes: 83 * MIB,
            usage_after_bytes: 83 * MIB,
            freed_bytes: 0,
            limit_bytes: 100 * MIB,
            untold: 0,
        }
    }

    #[test]
    fn levels_begin_higher_and_higher() {
        assert!(SoftLimitLevel::ALL.is_sorted_by(|a, b| a < b && a.percent() < b.percent()));
    }

    #[test]
    fn changes_say_what_was_done_and_what_came_of_it() {
        use SoftLimitLevel::{Below, Purge, Shed};
        let purged =
            SoftLimitChange { usage_after_bytes: 61 * MIB, freed_bytes: MIB, ..change(Below, Purge) };
        let expect = "83 % of the soft limit: freed pages given back, 1 MiB of idle buffers freed, 61 % left";
        assert_eq!(purged.describe(), expect);
        let admits = SoftLimitChange { untold: 2, ..change(Shed, Purge) };
        let expect = "83 % of the soft limit: requests are admitted again (2 changes before it were lost)";
        assert_eq!(admits.describe(), expect);
    }

    #[test]
    fn every_change_has_words_of_its_own() {
        let mut words = std::collections::HashSet::new();
        for from in SoftLimitLevel::ALL {
            for level in SoftLimitLevel::ALL {
                words.insert(change(from, level).describe());
            }
        }
        assert_eq!(words.len(), 8, "{words:?}");
    }
}
