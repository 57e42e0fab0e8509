//! What is asked of the workload `calibrate`, and under which load it is read back.

use heapgym_shared::{Rejection, RunSpec, spec::InstanceLimits, unit::Unit};
use serde::Serialize;
use serde_json::{Value, json};

/// What each request of a run does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Setting {
    /// Bytes allocated and freed.
    pub(super) bytes: u64,
    /// In how many allocations.
    pub(super) allocations: u64,
    /// Bytes kept for ever, in one allocation more.
    ///
    /// Live memory grows by jemalloc's size class for them. All settings ask for exactly one of its classes, so that
    /// what is asked for is what must be read.
    pub(super) leak_bytes: u64,
    /// Time waited.
    pub(super) delay_ms: u64,
}

/// From one order of magnitude to the next, and nothing kept and nothing waited first.
pub(super) const SETTINGS: [Setting; 5] = [
    Setting { bytes: 1 << 10, allocations: 1, leak_bytes: 0, delay_ms: 0 },
    Setting { bytes: 16 << 10, allocations: 10, leak_bytes: 256, delay_ms: 1 },
    Setting { bytes: 100 << 10, allocations: 10_000, leak_bytes: 1 << 10, delay_ms: 5 },
    Setting { bytes: 1 << 20, allocations: 3, leak_bytes: 16 << 10, delay_ms: 20 },
    Setting { bytes: 4 << 20, allocations: 1_000, leak_bytes: 64 << 10, delay_ms: 50 },
];

/// Requests per second of each run: those of the load phase are enough for a thousandth to be more than one of them,
/// and few enough for any machine.
const RATE: f64 = 500.0;
/// From one sample to the next.
const INTERVAL_MS: u64 = 50;
/// What comes before the load: no multiple of the interval, so that the first sample of the load is well inside it.
const WARMUP_MS: u64 = 505;

impl Setting {
    /// The smallest request there is.
    pub(super) const ZERO: Self = Self { bytes: 0, allocations: 0, leak_bytes: 0, delay_ms: 0 };

    /// Bytes that a request asks for, those that it keeps included.
    pub(super) fn all_bytes(&self) -> u64 {
        self.bytes + self.leak_bytes
    }

    /// Allocations that a request makes, that of what it keeps included.
    pub(super) fn all_allocations(&self) -> u64 {
        self.allocations + u64::from(self.leak_bytes > 0)
    }

    /// What it asks for, in a line.
    pub(super) fn words(&self) -> String {
        let bytes = |bytes: u64| Unit::Bytes.format(bytes as f64);
        format!(
            "{} in {}, {} leaked, {} waited",
            bytes(self.bytes),
            Unit::Count.format(self.allocations as f64),
            bytes(self.leak_bytes),
            Unit::Milliseconds.format(self.delay_ms as f64)
        )
    }

    /// The run that counts what it allocates and keeps. Nobody waits in it.
    ///
    /// One connection, with the next request when the last one is answered: those that a stalled machine would open
    /// cost the server allocations of their own. Nothing is sent around the first and the last sample of the load,
    /// since a request in flight there is counted as half done, however much of it is.
    ///
    /// # Errors
    /// Never, with the settings above.
    pub(super) fn counting_spec(&self) -> Result<RunSpec, Rejection> {
        let stages = [(RATE, 1), (0.0, 0), (0.0, 59), (RATE, 0), (RATE, 3_000), (0.0, 0), (0.0, 250)];
        let stages =
            stages.map(|(target, duration_ms)| json!({"target": target, "duration_ms": duration_ms}));
        let profile = json!({"kind": "ramping_arrival_rate", "start_rate": RATE, "stages": stages});
        Self { delay_ms: 0, ..*self }.spec(&json!({"profile": profile, "max_in_flight": 1}))
    }

    /// The run that times how long it waits. Nothing is allocated in it, since that takes time too.
    ///
    /// # Errors
    /// Never, with the settings above.
    pub(super) fn timing_spec(&self) -> Result<RunSpec, Rejection> {
        let profile = json!({"kind": "constant_arrival_rate", "rate": RATE, "duration_ms": 1_000});
        Self { delay_ms: self.delay_ms, ..Self::ZERO }.spec(&json!({"profile": profile}))
    }

    /// Nothing is judged by what comes before or after the load.
    fn spec(&self, load: &Value) -> Result<RunSpec, Rejection> {
        let spec = json!({
            "workload": {
                "kind": "calibrate",
                "bytes": self.bytes,
                "allocations": self.allocations,
                "leak_bytes": self.leak_bytes,
                "delay_ms": self.delay_ms,
            },
            "variant": "exact",
            "load": load,
            "phases": {
                "baseline_ms": 0,
                "warmup_ms": WARMUP_MS,
                "graceful_stop_ms": 2_000,
                "recovery_ms": 0,
            },
            "sample_interval_ms": INTERVAL_MS,
        });
        RunSpec::parse(&spec, &InstanceLimits::default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_setting_can_be_run_and_spans_orders_of_magnitude() {
        for setting in SETTINGS.iter().chain([&Setting::ZERO]) {
            setting.counting_spec().unwrap();
            setting.timing_spec().unwrap();
        }
        let [first, .., last] = SETTINGS;
        assert!(last.bytes >= 1_000 * first.bytes && last.leak_bytes >= 256 * SETTINGS[1].leak_bytes);
        assert_eq!((first.leak_bytes, first.delay_ms, last.delay_ms), (0, 0, 50));
    }

    #[test]
    fn what_is_kept_is_an_allocation_too() {
        assert_eq!((SETTINGS[1].all_bytes(), SETTINGS[1].all_allocations()), ((16 << 10) + 256, 11));
        assert_eq!((Setting::ZERO.all_bytes(), Setting::ZERO.all_allocations()), (0, 0));
    }
}
