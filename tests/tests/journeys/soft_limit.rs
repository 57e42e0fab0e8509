//! A soft memory limit: the target stays below it by itself, and says what it does for that.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::Stdio,
};

use heapgym_shared::{
    Outcome, Report,
    adjust::{Adjustment, EventKind},
    outcome::GuardKind,
    protocol::{ClientMessage, ServerMessage},
    sample::TargetReading,
    soft_limit::{SoftLimitChange, SoftLimitLevel},
};
use serde_json::{Value, json};

use crate::support::{
    client::{Heard, TestClient},
    heapgym,
    server::TestServer,
};

const MIB: u64 = 1 << 20;

/// The article's run with half its payload and a shorter load: several hundred MiB.
fn article(variant: &str, soft_memory_bytes: Option<u64>) -> Value {
    json!({
        "workload": {"kind": "products", "payload_bytes": 512 << 10, "fill": "nul"},
        "variant": variant,
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 100, "duration_ms": 4_000}},
        "phases": {"baseline_ms": 300, "warmup_ms": 700, "recovery_ms": 500},
        "limits": {"soft_memory_bytes": soft_memory_bytes},
        "sample_interval_ms": 20,
    })
}

async fn run(spec: Value) -> (Heard, Report) {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(spec).await;
    let heard = client.hear_out(&run).await;
    let report = *heard.finished.clone().unwrap().1.unwrap();
    (heard, report)
}

/// What is held, by the allocator's word or the kernel's.
fn held(reading: &TargetReading) -> u64 {
    reading.allocator.map_or(0, |allocator| allocator.resident_bytes).max(reading.rss_bytes)
}

/// The most that any sample holds.
fn peak(heard: &Heard) -> u64 {
    heard.samples.iter().filter_map(|sample| sample.target.as_ref().map(held)).max().unwrap()
}

/// What the target told last.
fn last(heard: &Heard) -> Option<TargetReading> {
    heard.samples.last()?.target
}

fn changes(heard: &Heard) -> Vec<SoftLimitChange> {
    let events = heard.samples.iter().flat_map(|sample| &sample.events);
    let change = |kind: &EventKind| match kind {
        EventKind::SoftLimit { change } => Some(*change),
        _ => None,
    };
    events.filter_map(|event| change(&event.what)).collect()
}

#[tokio::test]
async fn a_service_stays_below_sixty_percent_of_what_it_would_take() {
    let (natural, report) = run(article("naive", None)).await;
    assert_eq!((report.outcome, report.soft_limit), (Outcome::Completed, None));
    let natural = peak(&natural);
    let limit = natural * 6 / 10;

    let (heard, report) = run(article("naive", Some(limit))).await;
    let (peak, soft_limit) = (peak(&heard), report.soft_limit.unwrap());
    let changes = changes(&heard);
    println!("{:.3} of {limit}: {:?} {soft_limit:?}", peak as f64 / limit as f64, report.load);
    assert_eq!(report.outcome, Outcome::Completed, "{changes:?}");
    assert!(peak < limit, "{peak} of {limit}: {changes:?}");
    assert!(report.load.completed > 0 && soft_limit.admitted_peak > 1, "{:?} {soft_limit:?}", report.load);
    // Every request that was shed is a failed one to whoever sent it, and the other way round.
    let failed = heard.samples.iter().rev().find_map(|sample| sample.load.as_ref()).unwrap().failed;
    assert!(soft_limit.last.shed > 0);
    assert_eq!((soft_limit.last.shed, report.load.failures.status), (failed, report.load.failed));
    assert!(
        changes.iter().all(|change| change.limit_bytes == limit && change.level < SoftLimitLevel::Exceeded)
    );
    assert!(soft_limit.last.looks > 50 && soft_limit.last.cpu_ns > 0, "{soft_limit:?}");
}

#[tokio::test]
async fn pools_are_emptied_and_pages_given_back() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut spec = article("pooled", None);
    spec["load"]["profile"] =
        json!({"kind": "constant_concurrency", "concurrency": 50, "duration_ms": 60_000});
    let run = client.start(spec).await;
    let under_load = |heard: &Heard| last(heard).is_some_and(|target| target.requests > 100);
    client.hear_until(&run, under_load).await;
    // Of 50 requests 49 come to their end, and what they were made with waits in the pools.
    client.adjust(&run, Adjustment::SetConcurrency { concurrency: 1 }).await;
    let waits = |heard: &Heard| last(heard).is_some_and(|target| target.pool.retained_bytes > 100 * MIB);
    let before = last(&client.hear_until(&run, waits).await).unwrap();
    let limit = held(&before) * 10 / 9;
    client.adjust(&run, Adjustment::SetSoftLimit { bytes: Some(limit) }).await;
    let heard = client.hear_until(&run, |heard| !changes(heard).is_empty()).await;
    let change = changes(&heard)[0];
    assert!(change.freed_bytes > 50 * MIB, "{change:?} {before:?}");
    assert!(change.usage_after_bytes + change.freed_bytes / 2 < change.usage_bytes, "{change:?}");
    client.send(&ClientMessage::Stop { run: run.clone() }).await;
    let (outcome, report) = client.hear_out(&run).await.finished.unwrap();
    let pool = report.unwrap().pool.unwrap().last;
    assert_eq!(outcome, Outcome::STOPPED);
    assert_eq!(pool.misses, pool.drops + pool.idle, "each that was made waits or was freed");
}

