//! How many requests may be admitted at once, so that they fit when all of them have grown. Pure: readings in, a
//! limit out.
//!
//! It works in rounds: a round is over when as many requests have left as may be in at once, so that each of those
//! that were in when it began has shown all that it takes. It begins with one, doubles from round to round while the
//! peak of a round is low, then creeps, and stops where memory is to stop.
//!
//! What a request takes is the most that was seen, not what it takes on average: requests that are spread over their
//! lives today may all be at their largest at once tomorrow. A round of one shows it best.

/// Below this share of the limit, in percent, the admission limit doubles with each round that used it up.
const DOUBLES_BELOW_PERCENT: u64 = 45;
/// Below this one it grows by an eighth; from there on it stays.
const GROWS_BELOW_PERCENT: u64 = 70;
/// What all that are admitted are to take at most, by what they took until now.
const FITS_PERCENT: u64 = 85;
/// Most requests at once, whatever they take.
const MOST: u64 = 1 << 20;
/// From one cut to the next: requests that are in go on growing, and only those that leave make room.
const CUT_EVERY_NS: u64 = 100_000_000;
/// What a request takes is remembered as the most it took; half of what it took more than now is forgotten in this
/// time.
const HALF_LIFE_S: f64 = 60.0;

/// What is seen of a process at one instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) now_ns: u64,
    /// What is held against the limit, in bytes.
    pub(super) usage_bytes: u64,
    /// What of it is in use: not kept for later by the allocator.
    pub(super) in_use_bytes: u64,
    pub(super) limit_bytes: u64,
    /// Requests that are in.
    pub(super) admitted: u64,
    /// Most requests that were in since the last look.
    pub(super) admitted_peak: u64,
    /// Requests that have left, since the process began.
    pub(super) left: u64,
}

/// How many requests may be in at once.
#[derive(Debug, Clone, Copy)]
pub(super) struct Forecast {
    limit: u64,
    /// What is in use without any request; `None` before the first look.
    idle_bytes: Option<u64>,
    /// Bytes that a request takes.
    cost: f64,
    seen_ns: u64,
    cut_ns: u64,
    round: Round,
}

#[derive(Debug, Clone, Copy, Default)]
struct Round {
    left_at_begin: u64,
    /// Looks that found requests in.
    looks: u64,
    admitted_peak: u64,
    usage_peak_bytes: u64,
    in_use_peak_bytes: u64,
}

impl Default for Forecast {
    fn default() -> Self {
        // Nothing is known of a request: it may take all there is.
        Self { limit: 1, idle_bytes: None, cost: 0.0, seen_ns: 0, cut_ns: 0, round: Round::default() }
    }
}

impl Forecast {
    /// Takes in a look at the process, and gives how many requests may be in at once.
    pub(super) fn observe(&mut self, seen: &Seen) -> u64 {
        let idle = self.idle_bytes.get_or_insert(seen.in_use_bytes);
        *idle = if seen.admitted_peak == 0 { seen.in_use_bytes } else { seen.in_use_bytes.min(*idle) };
        self.round.see(seen);
        self.weigh(seen);
        let is_over = seen.left - self.round.left_at_begin >= self.limit;
        if is_over {
            self.cost = self.cost.max(self.taken() * self.round.unseen());
        }
        let percent = |percent: u64| (u128::from(seen.limit_bytes) * u128::from(percent) / 100) as u64;
        let fit =
            |taken: u64| (percent(FITS_PERCENT).saturating_sub(taken) as f64 / self.cost.max(1.0)) as u64;
        self.limit = self.limit.min(fit(self.idle_bytes.unwrap_or(0)).max(1));
        if seen.usage_bytes > percent(FITS_PERCENT) {
            if seen.now_ns.saturating_sub(self.cut_ns) >= CUT_EVERY_NS {
                self.cut_ns = seen.now_ns;
                self.limit = (self.limit * 3 / 4).max(1);
                self.round = Round::begin(seen);
            }
        } else if is_over {
            let peak = self.round.usage_peak_bytes;
            // Where fewer were in than may be, more of them would change nothing.
            if self.round.admitted_peak >= self.limit && peak < percent(GROWS_BELOW_PERCENT) {
                let step =
                    if peak < percent(DOUBLES_BELOW_PERCENT) { self.limit } else { (self.limit / 8).max(1) };
                let room = fit(peak).min(fit(self.idle_bytes.unwrap_or(0)).saturating_sub(self.limit));
                self.limit = (self.limit + step.min(room)).min(MOST);
            }
            self.round = Round::begin(seen);
        }
        self.limit
    }

    /// What a request takes: the most of this round, or of earlier ones as far as they are remembered.
    fn weigh(&mut self, seen: &Seen) {
        let seconds = seen.now_ns.saturating_sub(self.seen_ns) as f64 / 1e9;
        self.seen_ns = seen.now_ns;
        let now = self.taken();
        self.cost = now + (self.cost - now).max(0.0) * 0.5f64.powf(seconds / HALF_LIFE_S);
    }

    /// What a request of this round took, as far as it was seen; nothing while none was in.
    fn taken(&self) -> f64 {
        let taken = self.round.in_use_peak_bytes.saturating_sub(self.idle_bytes.unwrap_or(0));
        match self.round.admitted_peak {
            0 => 0.0,
            admitted => taken as f64 / admitted as f64,
        }
    }
}

