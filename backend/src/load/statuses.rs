//! How many replies had which status code.

/// One more than the highest code: three digits.
const CODES: usize = 1_000;

/// Replies received whole, by status code. Of fixed size, whatever a server sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statuses(Box<[u64]>);

/// Whether a reply with this status completes its request: 2xx and 3xx. Redirects are not followed.
pub(super) fn is_success(status: u16) -> bool {
    (200..400).contains(&status)
}

impl Default for Statuses {
    fn default() -> Self {
        Self(vec![0; CODES].into_boxed_slice())
    }
}

impl Statuses {
    /// Counts one reply. A code of more than three digits, which the parser does not let through, counts
    /// nothing.
    pub fn count(&mut self, code: u16) {
        if let Some(count) = self.0.get_mut(usize::from(code)) {
            *count += 1;
        }
    }

    /// Adds another thread's counts.
    pub(super) fn add(&mut self, other: &Self) {
        for (count, other) in self.0.iter_mut().zip(&other.0) {
            *count += other;
        }
    }

    /// The codes that came and their counts, in the order of the codes.
    pub fn iter(&self) -> impl Iterator<Item = (u16, u64)> {
        (0..).zip(self.0.iter().copied()).filter(|(_, count)| *count > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_threads_add_up() {
        let (mut one, mut other) = (Statuses::default(), Statuses::default());
        [200, 404, 200, 999, 1_000, u16::MAX].into_iter().for_each(|code| one.count(code));
        [200, 204].into_iter().for_each(|code| other.count(code));
        one.add(&other);
        assert_eq!(one.iter().collect::<Vec<_>>(), [(200, 3), (204, 1), (404, 1), (999, 1)]);
        assert_eq!(Statuses::default().iter().next(), None);
    }
}
