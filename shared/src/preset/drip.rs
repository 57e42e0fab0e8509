//! `drip`: a soak, in which a slow leak has time to show.

use super::Preset;

pub(super) const PRESET: Preset = Preset {
    id: "drip",
    title: "Drip",
    summary: "Five minutes at 200 requests per second, of which one in twenty leaves 4 KiB behind: a leak that takes \
              patience.",
    spec: r#"{
        "workload": {"kind": "cache", "value_bytes": 4096, "new_percent": 5},
        "variant": "unbounded",
        "load": {"profile": {"kind": "constant_arrival_rate", "rate": 200, "duration_ms": 300000}},
        "phases": {"recovery_ms": 5000},
        "sample_interval_ms": 500
    }"#,
};
