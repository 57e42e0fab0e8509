//! Resuming a run, and being too slow for one.

use heapgym_shared::{
    Outcome,
    protocol::{ClientMessage, RunState, ServerMessage},
};
use serde_json::json;

use crate::support::{client::TestClient, run_of, server::TestServer};

#[tokio::test]
async fn a_dropped_connection_resumes_without_a_missing_or_doubled_sample() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(run_of(3000)).await;
    let before = client.hear_until(&run, |heard| heard.samples.len() >= 12).await;
    drop(client);

    // Samples go on while nobody listens.
    let mut other = TestClient::connect(&server.address).await;
    other.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
    let last = before.samples.last().unwrap().seq;
    other.hear_until(&run, |heard| heard.samples.iter().any(|sample| sample.seq > last + 10)).await;

    let mut client = TestClient::connect(&server.address).await;
    client.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: Some(last) }).await;
    let after = client.hear_out(&run).await;
    let all = [before.sequence(), after.sequence()].concat();
    let (_, report) = after.finished.unwrap();
    assert_eq!(all, (0..report.unwrap().samples).collect::<Vec<u64>>());
}

#[tokio::test]
async fn who_comes_after_the_end_gets_all_of_it() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(run_of(1000)).await;
    let live = client.hear_out(&run).await;

    let mut late = TestClient::connect(&server.address).await;
    late.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
    let ServerMessage::State { spec, state, .. } = late.receive().await else { panic!("no state first") };
    assert_eq!(state, RunState::Finished { outcome: Outcome::Completed });
    assert_eq!(spec.variant, "naive");
    let heard = late.hear_out(&run).await;
    assert_eq!(heard.samples, live.samples);
}

#[tokio::test]
async fn a_sequence_number_of_the_future_is_refused() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(run_of(1000)).await;
    client.hear_out(&run).await;
    client.send(&ClientMessage::Subscribe { run, after_seq: Some(1_000_000) }).await;
    assert_eq!(client.rejection().await.0, "after_seq");
}

#[tokio::test]
async fn a_slow_viewer_is_told_what_it_missed_and_slows_nobody() {
    let server = TestServer::start();
    // Longer than the kernel's buffers last, shorter than the ten seconds after which a socket that takes
    // nothing is closed.
    let mut spec = run_of(7000);
    spec["sample_interval_ms"] = json!(20);
    let mut quick = TestClient::connect(&server.address).await;
    let run = quick.start(spec).await;

    let mut slow = TestClient::connect_narrow(&server.address).await;
    slow.send(&ClientMessage::Subscribe { run: run.clone(), after_seq: None }).await;
    let everything = quick.hear_out(&run).await; // meanwhile the slow one reads nothing
    assert!(everything.gaps.is_empty(), "{:?}", everything.gaps);
    let samples = everything.samples.len() as u64;
    let (_, report) = everything.finished.as_ref().unwrap();
    assert_eq!(samples, report.as_ref().unwrap().samples, "the quick one has them all");

    let heard = slow.hear_out(&run).await;
    assert!(!heard.gaps.is_empty(), "it read nothing for {samples} samples and missed none?");
    assert_eq!(heard.sequence(), (0..samples).collect::<Vec<u64>>(), "each number once, sent or in a gap");
    // What was merged keeps the worst latency of the samples left out.
    let gap = heard.gaps[0].clone();
    let p99 =
        |sample: &heapgym_shared::Sample| sample.load.as_ref().map_or(0, |load| load.response_time.p99_ns);
    let worst = everything.samples[*gap.start() as usize..=*gap.end() as usize + 1].iter().map(p99).max();
    let merged = heard.samples.iter().find(|sample| sample.seq == gap.end() + 1).unwrap();
    assert_eq!(Some(p99(merged)), worst);
}
