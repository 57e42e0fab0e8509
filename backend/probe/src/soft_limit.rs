//! A soft memory limit: a thread that looks at this process's memory, gives memory back as it nears the limit, and
//! says how many requests may be let in. jemalloc has none; Go's is `GOMEMLIMIT`.
//!
//! A limit on requests has to foresee: a hundred requests that are let in at once take little at first, and a
//! gigabyte half a second later. When usage tells of it, all of them are in.

use std::{
    collections::VecDeque,
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use heapgym_shared::soft_limit::{SoftLimitChange, SoftLimitLevel};

use crate::{Delivery, Error, clock, jemalloc, process};

mod decay;
mod forecast;
mod gate;
mod levels;
mod usage;

use decay::Decay;
use forecast::{Forecast, Seen};
pub use gate::{Admission, Gate, Permit};
use levels::Levels;
use usage::{Reader, Usage};

/// From one look to the next while nothing goes on.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// The same while requests are in, or usage is above [`NEAR_PERCENT`].
const LOOK_OFTEN: Duration = Duration::from_millis(10);
const NEAR_PERCENT: u64 = 60;
/// From one time that pools are emptied to the next, while a level lasts: requests that end fill them again.
const EMPTY_EVERY_NS: u64 = 1_000_000_000;
/// Changes that may wait to be told.
const MOST_UNTOLD: usize = 64;

/// What the service does for its limit, and what it is told.
pub trait Service: Send + 'static {
    /// Frees the buffers that wait in pools, and gives their bytes.
    fn empty_pools(&mut self) -> u64;
    /// Takes a change at an instant of `CLOCK_MONOTONIC`. What it has no room for is offered again.
    fn tell(&mut self, at_ns: u64, change: &SoftLimitChange) -> Delivery;
}

/// A soft memory limit that is held. Dropping it lifts it.
#[derive(Debug)]
pub struct SoftLimit {
    wanted: Arc<Wanted>,
    thread: Option<JoinHandle<()>>,
}

/// What the thread is to do: a limit in bytes, [`LIFTED`] for none, or [`ENDED`] for none for good.
type Wanted = AtomicU64;

const LIFTED: u64 = u64::MAX;
const ENDED: u64 = 0;

impl SoftLimit {
    /// Starts a thread that holds this process to `limit_bytes` and lets requests pass `gate` accordingly. It
    /// allocates nothing but where it changes a level.
    ///
    /// The thread runs on the CPUs `cpus`, or where the caller does when that is empty: among a hundred busy
    /// threads it would look too late.
    ///
    /// # Errors
    /// When jemalloc does not answer or no thread can be started.
    pub fn spawn(
        limit_bytes: u64,
        cpus: Vec<usize>,
        gate: Gate,
        service: impl Service,
    ) -> Result<Self, Error> {
        let wanted = Arc::new(Wanted::new(limit_bytes.max(1)));
        let keeper = Keeper {
            reader: Reader::new()?,
            usage: Usage::default(),
            service,
            levels: Levels::default(),
            forecast: Forecast::default(),
            decay: None,
            emptied_ns: 0,
            untold: Untold::default(),
            gate,
        };
        // Before its thread has looked for the first time, one request may be in.
        keeper.gate.set(Some(1));
        let asked = Arc::clone(&wanted);
        let thread = thread::Builder::new().name("soft-limit".to_owned()).spawn(move || {
            // A thread on a busy CPU looks late: better than none.
            let _ = process::run_on(&cpus);
            keeper.run(&asked);
        })?;
        Ok(Self { wanted, thread: Some(thread) })
    }

    /// Another limit from now on; `None` lifts it.
    pub fn set(&self, limit_bytes: Option<u64>) {
        self.want(limit_bytes.map_or(LIFTED, |bytes| bytes.clamp(1, LIFTED - 1)));
    }

