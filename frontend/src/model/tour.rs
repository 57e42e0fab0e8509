//! The first visit: two short runs, one after the other, that show within seconds what reusing buffers does.

use serde_json::{Value, json};

/// The variants, the one to be improved on first.
const VARIANTS: [&str; 2] = ["naive", "pooled"];

/// The runs, both of `logs`, whose variants differ most in what they take of allocator and CPU: with the start of
/// their processes about four seconds each.
pub fn specs() -> Vec<Value> {
    VARIANTS.map(spec).into()
}

fn spec(variant: &str) -> Value {
    json!({
        "workload": {"kind": "logs", "lines": 1_000},
        "variant": variant,
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 16, "duration_ms": 2_500}},
        "phases": {"baseline_ms": 300, "warmup_ms": 0, "graceful_stop_ms": 2_000, "recovery_ms": 500},
        "sample_interval_ms": 50,
    })
}

#[cfg(test)]
mod tests {
    use heapgym_shared::{RunSpec, spec::InstanceLimits};

    use super::*;

    #[test]
    fn both_runs_take_less_than_ten_seconds() {
        let planned = specs().into_iter().map(|spec| {
            let spec = RunSpec::parse(&spec, &InstanceLimits::default()).unwrap();
            spec.planned_ms() - spec.phases.graceful_stop_ms
        });
        assert!(planned.sum::<u64>() <= 7_000);
    }
}
