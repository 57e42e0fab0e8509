//! Random gaps by seed: the same on every platform, and however many threads share them.

use rand_xoshiro::{
    Xoshiro256PlusPlus,
    rand_core::{Rng, SeedableRng},
};

use crate::load::rate::POSITIONS;

/// The requests of a Poisson process of rate 1, one after another.
///
/// Numbers come from xoshiro256++ seeded through SplitMix64. Their upper 53 bits make `u` in [0, 1), and
/// `-ln(1 - u)`, rounded to a position, is a gap. Both are fixed to the last bit, so a seed means the same arrivals
/// on every platform and in every version.
#[derive(Debug, Clone)]
pub(super) struct Draws {
    numbers: Xoshiro256PlusPlus,
    index: u64,
    position: u64,
    previous: Option<u64>,
}

impl Draws {
    /// At request 0.
    pub(super) fn new(seed: u64) -> Self {
        Self::from(Xoshiro256PlusPlus::seed_from_u64(seed))
    }

    /// At request 0 of another sequence of the same seed, 2^128 numbers further on.
    pub(super) fn apart(seed: u64) -> Self {
        let mut numbers = Xoshiro256PlusPlus::seed_from_u64(seed);
        numbers.jump();
        Self::from(numbers)
    }

    fn from(mut numbers: Xoshiro256PlusPlus) -> Self {
        let position = gap(&mut numbers);
        Self { numbers, index: 0, position, previous: None }
    }

    /// The request it is at.
    pub(super) fn index(&self) -> u64 {
        self.index
    }

    /// That request's position.
    pub(super) fn position(&self) -> u64 {
        self.position
    }

    /// The position of the request before; `None` for request 0.
    pub(super) fn previous(&self) -> Option<u64> {
        self.previous
    }

    /// Goes to the next request.
    pub(super) fn advance(&mut self) {
        self.previous = Some(self.position);
        self.index += 1;
        self.position = self.position.saturating_add(gap(&mut self.numbers));
    }
}

/// A gap of mean 1 request, at most 37, in positions.
fn gap(numbers: &mut Xoshiro256PlusPlus) -> u64 {
    let part = (numbers.next_u64() >> 11) as f64 / (1u64 << 53) as f64;
    (-libm::log(1.0 - part) * POSITIONS as f64 + 0.5) as u64
}
