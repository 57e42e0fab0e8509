//! When the requests of an open profile are due: a pure function of profile, index and seed, never of timers.

use super::{
    Arrivals, Load,
    rate::{Curve, POSITIONS},
};

mod poisson;

use poisson::Draws;

/// When the requests of an open profile are due, from the start of a stretch of time.
///
/// Uniform: request `i` is due when the integral of the rate reaches `i`. Poisson: when it reaches the sum of
/// `i + 1` gaps drawn from an exponential distribution of mean 1.
#[derive(Debug, Clone)]
pub struct Schedule {
    curve: Curve,
    spacing: Spacing,
}

/// How far apart requests are on the axis of expected requests.
#[derive(Debug, Clone)]
enum Spacing {
    /// One whole request.
    Uniform,
    /// A random part of one, or several.
    Poisson(Draws),
}

impl Schedule {
    /// The schedule of a load; `None` for closed profiles.
    pub fn of(load: &Load, seed: u64) -> Option<Self> {
        let spacing = Spacing::new(load.arrivals, || Draws::new(seed));
        Some(Self { curve: Curve::of(&load.profile)?, spacing })
    }

    /// What runs before the load: what the profile begins with, without an end; `None` for closed profiles.
    ///
    /// It draws other numbers than the load of the same seed.
    pub fn warmup_of(load: &Load, seed: u64) -> Option<Self> {
        let spacing = Spacing::new(load.arrivals, || Draws::apart(seed));
        Some(Self { curve: Curve::beginning_of(&load.profile)?, spacing })
    }

    /// A steady rate without an end, in requests per second: 0 to a million, exact to a millionth of one.
    pub fn constant(rate_per_s: f64, arrivals: Arrivals, seed: u64) -> Self {
        let spacing = Spacing::new(arrivals, || Draws::new(seed));
        Self { curve: Curve::constant(rate_per_s), spacing }
    }

    /// The requests `first`, `first + step`, ... of the schedule, for one of `step` load threads.
    pub fn stripe(&self, first: u64, step: u64) -> Stripe {
        let source = match &self.spacing {
            Spacing::Uniform => Source::Uniform,
            Spacing::Poisson(start) => Source::Poisson(Box::new(Cursors {
                start: start.clone(),
                due: start.clone(),
                counted: start.clone(),
            })),
        };
        Stripe { curve: self.curve.clone(), source, first, step: step.max(1), last: None }
    }

    /// The rate at an instant, in requests per second; of bursts their mean rate. 0 after the end.
    pub fn rate_at(&self, elapsed_ns: u64) -> f64 {
        self.curve.rate_at(elapsed_ns)
    }

    /// How many requests are expected before an instant: the integral of the rate.
    pub fn expected(&self, elapsed_ns: u64) -> f64 {
        self.curve.expected(elapsed_ns)
    }
}

impl Spacing {
    fn new(arrivals: Arrivals, draws: impl FnOnce() -> Draws) -> Self {
        match arrivals {
            Arrivals::Uniform => Self::Uniform,
            Arrivals::Poisson => Self::Poisson(draws()),
        }
    }
}

/// The part of a schedule that one of several load threads serves.
///
/// What it answers depends on the question alone. It remembers where it was, so that the next answer is near:
/// going back over random arrivals draws them anew.
#[derive(Debug, Clone)]
pub struct Stripe {
    curve: Curve,
    source: Source,
    first: u64,
    step: u64,
    /// The last question of [`Stripe::instant`] and its answer: a load thread asks several times.
    last: Option<(u64, Option<u64>)>,
}

#[derive(Debug, Clone)]
enum Source {
    Uniform,
    Poisson(Box<Cursors>),
}

/// Where a stripe stands in the sequence that all stripes draw.
#[derive(Debug, Clone)]
struct Cursors {
    start: Draws,
    /// At the request whose instant was asked for last.
    due: Draws,
    /// At the first request that was not offered yet.
    counted: Draws,
}

impl Stripe {
    /// When the stripe's own request `index` is due, in nanoseconds since the start; `None` when the profile ends
    /// before it. Never decreases with the index.
    pub fn instant(&mut self, index: u64) -> Option<u64> {
        if let Some((last, instant)) = self.last
            && last == index
        {
            return instant;
        }
        let request = index.saturating_mul(self.step).saturating_add(self.first);
        let instant = match &mut self.source {
            Source::Uniform => {
                request.checked_mul(POSITIONS).and_then(|position| self.curve.instant(position))
            }
            Source::Poisson(cursors) => self.curve.instant(cursors.position_of(request)),
        };
        self.last = Some((index, instant));
        instant
    }

    /// How many of the stripe's requests are due before `elapsed_ns`: those with an instant below it.
    pub fn offered_by(&mut self, elapsed_ns: u64) -> u64 {
        let before = self.curve.before(elapsed_ns);
        let requests = match &mut self.source {
            Source::Uniform => before.div_ceil(POSITIONS),
            Source::Poisson(cursors) => cursors.count_before(before),
        };
        requests.saturating_sub(self.first).div_ceil(self.step)
    }
}

impl Cursors {
    /// The position of a request.
    fn position_of(&mut self, request: u64) -> u64 {
        if self.due.index() > request {
            self.due = self.start.clone();
        }
        while self.due.index() < request {
            self.due.advance();
        }
        self.due.position()
    }

    /// How many requests stand before a position.
    fn count_before(&mut self, position: u64) -> u64 {
        if self.counted.previous() >= Some(position) {
            self.counted = self.start.clone();
        }
        while self.counted.position() < position {
            self.counted.advance();
        }
        self.counted.index()
    }
}

#[cfg(test)]
mod tests;
