//! The thread that holds a limit, on this process's own memory.

use std::{sync::mpsc, time::Instant};

use super::*;

const MIB: u64 = 1 << 20;
/// Other tests of this process take up to 300 MiB now and then.
const LIMIT: u64 = 1024 * MIB;

struct Recorder {
    changes: mpsc::SyncSender<SoftLimitChange>,
    emptied: Arc<AtomicU64>,
}

impl Service for Recorder {
    fn empty_pools(&mut self) -> u64 {
        self.emptied.fetch_add(1, Relaxed);
        0
    }

    fn tell(&mut self, _at_ns: u64, change: &SoftLimitChange) -> Delivery {
        match self.changes.try_send(*change) {
            Ok(()) => Delivery::Delivered,
            Err(_) => Delivery::Dropped,
        }
    }
}

fn start() -> (SoftLimit, Gate, mpsc::Receiver<SoftLimitChange>, Arc<AtomicU64>) {
    let (sender, changes) = mpsc::sync_channel(16);
    let (gate, emptied) = (Gate::default(), Arc::<AtomicU64>::default());
    let recorder = Recorder { changes: sender, emptied: Arc::clone(&emptied) };
    (SoftLimit::spawn(LIMIT, Vec::new(), gate.clone(), recorder).unwrap(), gate, changes, emptied)
}

/// The first change for which this is so.
fn await_change(
    changes: &mpsc::Receiver<SoftLimitChange>,
    is_it: impl Fn(&SoftLimitChange) -> bool,
) -> SoftLimitChange {
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let change = changes.recv_timeout(deadline.saturating_duration_since(Instant::now())).unwrap();
        if is_it(&change) {
            return change;
        }
    }
}

#[test]
fn it_acts_as_memory_fills_and_lets_go_when_it_is_back() {
    let _alone = crate::alone_with_memory();
    let (limit, gate, changes, emptied) = start();
    // Not touched, so that it costs no memory; to jemalloc it is in use.
    let held = std::hint::black_box(Vec::<u8>::with_capacity(900 << 20));
    let purging = await_change(&changes, |change| change.level >= SoftLimitLevel::Purge);
    assert!(purging.level > purging.from && purging.usage_bytes >= LIMIT * 80 / 100, "{purging:?}");
    assert!(emptied.load(Relaxed) > 0 && gate.reading().level >= 2);
    drop(held);
    let back = await_change(&changes, |change| change.level == SoftLimitLevel::Below);
    assert!(back.usage_bytes <= LIMIT * 63 / 100, "{back:?}");
    assert!(gate.reading().admission_limit > 0 && gate.reading().looks > 0);
    drop(limit);
    assert!(matches!(gate.enter(), Admission::Open), "nobody holds a limit any more");
}

#[test]
fn a_limit_can_be_lifted_and_set_again() {
    let _alone = crate::alone_with_memory();
    let (limit, gate, changes, _) = start();
    assert!(matches!(gate.enter(), Admission::Admitted(_)));
    limit.set(None);
    while !matches!(gate.enter(), Admission::Open) {
        thread::yield_now();
    }
    // So small that it is passed at once.
    limit.set(Some(MIB));
    await_change(&changes, |change| change.level == SoftLimitLevel::Exceeded);
    assert!(matches!(gate.enter(), Admission::Refused));
}

#[test]
fn what_finds_no_room_for_long_is_told_by_its_number() {
    let change = SoftLimitChange {
        from: SoftLimitLevel::Below,
        level: SoftLimitLevel::Trim,
        usage_bytes: 1,
        usage_after_bytes: 1,
        freed_bytes: 0,
        limit_bytes: 1,
        untold: 0,
    };
    let mut untold = Untold::default();
    for at_ns in 0..MOST_UNTOLD as u64 + 3 {
        untold.push(at_ns, change);
    }
    let (at_ns, oldest) = untold.waiting[0];
    assert_eq!((at_ns, oldest.untold, untold.waiting.len()), (3, 3, MOST_UNTOLD));
}
