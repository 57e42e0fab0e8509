//! The gate that requests pass: so many at once and no more. Nobody waits at it; who finds no room is refused.

use std::sync::{
    Arc,
    atomic::{
        AtomicU64,
        Ordering::{AcqRel, Relaxed},
    },
};

use heapgym_shared::soft_limit::SoftLimitReading;

/// The gate. Clones are the same gate. Without a limit it lets everybody through and counts nobody.
#[derive(Debug, Clone, Default)]
pub struct Gate(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    /// How many may be in at once.
    limit: AtomicU64,
    admitted: AtomicU64,
    /// Most that were in since the last look.
    peak: AtomicU64,
    left: AtomicU64,
    shed: AtomicU64,
    level: AtomicU64,
    looks: AtomicU64,
    cpu_ns: AtomicU64,
}

/// [`Counts::limit`] of a gate that stands open.
const OPEN: u64 = u64::MAX;

impl Default for Counts {
    fn default() -> Self {
        let zero = AtomicU64::default;
        Self {
            limit: OPEN.into(),
            admitted: zero(),
            peak: zero(),
            left: zero(),
            shed: zero(),
            level: zero(),
            looks: zero(),
            cpu_ns: zero(),
        }
    }
}

/// Whether somebody may pass.
#[derive(Debug)]
pub enum Admission {
    /// Yes: there is no limit.
    Open,
    /// Yes, and counts as in until this is dropped.
    Admitted(Permit),
    /// No.
    Refused,
}

/// Somebody who is in; leaves when it is dropped.
#[derive(Debug)]
pub struct Permit(Arc<Counts>);

impl Gate {
    /// Asks to pass.
    pub fn enter(&self) -> Admission {
        let counts = &*self.0;
        if counts.limit.load(Relaxed) == OPEN {
            return Admission::Open;
        }
        let more = |admitted: u64| (admitted < counts.limit.load(Relaxed)).then_some(admitted + 1);
        match counts.admitted.fetch_update(AcqRel, Relaxed, more) {
            Ok(before) => {
                counts.peak.fetch_max(before + 1, Relaxed);
                Admission::Admitted(Permit(Arc::clone(&self.0)))
            }
            Err(_) => {
                counts.shed.fetch_add(1, Relaxed);
                Admission::Refused
            }
        }
    }

    /// What it tells. Allocates nothing.
    pub fn reading(&self) -> SoftLimitReading {
        let counts = &*self.0;
        let limit = counts.limit.load(Relaxed);
        SoftLimitReading {
            shed: counts.shed.load(Relaxed),
            admitted: counts.admitted.load(Relaxed),
            admission_limit: if limit == OPEN { 0 } else { limit },
            level: counts.level.load(Relaxed),
            looks: counts.looks.load(Relaxed),
            cpu_ns: counts.cpu_ns.load(Relaxed),
        }
    }

    /// Lets so many in at once; `None` opens it.
    pub(super) fn set(&self, limit: Option<u64>) {
        self.0.limit.store(limit.unwrap_or(OPEN), Relaxed);
    }

    pub(super) fn set_level(&self, level: u64) {
        self.0.level.store(level, Relaxed);
    }

    /// Counts a look at memory, and what all of them have cost.
    pub(super) fn looked(&self, cpu_ns: u64) {
        self.0.looks.fetch_add(1, Relaxed);
        self.0.cpu_ns.store(cpu_ns, Relaxed);
    }

    /// Who is in, the most that were since this was asked last, and how many have left.
    pub(super) fn count(&self) -> (u64, u64, u64) {
        let admitted = self.0.admitted.load(Relaxed);
        (admitted, self.0.peak.swap(admitted, Relaxed).max(admitted), self.0.left.load(Relaxed))
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.admitted.fetch_sub(1, AcqRel);
        self.0.left.fetch_add(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn permit(gate: &Gate) -> Option<Permit> {
        match gate.enter() {
            Admission::Admitted(permit) => Some(permit),
            Admission::Open | Admission::Refused => None,
        }
    }

    #[test]
    fn without_a_limit_nobody_is_counted() {
        let gate = Gate::default();
        assert!(matches!(gate.enter(), Admission::Open));
        assert_eq!((gate.reading(), gate.count()), (SoftLimitReading::default(), (0, 0, 0)));
    }

    #[test]
    fn so_many_at_once_and_no_more() {
        let gate = Gate::default();
        gate.set(Some(2));
        let (first, second) = (permit(&gate), permit(&gate));
        assert!(first.is_some() && second.is_some() && permit(&gate).is_none());
        drop(first);
        assert_eq!(gate.count(), (1, 2, 1));
        assert_eq!(gate.count(), (1, 1, 1), "the peak begins anew");
        assert!(permit(&gate).is_some());
        gate.set(Some(0));
        assert!(permit(&gate).is_none());
        assert_eq!(gate.reading().shed, 2);
        gate.set(None);
        drop(second);
        assert_eq!(gate.reading().admitted, 0, "who was in leaves, whatever the limit is now");
    }

    #[test]
    fn threads_never_get_past_it() {
        let gate = Gate::default();
        gate.set(Some(3));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..10_000).for_each(|_| drop(permit(&gate))));
            }
        });
        let (admitted, peak, left) = gate.count();
        assert!(admitted == 0 && peak <= 3, "{admitted} {peak}");
        assert_eq!(left + gate.reading().shed, 40_000);
    }
}
