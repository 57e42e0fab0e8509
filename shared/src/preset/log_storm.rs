//! `log-storm`: a hundred thousand log lines per second.

use super::Preset;

pub(super) const PRESET: Preset = Preset {
    id: "log-storm",
    title: "Log storm",
    summary: "100,000 log lines per second, in 1,000 batches of 100: small allocations, and many of them.",
    spec: r#"{
        "workload": {"kind": "logs", "lines": 100},
        "variant": "naive",
        "load": {"profile": {"kind": "constant_arrival_rate", "rate": 1000, "duration_ms": 20000}}
    }"#,
};
