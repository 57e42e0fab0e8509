//! A thread's count of allocations and of their bytes in one word, so that to count is one addition.

use super::Counts;

/// Bits of the bytes: a word overflows them when its allocations ask for 128 GiB each, which no machine gives.
const BYTES_BITS: u32 = 50;
/// What an allocation adds beside its bytes.
const ONE: u64 = 1 << BYTES_BITS;
/// The highest bit: the word is full, or was never to be used.
const FULL: u64 = 1 << 63;

/// Some thousands of allocations. The one that makes it full shows in the sign, which the addition tells anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Packed(pub(super) u64);

impl Packed {
    /// Nothing counted.
    pub(super) const EMPTY: Self = Self(0);
    /// Nothing counted, and full at the next allocation.
    pub(super) const CLOSED: Self = Self(FULL);

    /// With an allocation of so many bytes.
    #[inline]
    pub(super) fn with(self, bytes: usize) -> Self {
        Self(self.0.wrapping_add(ONE.wrapping_add(bytes as u64)))
    }

    /// Whether it has to be emptied before the next allocation.
    #[inline]
    pub(super) fn is_full(self) -> bool {
        self.0 >= FULL
    }

    /// What was counted, in a word that began empty.
    pub(super) fn counts(self) -> Counts {
        Counts { allocations: self.0 >> BYTES_BITS, bytes: self.0 & (ONE - 1) }
    }

    /// What was counted, in a word that began closed.
    pub(super) fn counts_since_closed(self) -> Counts {
        Self(self.0.wrapping_sub(FULL)).counts()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_figures_come_back() {
        let sizes = [1, 0, 4096, 1 << 40, 77];
        let word = sizes.into_iter().fold(Packed::EMPTY, Packed::with);
        assert_eq!(word.counts(), Counts { allocations: 5, bytes: 1 + 4096 + (1 << 40) + 77 });
        let closed = sizes.into_iter().fold(Packed::CLOSED, Packed::with);
        assert_eq!(closed.counts_since_closed(), word.counts());
        assert_eq!(Packed::CLOSED.counts_since_closed(), Counts::default());
    }

    /// The allocations that make an empty word full.
    const MOST: u64 = FULL / ONE;

    #[test]
    fn it_is_full_at_its_most_and_loses_nothing() {
        let almost = (1..MOST).fold(Packed::EMPTY, |word, _| word.with(100));
        assert!(!almost.is_full());
        let full = almost.with(100);
        assert!(full.is_full());
        assert_eq!(full.counts(), Counts { allocations: MOST, bytes: 100 * MOST });
        assert!(Packed::CLOSED.is_full() && Packed::CLOSED.with(5).is_full());
    }
}
