//! Rates that move in straight pieces, in whole numbers: nothing adds up over a long run.

use super::{NS_PER_MS, NS_PER_S, POSITIONS};

/// Rates are whole millionths of a request per second. Over ten minutes that is exact to 0.0003 requests.
const MICRO: f64 = 1e6;

/// The highest rate that can be held: a million per second. Profiles are validated to less.
const MOST_MICRO: u64 = 1_000_000_000_000;

/// What is due is counted in units of 2^-20 / 5^15 requests, of which both a position and a millionth of a
/// request per second for one nanosecond hold a whole number.
///
/// A profile of 200 000/s for ten minutes has 4e24 of them; times its nanoseconds, as ramps need, under 2^122.
const UNITS_PER_POSITION: u64 = 30_517_578_125; // 5^15
const UNITS_PER_MICRO_NS: u64 = 32; // 2^20 * 5^15 / 10^15

/// Straight pieces, one after another.
#[derive(Debug, Clone, Default)]
pub(in crate::load) struct Ramp {
    pieces: Vec<Piece>,
    end_ns: u64,
    /// Units in all the pieces.
    total: u128,
}

/// A stretch in which the rate moves linearly.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start_ns: u64,
    /// At least 1.
    length_ns: u64,
    /// Units in the pieces before.
    before: u128,
    /// Units in this one.
    units: u128,
    /// Rate at the start, in millionths of a request per second.
    from: u64,
    /// Rate at the end.
    to: u64,
}

impl Ramp {
    /// A steady rate per second that never ends.
    pub(super) fn endless(rate: f64) -> Self {
        let mut ramp = Self::default();
        ramp.push(rate, rate, u64::MAX);
        ramp
    }

    /// Adds a steady rate.
    pub(super) fn hold(&mut self, rate: f64, duration_ms: u64) {
        self.go(rate, rate, duration_ms);
    }

    /// Adds a way from one rate to another. Without a duration it is a jump, and has no place of its own.
    pub(super) fn go(&mut self, from: f64, to: f64, duration_ms: u64) {
        self.push(from, to, duration_ms.saturating_mul(NS_PER_MS));
    }

    fn push(&mut self, from: f64, to: f64, length_ns: u64) {
        if length_ns == 0 {
            return;
        }
        let (from, to) = (micro(from), micro(to));
        let units = u128::from(UNITS_PER_MICRO_NS / 2) * u128::from(from + to) * u128::from(length_ns);
        let (start_ns, before) = (self.end_ns, self.total);
        self.pieces.push(Piece { start_ns, length_ns, before, units, from, to });
        self.end_ns = start_ns.saturating_add(length_ns);
        self.total += units;
    }

    pub(super) fn instant(&self, position: u64) -> Option<u64> {
        let units = u128::from(position) * u128::from(UNITS_PER_POSITION);
        if units >= self.total {
            return None;
        }
        // Of pieces that begin with the same count, those before the last hold nothing.
        let after = self.pieces.partition_point(|piece| piece.before <= units);
        let piece = self.pieces.get(after.checked_sub(1)?)?;
        Some(piece.start_ns + piece.time_of(units - piece.before))
    }

    pub(super) fn before(&self, elapsed_ns: u64) -> u64 {
        if elapsed_ns >= self.end_ns {
            return self.total.div_ceil(u128::from(UNITS_PER_POSITION)) as u64;
        }
        self.piece_at(elapsed_ns).map_or(0, |piece| piece.positions_by(elapsed_ns - piece.start_ns))
    }

    pub(super) fn rate_at(&self, elapsed_ns: u64) -> f64 {
        self.piece_at(elapsed_ns).map_or(0.0, |piece| {
            let part = (elapsed_ns - piece.start_ns) as f64 / piece.length_ns as f64;
            (piece.from as f64 + (piece.to as f64 - piece.from as f64) * part) / MICRO
        })
    }

    fn piece_at(&self, elapsed_ns: u64) -> Option<&Piece> {
        let after = self.pieces.partition_point(|piece| piece.start_ns <= elapsed_ns);
        self.pieces.get(after.checked_sub(1)?).filter(|_| elapsed_ns < self.end_ns)
    }
}

impl Piece {
    /// The last nanosecond by which no more than `units` of this piece were due; fewer than it has in all.
    fn time_of(&self, units: u128) -> u64 {
        if self.from == self.to {
            return (units / u128::from(UNITS_PER_MICRO_NS * self.from)) as u64;
        }
        // The quadratic is solved in floating point from the end with the lower rate, where no digits cancel,
        // and then put right by what it is in whole numbers.
        let guess = if self.from < self.to {
            time_to(units, self.from, self.slope())
        } else {
            self.length_ns as f64 - time_to(self.units - units, self.to, self.slope())
        };
        let mut time = (guess as u64).min(self.length_ns - 1);
        let goal = units as i128 * i128::from(self.length_ns);
        while time > 0 && self.due_times_length(time) > goal {
            time -= 1;
        }
        while time + 1 < self.length_ns && self.due_times_length(time + 1) <= goal {
            time += 1;
        }
        time
    }

    /// How many positions are due before `time`, counted from the start of the whole ramp.
    fn positions_by(&self, time: u64) -> u64 {
        if self.from == self.to {
            let units = self.before + u128::from(UNITS_PER_MICRO_NS * self.from) * u128::from(time);
            return units.div_ceil(u128::from(UNITS_PER_POSITION)) as u64;
        }
        let length = u128::from(self.length_ns);
        let due = self.before * length + self.due_times_length(time).unsigned_abs();
        due.div_ceil(length * u128::from(UNITS_PER_POSITION)) as u64
    }

    /// Units due by `time`, times the length, which makes it a whole number; never below 0.
    fn due_times_length(&self, time: u64) -> i128 {
        let (time, length) = (i128::from(time), i128::from(self.length_ns));
        let (from, to) = (i128::from(self.from), i128::from(self.to));
        i128::from(UNITS_PER_MICRO_NS / 2) * time * (2 * from * length + (to - from) * time)
    }

    /// By how many units per nanosecond the rate changes in a nanosecond; above 0.
    fn slope(&self) -> f64 {
        (UNITS_PER_MICRO_NS * self.from.abs_diff(self.to)) as f64 / self.length_ns as f64
    }
}

/// When a rate that rises from `low` has brought `units`, in nanoseconds.
fn time_to(units: u128, low: u64, slope: f64) -> f64 {
    let (units, low) = (units as f64, (UNITS_PER_MICRO_NS * low) as f64);
    let time = 2.0 * units / (low + (low * low + 2.0 * slope * units).sqrt());
    if time.is_finite() { time } else { 0.0 } // none due, from no rate
}

/// A rate in millionths of a request per second; what is no rate is none.
fn micro(rate: f64) -> u64 {
    ((rate * MICRO).round() as u64).min(MOST_MICRO)
}

const _: () = assert!(POSITIONS as u128 * UNITS_PER_POSITION as u128 == 1_000_000_000_000_000 * 32);
const _: () = assert!(NS_PER_S * MICRO == 1e15);
