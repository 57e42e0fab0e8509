//! Which connection is next: to run into its timeout, or to be tried again after a failure.

use std::collections::VecDeque;

/// Connections with a request on its way, the oldest request first.
///
/// All requests have the same timeout, so this is also the order of their deadlines. A list through
/// one array: flat memory, no matter how many requests go by.
#[derive(Debug, Default)]
pub(super) struct InFlight {
    links: Vec<Link>,
    oldest: Option<u32>,
    newest: Option<u32>,
    length: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Link {
    older: Option<u32>,
    newer: Option<u32>,
}

impl InFlight {
    /// Adds a connection whose request starts now. It must not be in the list.
    pub(super) fn push(&mut self, slot: u32) {
        if self.links.len() <= slot as usize {
            self.links.resize_with(slot as usize + 1, Link::default);
        }
        self.links[slot as usize] = Link { older: self.newest, newer: None };
        match self.newest {
            Some(newest) => self.links[newest as usize].newer = Some(slot),
            None => self.oldest = Some(slot),
        }
        self.newest = Some(slot);
        self.length += 1;
    }

    /// Removes a connection whose request has ended. It must be in the list.
    pub(super) fn remove(&mut self, slot: u32) {
        let Link { older, newer } = self.links[slot as usize];
        match older {
            Some(older) => self.links[older as usize].newer = newer,
            None => self.oldest = newer,
        }
        match newer {
            Some(newer) => self.links[newer as usize].older = older,
            None => self.newest = older,
        }
        self.length -= 1;
    }

    /// The connection whose request started first.
    pub(super) fn oldest(&self) -> Option<u32> {
        self.oldest
    }

    /// Requests on their way.
    pub(super) fn len(&self) -> usize {
        self.length
    }
}

/// Connections to leave alone for a while, so that a dead target is not hammered.
#[derive(Debug, Default)]
pub(super) struct Retries {
    queue: VecDeque<(u64, u32)>,
    last_ns: u64,
}

impl Retries {
    /// How long a connection waits at least.
    const AFTER_NS: u64 = 10_000_000;
    /// From one connection to the next: at most 10 000 attempts a second, however many there are.
    const SPACING_NS: u64 = 100_000;

    /// Adds a connection that failed now.
    pub(super) fn push(&mut self, slot: u32, now_ns: u64) {
        self.last_ns = (now_ns + Self::AFTER_NS).max(self.last_ns + Self::SPACING_NS);
        self.queue.push_back((self.last_ns, slot));
    }

    /// Takes a connection that has waited long enough.
    pub(super) fn pop_due(&mut self, now_ns: u64) -> Option<u32> {
        self.queue.pop_front_if(|(due, _)| *due <= now_ns).map(|(_, slot)| slot)
    }

    /// When the next connection has waited long enough.
    pub(super) fn next_ns(&self) -> Option<u64> {
        self.queue.front().map(|(due, _)| *due)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_list_behaves_like_a_queue_with_removal(slots in proptest::collection::vec(0u32..20, 0..200)) {
            let mut list = InFlight::default();
            let mut model = VecDeque::new();
            for slot in slots {
                match model.iter().position(|member| *member == slot) {
                    Some(position) => {
                        model.remove(position);
                        list.remove(slot);
                    }
                    None => {
                        model.push_back(slot);
                        list.push(slot);
                    }
                }
                prop_assert_eq!(list.oldest(), model.front().copied());
                prop_assert_eq!(list.len(), model.len());
            }
            while let Some(slot) = model.pop_front() {
                prop_assert_eq!(list.oldest(), Some(slot));
                list.remove(slot);
            }
            prop_assert_eq!((list.oldest(), list.newest, list.len()), (None, None, 0));
        }
    }

    #[test]
    fn retries_wait_and_are_spaced() {
        let mut retries = Retries::default();
        (0..3).for_each(|slot| retries.push(slot, 1_000));
        let first = 1_000 + Retries::AFTER_NS;
        assert_eq!(retries.next_ns(), Some(first));
        assert_eq!(retries.pop_due(first - 1), None);
        assert_eq!(retries.pop_due(first), Some(0));
        assert_eq!(retries.pop_due(first), None);
        assert_eq!(retries.pop_due(first + 2 * Retries::SPACING_NS), Some(1));
        assert_eq!(retries.pop_due(first + 2 * Retries::SPACING_NS), Some(2));
        assert_eq!(retries.next_ns(), None);
    }
}
