//! `flash-sale`: a quiet service, and then everybody at once.

use super::Preset;

pub(super) const PRESET: Preset = Preset {
    id: "flash-sale",
    title: "Flash sale",
    summary: "50 requests per second become 800 for five seconds: more than the handler can answer, so they pile up.",
    spec: r#"{
        "workload": {"kind": "products", "payload_bytes": 262144, "fill": "nul"},
        "variant": "naive",
        "load": {"profile": {"kind": "spike", "base_rate": 50, "peak_rate": 800, "at_ms": 5000, "hold_ms": 5000,
                             "duration_ms": 20000}},
        "phases": {"graceful_stop_ms": 10000, "recovery_ms": 5000}
    }"#,
};