    fn want(&self, limit: u64) {
        self.wanted.store(limit, Relaxed);
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

impl Drop for SoftLimit {
    fn drop(&mut self) {
        self.want(ENDED);
        if let Some(thread) = self.thread.take() {
            // A keeper that panicked has nothing more to say.
            let _ = thread.join();
        }
    }
}

/// What the thread does.
struct Keeper<S> {
    reader: Reader,
    usage: Usage,
    service: S,
    gate: Gate,
    levels: Levels,
    forecast: Forecast,
    /// What was set before the first level was entered; `None` below all levels.
    decay: Option<Decay>,
    emptied_ns: u64,
    untold: Untold,
}

impl<S: Service> Keeper<S> {
    fn run(mut self, wanted: &Wanted) {
        let cpu_at_start = clock::thread_cpu_ns();
        loop {
            match wanted.load(Relaxed) {
                ENDED => return self.lift(),
                LIFTED => {
                    self.lift();
                    // Woken up when there is a limit again.
                    thread::park();
                }
                limit_bytes => {
                    let near = self.look(limit_bytes);
                    self.tell();
                    self.gate.looked(clock::thread_cpu_ns() - cpu_at_start);
                    thread::park_timeout(if near { LOOK_OFTEN } else { LOOK_EVERY });
                }
            }
        }
    }

    /// Looks once and does what is to be done; gives whether to look again soon.
    fn look(&mut self, limit_bytes: u64) -> bool {
        let now_ns = clock::monotonic_ns();
        let usage = self.usage(now_ns);
        let (admitted, admitted_peak, left) = self.gate.count();
        let limit = self.forecast.observe(&Seen {
            now_ns,
            usage_bytes: usage.held_bytes,
            in_use_bytes: usage.in_use_bytes,
            limit_bytes,
            admitted,
            admitted_peak,
            left,
        });
        let before = self.levels.observe(now_ns, usage.held_bytes, limit_bytes);
        let level = self.levels.level();
        // The gate first: what is done about memory takes time.
        self.gate.set(Some(if level >= SoftLimitLevel::Shed { 0 } else { limit }));
        if let Some(from) = before {
            self.gate.set_level(level as u64);
            self.change(now_ns, from, level, usage, limit_bytes);
        } else if level > SoftLimitLevel::Below && now_ns.saturating_sub(self.emptied_ns) >= EMPTY_EVERY_NS {
            self.emptied_ns = now_ns;
            let freed_bytes = self.service.empty_pools();
            if freed_bytes > 0 {
                self.note(now_ns, level, level, usage, freed_bytes, limit_bytes);
            }
        }
        admitted_peak > 0
            || u128::from(usage.held_bytes) * 100 >= u128::from(limit_bytes) * u128::from(NEAR_PERCENT)
    }

    fn change(
        &mut self,
        now_ns: u64,
        from: SoftLimitLevel,
        level: SoftLimitLevel,
        usage: Usage,
        limit_bytes: u64,
    ) {
        let mut freed_bytes = 0;
        if level > from {
            self.emptied_ns = now_ns;
            freed_bytes = self.service.empty_pools();
        }
        if from == SoftLimitLevel::Below {
            self.decay = Decay::now().ok();
        }
        // What jemalloc refuses, the next reading shows.
        let _ = self.decay.map(|decay| decay.apply(level));
        if level > from && level >= SoftLimitLevel::Purge {
            let _ = jemalloc::purge();
        }
        if level == SoftLimitLevel::Below {
            self.decay = None;
        }
        self.note(now_ns, from, level, usage, freed_bytes, limit_bytes);
    }

    fn note(
        &mut self,
        at_ns: u64,
        from: SoftLimitLevel,
        level: SoftLimitLevel,
        usage: Usage,
        freed_bytes: u64,
        limit_bytes: u64,
    ) {
        // What was done shows in a whole reading only.
        let _ = self.reader.refresh(at_ns);
        let change = SoftLimitChange {
            from,
            level,
            usage_bytes: usage.held_bytes,
            usage_after_bytes: self.usage(at_ns).held_bytes,
            freed_bytes,
            limit_bytes,
            untold: 0,
        };
        self.untold.push(at_ns, change);
    }

    /// Everything is as if there had been no limit.
    fn lift(&mut self) {
        self.gate.set(None);
        self.gate.set_level(0);
        if let Some(decay) = self.decay.take() {
            let _ = decay.apply(SoftLimitLevel::Below);
        }
        self.levels = Levels::default();
        self.forecast = Forecast::default();
        self.tell();
    }

    fn tell(&mut self) {
        while let Some((at_ns, change)) = self.untold.waiting.front()
            && self.service.tell(*at_ns, change) == Delivery::Delivered
        {
            self.untold.waiting.pop_front();
        }
    }

    /// Memory now. A reading that fails is as good as the one before: jemalloc answered when this began.
    fn usage(&mut self, now_ns: u64) -> Usage {
        self.usage = self.reader.read(now_ns).unwrap_or(self.usage);
        self.usage
    }
}

/// Changes that wait to be told, the oldest first. Where there are too many, the oldest become a number.
#[derive(Debug)]
struct Untold {
    waiting: VecDeque<(u64, SoftLimitChange)>,
}

impl Default for Untold {
    fn default() -> Self {
        Self { waiting: VecDeque::with_capacity(MOST_UNTOLD) }
    }
}

impl Untold {
    fn push(&mut self, at_ns: u64, change: SoftLimitChange) {
        if self.waiting.len() == MOST_UNTOLD
            && let Some((_, lost)) = self.waiting.pop_front()
            && let Some((_, next)) = self.waiting.front_mut()
        {
            next.untold += lost.untold + 1;
        }
        self.waiting.push_back((at_ns, change));
    }
}

impl<S> fmt::Debug for Keeper<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper").field("levels", &self.levels).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
