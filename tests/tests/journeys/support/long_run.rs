//! The file of a run of any length, made without running it.

use heapgym::export::Document;
use heapgym_shared::{
    Outcome, RunSpec, Sample,
    buckets::Buckets,
    sample::{AllocatorReading, LatencyWindow, LoadReading, Phase, TargetReading},
};
use serde_json::{Value, json};

use super::server::TestServer;

/// From one sample to the next, in nanoseconds: the shortest interval.
const INTERVAL_NS: u64 = 20_000_000;

/// The run that has this many samples.
pub fn document(samples: u64) -> Document {
    let spec = json!({
        "workload": {"kind": "products"}, "variant": "naive",
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 50, "duration_ms": 600_000}},
        "sample_interval_ms": 20,
    });
    Document {
        spec: RunSpec::parse(&spec, &Default::default()).unwrap(),
        outcome: Some(Outcome::Completed),
        report: None,
        samples: (0..samples).map(sample).collect(),
    }
}

/// A sample with all its figures: as large as those of a busy run.
pub fn sample(seq: u64) -> Sample {
    let elapsed_ns = seq * INTERVAL_NS;
    // Memory rises and falls, so that a chart has something to draw everywhere.
    let wave = 80_000_000 + seq * 7_919 % 40_000_000;
    let allocator = AllocatorReading {
        allocated_bytes: wave,
        active_bytes: wave + 9_123_456,
        resident_bytes: wave + 23_456_789,
        mapped_bytes: wave + 34_567_890,
        retained_bytes: 123_456_789,
        dirty_bytes: 8_765_432 + seq % 1_000,
        tcache_bytes: 1_234_567,
        purged_bytes: seq * 12_345,
        ..AllocatorReading::default()
    };
    let target = TargetReading {
        elapsed_ns: elapsed_ns + 12_345,
        allocator: Some(allocator),
        rss_bytes: wave + 45_678_901,
        rss_peak_bytes: 187_654_321,
        minor_faults: seq * 321,
        cpu_ns: seq * 19_876_543,
        allocations: seq * 98_765,
        allocation_bytes: seq * 123_456_789,
        requests: seq * 210,
        requests_ended: seq * 210,
        live_tasks: 50 + seq % 7,
        ..TargetReading::default()
    };
    let window = LatencyWindow {
        count: 210,
        p50_ns: 1_234_567,
        p90_ns: 4_567_890 + seq % 1_000_000,
        p99_ns: 23_456_789 + seq % 10_000_000,
        ..LatencyWindow::default()
    };
    let load = LoadReading {
        elapsed_ns: elapsed_ns + 23_456,
        offered: seq * 210,
        started: seq * 210,
        completed: seq * 209,
        failed: seq,
        in_flight: 50,
        body_bytes: seq * 219_430_912,
        response_time: window,
        service_time: window,
        response_times: Buckets::of_ascending((0..40).map(|step| (100_000 << (step / 4), 3 + seq % 5))),
        cpu_ns: seq * 3_456_789,
        rss_bytes: 12_345_678,
        ..LoadReading::default()
    };
    let (target, load) = (Some(target), Some(load));
    Sample { seq, elapsed_ns, phase: Phase::Load, target, load, events: Vec::new() }
}

impl TestServer {
    /// Imports a run with this many samples; returns its name.
    pub async fn import_long_run(&self, samples: u64) -> String {
        let file = serde_json::to_vec(&document(samples)).unwrap();
        let (status, body) = self.request("POST", "/api/runs/import", &file).await;
        assert_eq!(status, 201, "{body}");
        let imported: Value = serde_json::from_str(&body).unwrap();
        imported["id"].as_str().unwrap().to_owned()
    }
}