#[tokio::test]
async fn a_service_that_leaks_answers_no_more_but_lives() {
    let spec = json!({
        "workload": {"kind": "calibrate", "leak_bytes": 64 << 10, "delay_ms": 5},
        "variant": "exact",
        "load": {"profile": {"kind": "constant_concurrency", "concurrency": 1, "duration_ms": 12_000}},
        "phases": {"baseline_ms": 200, "warmup_ms": 0, "recovery_ms": 200},
        "limits": {"soft_memory_bytes": 96 * MIB},
    });
    let (heard, report) = run(spec).await;
    assert_eq!(report.outcome, Outcome::Completed);
    assert!(peak(&heard) < 96 * MIB, "{} MiB", peak(&heard) / MIB);
    // 1,536 leaks would fill it: the rest is refused, for good.
    assert!(report.load.completed > 500 && report.load.failures.status > 500, "{:?}", report.load);
    assert_eq!(report.soft_limit.unwrap().highest, SoftLimitLevel::Shed);
}

#[test]
fn a_request_that_does_not_fit_ends_the_run_with_a_verdict() {
    // Each takes more than 100 MiB by itself: nothing that could be given back would help.
    let flags = "run --soft-limit 64MiB --param payload_bytes=16MiB --concurrency 4 --duration 10s --json -";
    let output = heapgym().args(flags.split(' ')).output().unwrap();
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    let Outcome::OutOfMemory { limit_bytes, reached_bytes, guard } = report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!((limit_bytes, guard), (64 * MIB, GuardKind::SoftLimit));
    assert!(reached_bytes >= limit_bytes, "{reached_bytes}");
    assert_eq!(report.soft_limit.unwrap().highest, SoftLimitLevel::Exceeded);
    assert_eq!(output.status.code(), Some(101));
    assert!(report.outcome.sentence().contains("its own soft limit"));
}

#[tokio::test]
async fn a_limit_is_set_and_lifted_while_a_run_goes_on() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut spec = article("naive", None);
    spec["load"]["profile"]["duration_ms"] = json!(20_000);
    spec["limits"] = json!({"memory_bytes": 4096 * MIB});
    let run = client.start(spec).await;
    let limited = |heard: &Heard| last(heard).is_some_and(|target| target.soft_limit.admission_limit > 0);
    client.hear_until(&run, |heard| last(heard).is_some_and(|target| target.requests > 10)).await;
    client.adjust(&run, Adjustment::SetSoftLimit { bytes: Some(4096 * MIB) }).await;
    // Its samples go on coming before the answer.
    let refused = loop {
        if let ServerMessage::Rejected { field, .. } = client.receive().await {
            break field;
        }
    };
    assert_eq!(refused, "change.bytes");
    client.adjust(&run, Adjustment::SetSoftLimit { bytes: Some(2048 * MIB) }).await;
    client.hear_until(&run, limited).await;
    client.adjust(&run, Adjustment::SetSoftLimit { bytes: None }).await;
    client.hear_until(&run, |heard| last(heard).is_some() && !limited(heard)).await;
    client.send(&ClientMessage::Stop { run: run.clone() }).await;
    let heard = client.hear_out(&run).await;
    assert_eq!(*heard.outcome(), Outcome::STOPPED);
}

#[test]
fn who_is_refused_is_told_when_to_come_again() {
    let flags = "target --workload calibrate --variant exact --param delay_ms=2000 --listen 127.0.0.1:0 --soft-limit 256MiB";
    let mut target = heapgym().args(flags.split(' ')).stdout(Stdio::piped()).spawn().unwrap();
    let mut url = String::new();
    BufReader::new(target.stdout.take().unwrap()).read_line(&mut url).unwrap();
    let address = url.trim().strip_prefix("http://").unwrap().split('/').next().unwrap();
    // One at a time, until it is known what a request takes.
    let mut sockets = [(); 2].map(|()| TcpStream::connect(address).unwrap());
    for socket in &mut sockets {
        socket.write_all(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n").unwrap();
    }
    let mut replies = sockets.map(|mut socket| {
        let mut reply = String::new();
        socket.read_to_string(&mut reply).unwrap();
        reply.to_lowercase()
    });
    target.kill().unwrap();
    target.wait().unwrap();
    replies.sort();
    assert!(replies[0].starts_with("http/1.1 200") && replies[1].starts_with("http/1.1 503"), "{replies:?}");
    assert!(replies[1].contains("retry-after: 1\r\n"), "{replies:?}");
}
