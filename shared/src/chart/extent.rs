//! What is kept of consecutive values: where the first, the least, the greatest and the last of them are.

/// First, least, greatest and last of consecutive values, as indices, and whether a gap stands at either end.
///
/// A gap between two of the values is not kept: it is narrower than what they stand for together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Extent {
    pub(super) first: u32,
    pub(super) least: u32,
    pub(super) greatest: u32,
    pub(super) last: u32,
    /// Whether there is a gap before the first value; of an extent without values, whether there is a gap at all.
    pub(super) gap_before: bool,
    /// Whether there is a gap after the last value; of an extent without values, whether there is a gap at all.
    pub(super) gap_after: bool,
}

/// The index of a value that is not there.
const NONE: u32 = u32::MAX;

impl Extent {
    /// Neither values nor gaps.
    pub(super) const EMPTY: Self =
        Self { first: NONE, least: NONE, greatest: NONE, last: NONE, gap_before: false, gap_after: false };

    /// That of one value; one that is not a number is a gap.
    pub(super) fn of(values: &[f64], index: usize) -> Self {
        let gap = values[index].is_nan();
        let index = if gap { NONE } else { u32::try_from(index).unwrap_or(NONE) };
        Self { first: index, least: index, greatest: index, last: index, gap_before: gap, gap_after: gap }
    }

    /// Whether it has no values.
    pub(super) fn is_empty(&self) -> bool {
        self.first == NONE
    }

    /// That of these values and those that follow them.
    pub(super) fn then(self, next: Self, values: &[f64]) -> Self {
        if self.is_empty() {
            let gap_before = self.gap_before || next.gap_before;
            // Without any values both ends tell of the same gap.
            let gap_after = next.gap_after || (next.is_empty() && gap_before);
            return Self { gap_before, gap_after, ..next };
        }
        if next.is_empty() {
            return Self { gap_after: self.gap_after || next.gap_after, ..self };
        }
        let value = |index: u32| values[index as usize];
        let least = if value(next.least) < value(self.least) { next.least } else { self.least };
        let greatest =
            if value(next.greatest) > value(self.greatest) { next.greatest } else { self.greatest };
        Self { least, greatest, last: next.last, gap_after: next.gap_after, ..self }
    }

    /// The indices in their order, each once.
    pub(super) fn indices(&self) -> impl Iterator<Item = usize> {
        let (early, late) = (self.least.min(self.greatest), self.least.max(self.greatest));
        let kept = [self.first, early, late, self.last];
        let is_new = move |at: usize| kept[at] != NONE && (at == 0 || kept[at - 1] != kept[at]);
        (0..kept.len()).filter(move |at| is_new(*at)).map(move |at| kept[at] as usize)
    }
}
