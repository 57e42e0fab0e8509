//! How many live changes a run takes, and how many baselines there may be.

use std::collections::BTreeSet;

use heapgym_shared::{
    adjust::Adjustment,
    protocol::{ClientMessage, RunId, ServerMessage},
};
use serde_json::json;

use crate::support::{client::TestClient, run_of, server::TestServer};

#[tokio::test]
async fn ten_thousand_live_changes_leave_few_events_and_name_the_limit() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(run_of(600_000)).await;
    client.hear_until(&run, |heard| heard.samples.len() > 10).await;
    let (mut refused, mut events) = (0, 0);
    let mut kinds = BTreeSet::new();
    // Two hands at once: the limit is the run's, not the connection's.
    let mut other = TestClient::connect(&server.address).await;
    for step in 0..100 {
        for _ in 0..50 {
            let change = if step % 2 == 0 { Adjustment::Pause } else { Adjustment::Purge };
            client.adjust(&run, change).await;
            other.adjust(&run, change).await;
        }
        // An unknown run is refused in turn: all before it was answered then.
        let nobody = RunId("nobody".to_owned());
        for hand in [&mut client, &mut other] {
            hand.send(&ClientMessage::Stop { run: nobody.clone() }).await;
            loop {
                match hand.receive().await {
                    ServerMessage::Rejected { field, .. } if field == "run" => break,
                    ServerMessage::Rejected { field, allowed, .. } => {
                        assert_eq!(field, "change");
                        kinds.insert(allowed);
                        refused += 1;
                    }
                    ServerMessage::Samples { batch, .. } => {
                        events += batch.iter().map(|sample| sample.events.len()).sum::<usize>();
                    }
                    _ => {}
                }
            }
        }
    }
    client.send(&ClientMessage::Stop { run: run.clone() }).await;
    let rest = client.hear_out(&run).await;
    let (_, report) = rest.finished.as_ref().unwrap();
    let seconds = report.as_ref().unwrap().samples / 20;
    events += rest.samples.iter().map(|sample| sample.events.len()).sum::<usize>();
    let made = 10_000 - refused;
    println!("{made} changes made, {events} events, {seconds} s");
    assert!(
        kinds.iter().any(|allowed| allowed.contains("at most 10 live changes of a run per second")),
        "{kinds:?}"
    );
    assert!(made <= 10 * (seconds as usize + 3), "{made} changes in {seconds} s");
    // Besides the changes: what the purges gave back, and the stop.
    assert!(events <= 2 * made + 10, "{events} events of {made} changes");
}

#[tokio::test]
async fn baselines_have_a_limit_that_is_named() {
    let server = TestServer::start();
    let run = server.import_long_run(1).await;
    let body = json!({"run": run}).to_string();
    let set =
        async |name: String| server.request("PUT", &format!("/api/baselines/{name}"), body.as_bytes()).await;
    for number in 0..200 {
        assert_eq!(set(format!("b{number}")).await.0, 204);
    }
    let (status, words) = set("one-more".to_owned()).await;
    assert!(status == 400 && words.contains("at most 200 baselines"), "{status} {words}");
    assert_eq!(set("b7".to_owned()).await.0, 204, "an existing name may be set again");
}
