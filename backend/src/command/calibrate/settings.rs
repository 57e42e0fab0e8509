//! The settings whose answers are known: five, over several orders of magnitude, and the one with nothing.

use heapgym_shared::unit::Unit;

/// What each request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Setting {
    /// Bytes it allocates and frees.
    pub(super) bytes: u64,
    /// In how many allocations.
    pub(super) allocations: u64,
    /// Bytes it keeps for ever, in one allocation more. A size class of jemalloc's, so that what lives is what was asked
    /// for: it rounds others up.
    pub(super) leak_bytes: u64,
    /// How long it waits.
    pub(super) delay_ms: u64,
}

const fn setting(bytes: u64, allocations: u64, leak_bytes: u64, delay_ms: u64) -> Setting {
    Setting { bytes, allocations, leak_bytes, delay_ms }
}

/// What is measured.
pub(super) const SETTINGS: [Setting; 5] = [
    setting(1_000, 1, 8_192, 1),
    setting(64_000, 10, 16_384, 2),
    setting(100_000, 1_000, 32_768, 5),
    setting(1_000_000, 100, 65_536, 10),
    setting(4_000_000, 4, 131_072, 20),
];

impl Setting {
    /// What the others are compared with: what the framework needs by itself.
    pub(super) const ZERO: Self = setting(0, 0, 0, 0);

    /// Itself, in a line.
    pub(super) fn describe(&self) -> String {
        let bytes = |value: u64| Unit::Bytes.format(value as f64);
        format!(
            "{} in {} allocations, leaks {}, waits {} ms",
            bytes(self.bytes),
            self.allocations,
            bytes(self.leak_bytes),
            self.delay_ms
        )
    }
}
