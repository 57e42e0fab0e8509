//! `slow-downstream`: a service that waits for another one, which does not always answer.

use super::Preset;

pub(super) const PRESET: Preset = Preset {
    id: "slow-downstream",
    title: "Slow downstream",
    summary: "400 orders per second, and one in ten calls to the inventory hangs: the memory limit is 256 MiB.",
    spec: r#"{
        "workload": {"kind": "orders", "order_bytes": 262144, "items": 4, "latency_ms": 20, "hang_percent": 10},
        "variant": "naive",
        "load": {"profile": {"kind": "constant_arrival_rate", "rate": 400, "duration_ms": 20000}},
        "phases": {"recovery_ms": 4000},
        "limits": {"memory_bytes": 268435456}
    }"#,
};
