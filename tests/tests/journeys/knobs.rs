//! The allocator's knobs: set at the start, turned while a run goes on, and refused by name.

use heapgym_shared::{
    Outcome, Report, Sample,
    adjust::{Adjustment, Effect, EventKind},
};
use serde_json::Value;

use crate::support::{client::TestClient, heapgym, server::TestServer};

const SECOND: u64 = 1_000_000_000;

/// A run of `products naive`, four requests at once, with what else is set.
fn spec(allocator: Value, changes: Value) -> Value {
    serde_json::json!({
        "workload": {"kind": "products", "payload_bytes": 256 << 10}, "variant": "naive",
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 4, "duration_ms": 6_000}},
        "phases": {"baseline_ms": 500, "warmup_ms": 500, "recovery_ms": 1_500},
        "allocator": allocator,
        "changes": changes,
    })
}

/// Changes that were made, with what came of them.
fn changes(samples: &[Sample]) -> Vec<(u64, Adjustment, Effect)> {
    let events = samples.iter().flat_map(|sample| &sample.events);
    events
        .filter_map(|event| match &event.what {
            EventKind::Adjusted { change, effect } => Some((event.elapsed_ns, *change, effect.clone()?)),
            _ => None,
        })
        .collect()
}

/// Page faults per request between two instants.
fn faults_per_request(samples: &[Sample], from_ns: u64, to_ns: u64) -> f64 {
    let within = samples.iter().filter(|sample| (from_ns..to_ns).contains(&sample.elapsed_ns));
    let readings: Vec<_> = within.filter_map(|sample| sample.target).collect();
    let (first, last) = (readings.first().unwrap(), readings.last().unwrap());
    (last.minor_faults - first.minor_faults) as f64 / (last.requests_ended - first.requests_ended) as f64
}

#[tokio::test]
async fn decay_is_turned_down_and_up_again() {
    let decay = |at_ms: u64, ms: i64| serde_json::json!({"at_ms": at_ms, "change": {"kind": "set_decay", "dirty_ms": ms}});
    let purge = serde_json::json!({"at_ms": 7_600, "change": {"kind": "purge"}});
    let turned = serde_json::json!([decay(1_000, 10_000), decay(3_000, 0), decay(5_000, 10_000), purge]);
    // One size of allocations, so that the arena of large ones plays no part.
    let options = serde_json::json!({"oversize_threshold": 1_u64 << 40});
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(spec(options, turned)).await;
    let heard = client.hear_out(&run).await;

    let made = changes(&heard.samples);
    let asked: Vec<Adjustment> = made.iter().map(|(_, change, _)| *change).collect();
    let set = |ms| Adjustment::SetDecay { dirty_ms: Some(ms), muzzy_ms: None };
    assert_eq!(asked, [set(10_000), set(0), set(10_000), Adjustment::Purge]);
    let [_, (down, _, at_zero), (up, ..), (_, _, purged)] = &made[..] else { panic!("{made:?}") };
    let kept = |effect: &Effect| match effect {
        Effect::Made { before_bytes, after_bytes, .. } => (*before_bytes, *after_bytes),
        Effect::Refused { reason } => panic!("{reason}"),
    };
    let (before, after) = kept(at_zero);
    assert!(after < before, "what was kept goes at once: {at_zero:?}");
    let (before, after) = kept(purged);
    assert!(before > 1 << 20 && after < before / 4, "{purged:?}");

    let faults = |from, to| faults_per_request(&heard.samples, from, to);
    let [long, none, again] =
        [faults(SECOND, *down), faults(down + SECOND / 5, *up), faults(up + SECOND / 5, 7 * SECOND)];
    assert!(none > 3.0 * long && none > 3.0 * again, "{long} {none} {again}");
}

#[test]
fn options_in_effect_are_told() {
    let run = |flags: &[&str]| -> Report {
        let short = ["run", "--workload", "calibrate", "--concurrency", "1", "--duration", "1s"];
        let phases = ["--baseline", "0s", "--warmup", "0s", "--recovery", "0s", "--json", "-"];
        let output = heapgym().args(short).args(phases).args(flags).output().unwrap();
        serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|_| panic!("{flags:?}: {}", String::from_utf8_lossy(&output.stderr)))
    };
    // The ends of the ranges, each with the real allocator, which ends at an option that it does not take.
    for (given, told) in [
        ("dirty_decay_ms=-1", "dirty_decay_ms:-1"),
        ("muzzy_decay_ms=3600000", "muzzy_decay_ms:3600000"),
        ("narenas=1", "narenas:1"),
        ("narenas=1024", "narenas:1024"),
        ("tcache=off", "tcache:false"),
        ("tcache_max=8", "tcache_max:8"),
        ("tcache_max=32KiB", "tcache_max:32768"),
        ("oversize_threshold=0", "oversize_threshold:0"),
        ("oversize_threshold=1TiB", "oversize_threshold:1099511627776"),
        ("percpu_arena=percpu", "percpu_arena:percpu"),
        ("retain=off", "retain:false"),
        ("thp=always", "thp:always"),
        ("metadata_thp=always", "metadata_thp:always"),
        ("background_thread=true", "background_thread:true"),
        ("preset=high_throughput", "background_thread:true,max_background_threads:4,dirty_decay_ms:30000"),
        ("preset=memory_thrift", "tcache_max:4096"),
        ("metadata_thp=disabled", "metadata_thp:disabled"),
        ("preset=small_service", "tcache_max:1024"),
        ("preset=extreme_thrift", "tcache:false"),
    ] {
        let report = run(&["--allocator", given]);
        assert_eq!(report.outcome, Outcome::Completed, "{given}");
        assert!(
            report.environment.allocator_options.contains(told),
            "{given}: {}",
            report.environment.allocator_options
        );
    }
    let threads = run(&["--background-thread", "true", "--allocator", "max_background_threads=64"]);
    assert!(threads.environment.allocator_options.contains("max_background_threads:64"), "{threads:?}");
}

#[tokio::test]
async fn bad_options_are_refused_by_name_before_anything_starts() {
    let refused = [
        (serde_json::json!({"dirty_decay": 1}), "allocator.dirty_decay"),
        (serde_json::json!({"tcache_max": 1 << 30}), "allocator.tcache_max"),
        (serde_json::json!({"tcache": false, "tcache_max": 1024}), "allocator.tcache_max"),
    ];
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    for (allocator, field) in refused {
        let bad = spec(allocator.clone(), Value::Null);
        assert_eq!(client.refused(bad.clone()).await.0, field);
        let (status, body) = server.request("POST", "/api/runs", bad.to_string().as_bytes()).await;
        assert!(status == 400 && body.contains(field), "{body}");
        let flags: Vec<String> = allocator
            .as_object()
            .unwrap()
            .iter()
            .flat_map(|(name, value)| ["--allocator".to_owned(), format!("{name}={value}")])
            .collect();
        let output = heapgym().arg("run").args(flags).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains(&format!("`{field}`")), "{said}");
    }
}