impl Round {
    fn begin(seen: &Seen) -> Self {
        Self { left_at_begin: seen.left, admitted_peak: seen.admitted, ..Self::default() }
    }

    /// How much larger a request may have been than any look showed: one that was seen by two looks lived for less than
    /// three intervals, and grew in the last of them too.
    fn unseen(&self) -> f64 {
        1.0 + 1.0 / self.looks.max(1) as f64
    }

    fn see(&mut self, seen: &Seen) {
        self.looks += u64::from(seen.admitted > 0);
        self.admitted_peak = self.admitted_peak.max(seen.admitted_peak);
        self.usage_peak_bytes = self.usage_peak_bytes.max(seen.usage_bytes);
        self.in_use_peak_bytes = self.in_use_peak_bytes.max(seen.in_use_bytes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const LOOK_NS: u64 = 5_000_000;
    const LIMIT: u64 = 100_000_000;

    /// A service whose clients ask again at once, on one CPU: each request grows to `cost` within `looks`
    /// looks if it has the CPU alone.
    struct Service {
        forecast: Forecast,
        cost: u64,
        looks: u64,
        idle: u64,
        /// How far each request is, in parts of a look's work.
        ages: Vec<f64>,
        left: u64,
        now_ns: u64,
    }

    impl Service {
        fn new(cost: u64, looks: u64, idle: u64) -> Self {
            Self { forecast: Forecast::default(), cost, looks, idle, ages: Vec::new(), left: 0, now_ns: 0 }
        }

        fn usage(&self) -> u64 {
            let grown = |age: &f64| (self.cost as f64 * age / self.looks as f64) as u64;
            self.idle + self.ages.iter().map(grown).sum::<u64>()
        }

        /// One look, and what happens until the next; gives usage and how many may be in.
        fn step(&mut self, clients: u64) -> (u64, u64) {
            self.now_ns += LOOK_NS;
            let usage = self.usage();
            let admitted = self.ages.len() as u64;
            let limit = self.forecast.observe(&Seen {
                now_ns: self.now_ns,
                usage_bytes: usage,
                in_use_bytes: usage,
                limit_bytes: LIMIT,
                admitted,
                admitted_peak: admitted,
                left: self.left,
            });
            // As the levels have it: nobody is let in from 90 % on.
            let open = if usage * 10 >= LIMIT * 9 { 0 } else { limit.min(clients) };
            self.ages.resize(self.ages.len().max(open as usize), 0.0);
            let share = 4.0 / self.ages.len().max(4) as f64;
            self.ages.iter_mut().for_each(|age| *age += share);
            let before = self.ages.len();
            self.ages.retain(|age| *age < self.looks as f64);
            self.left += (before - self.ages.len()) as u64;
            (usage, limit)
        }
    }

    #[test]
    fn it_begins_with_one_and_grows_while_there_is_room() {
        let mut service = Service::new(LIMIT / 50, 4, LIMIT / 20);
        assert_eq!(service.step(100).1, 1);
        let mut limits: Vec<u64> = (0..4_000).map(|_| service.step(100).1).collect();
        limits.dedup();
        assert_eq!(limits[..4], [1, 2, 4, 8]);
        // 80 % of the limit is 40 such requests.
        assert!((25..=45).contains(limits.last().unwrap()), "{limits:?}");
    }

    #[test]
    fn what_nobody_asks_for_does_not_grow() {
        let mut service = Service::new(LIMIT / 1_000, 4, 0);
        let limits: Vec<u64> = (0..1_000).map(|_| service.step(3).1).collect();
        assert_eq!(limits.last(), Some(&4), "three at a time never used up four");
    }

    #[test]
    fn memory_that_belongs_to_no_request_makes_it_fall() {
        let mut service = Service::new(LIMIT / 100, 4, 0);
        for _ in 0..4_000 {
            service.step(100);
        }
        let before = service.step(100).1;
        service.idle = LIMIT / 2;
        let after = (0..2_000).map(|_| service.step(100).1).last().unwrap();
        assert!(after < before && after >= 10, "{before} {after}");
    }

    proptest! {
        #[test]
        fn what_is_admitted_fits(
            cost in LIMIT / 2_000..LIMIT / 8, looks in 1u64..40, idle in 0..LIMIT / 3, clients in 1u64..1_000,
        ) {
            let mut service = Service::new(cost, looks, idle);
            let mut peak = 0;
            for _ in 0..3_000 {
                let (usage, limit) = service.step(clients);
                prop_assert!(usage < LIMIT, "{usage} with {limit}");
                peak = peak.max(usage);
            }
            prop_assert!(service.left > 0);
        }

        #[test]
        fn the_limit_is_never_nothing(looks in prop::collection::vec((0..LIMIT * 2, 0..LIMIT, 0u64..50, 0u64..50), 1..200)) {
            let (mut forecast, mut left) = (Forecast::default(), 0);
            for (index, (usage_bytes, in_use_bytes, admitted, leaves)) in looks.into_iter().enumerate() {
                left += leaves;
                let now_ns = index as u64 * LOOK_NS;
                let seen = Seen {
                    now_ns, usage_bytes, in_use_bytes, limit_bytes: LIMIT, admitted, admitted_peak: admitted + 1, left,
                };
                prop_assert!((1..=MOST).contains(&forecast.observe(&seen)));
            }
        }
    }
}
