//! A run that is changed while it goes on: through the websocket, and from the page.

use heapgym_shared::{
    adjust::{Adjustment, EventKind},
    protocol::{ClientMessage, RunId, ServerMessage},
    sample::Phase,
};
use serde_json::{Value, json};

use crate::support::{
    browser::Browser,
    client::{Heard, TestClient},
    run_of,
    server::TestServer,
};

/// When the load of [`run_of`] begins: after its baseline and its warm-up.
const LOAD_BEGINS_NS: u64 = 400_000_000;

/// 100 requests a second for this long.
fn steady(duration_ms: u64) -> Value {
    let mut spec = run_of(duration_ms);
    spec["load"]["profile"] =
        json!({"kind": "constant_arrival_rate", "rate": 100, "duration_ms": duration_ms});
    spec
}

async fn under_load(client: &mut TestClient, spec: Value) -> RunId {
    let run = client.start(spec).await;
    let is_load = |heard: &Heard| heard.samples.iter().any(|sample| sample.phase == Phase::Load);
    client.hear_until(&run, is_load).await;
    run
}

/// When each change was made, in nanoseconds since the run began.
fn changes(heard: &Heard) -> Vec<(u64, Adjustment)> {
    let events = heard.samples.iter().flat_map(|sample| &sample.events);
    let change = |kind: &EventKind| match kind {
        EventKind::Adjusted { change, .. } => Some(*change),
        _ => None,
    };
    events.filter_map(|event| Some((event.elapsed_ns, change(&event.what)?))).collect()
}

#[tokio::test]
async fn a_change_after_the_load_is_made_by_the_target_or_refused() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut spec = steady(1_000);
    spec["phases"]["recovery_ms"] = json!(60_000);
    let run = client.start(spec).await;
    let recovers = |heard: &Heard| heard.samples.iter().any(|sample| sample.phase == Phase::Recovery);
    client.hear_until(&run, recovers).await;
    for change in [Adjustment::Pause, Adjustment::Resume, Adjustment::SetRate { rate: 400.0 }] {
        client.adjust(&run, change).await;
        let (field, reason) = loop {
            match client.receive().await {
                ServerMessage::Rejected { field, reason, .. } => break (field, reason),
                ServerMessage::Samples { .. }
                | ServerMessage::State { .. }
                | ServerMessage::Viewers { .. } => {}
                other => panic!("{change:?} was not refused: {other:?}"),
            }
        };
        assert_eq!(
            (field.as_str(), reason.as_str()),
            ("change", "comes after the end of the load, which it would change")
        );
    }
    client.adjust(&run, Adjustment::Purge).await;
    let heard = client.hear_until(&run, |heard| !changes(heard).is_empty()).await;
    assert_eq!(changes(&heard)[0].1, Adjustment::Purge);
}

#[tokio::test]
async fn a_run_is_paused_resumed_and_sped_up_and_its_samples_say_when() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = under_load(&mut client, steady(6_000)).await;
    let mut asked = Vec::new();
    let mut heard: Option<Heard> = None;
    for change in [Adjustment::Pause, Adjustment::Resume, Adjustment::SetRate { rate: 400.0 }] {
        client.send(&ClientMessage::Adjust { run: run.clone(), change }).await;
        asked.push(change);
        // Its event comes, and some samples after it, before the next change is asked for.
        let more = client
            .hear_until(&run, |heard| {
                heard.caused().next().is_some_and(|(made, _)| heard.samples.len() > made + 8)
            })
            .await;
        match &mut heard {
            None => heard = Some(more),
            Some(heard) => heard.samples.extend(more.samples),
        }
    }
    let mut heard = heard.unwrap();
    let rest = client.hear_out(&run).await;
    heard.samples.extend(rest.samples);

    let made = changes(&heard);
    assert_eq!(made.iter().map(|(_, change)| *change).collect::<Vec<_>>(), asked);
    let [(paused, _), (resumed, _), (sped_up, _)] = made[..] else { panic!("{made:?}") };
    let offered = |from: u64, to: u64| {
        let within = heard.samples.iter().filter(|sample| (from..to).contains(&sample.elapsed_ns));
        let counts: Vec<u64> =
            within.filter_map(|sample| sample.load.as_ref()).map(|load| load.offered).collect();
        counts.last().unwrap() - counts.first().unwrap()
    };
    // A busy machine hears of the pause a little later.
    assert_eq!(offered(paused + 200_000_000, resumed), 0, "nothing is offered in a pause");
    let (_, report) = rest.finished.unwrap();
    let load = report.unwrap().load;
    // 100 a second but in the pause, then 400: to the instants that the events name.
    let slow_ns = (paused - LOAD_BEGINS_NS) + (sped_up - resumed);
    let quick_ns = LOAD_BEGINS_NS + 6_000_000_000 - sped_up;
    let expected = (slow_ns as f64 * 100.0 + quick_ns as f64 * 400.0) / 1e9;
    // What a busy machine offered before it heard of the pause stays offered.
    assert!((load.offered as f64 - expected).abs() <= 30.0, "{load:?}, {expected}");
}

#[tokio::test]
async fn a_change_that_cannot_be_made_is_refused_and_the_run_goes_on() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = under_load(&mut client, steady(3_000)).await;
    for (change, field) in [
        (Adjustment::SetRate { rate: 0.0 }, "change.rate"),
        (Adjustment::SetConcurrency { concurrency: 5 }, "change.kind"),
    ] {
        client.send(&ClientMessage::Adjust { run: run.clone(), change }).await;
        assert_eq!(client.rejection().await.0, field, "{change:?}");
    }
    let nobody = RunId("nobody".to_owned());
    client.send(&ClientMessage::Adjust { run: nobody, change: Adjustment::Pause }).await;
    assert_eq!(client.rejection().await.0, "run");

    let heard = client.hear_out(&run).await;
    assert_eq!(changes(&heard), []);
    let (_, report) = heard.finished.unwrap();
    assert_eq!(report.unwrap().load.offered, 300);

    client.send(&ClientMessage::Adjust { run, change: Adjustment::Pause }).await;
    assert_eq!(client.rejection().await.0, "run", "it is over");
}

mod in_browser {
    use super::*;

    #[tokio::test]
    async fn a_reader_changes_the_load_from_the_page() {
        let server = TestServer::start();
        let browser = Browser::open(&server.url("/")).await;
        browser.wait_for("#connection[data-state=open]").await;
        browser.select("#workload", "logs").await; // a slow machine answers it in time
        browser.select("#load-kind", "constant_arrival_rate").await;
        browser.fill("#duration", "20s").await;
        browser.fill("#thresholds", "failed rate < 1%").await;
        browser.wait_for_words("2,000 requests").await; // what the load will be
        browser.click("#run").await;
        browser.wait_for(".progress[data-phase=load]").await;

        browser.click("#pause").await;
        browser.wait_for("#resume").await;
        assert!(browser.text("#state").await.contains("paused"));
        browser.click("#resume").await;
        browser.wait_for("#pause").await;
        browser.fill("#set-load-value", "fast").await;
        browser.click("#set-load").await;
        browser.wait_for("#set-load-value[aria-invalid=true]").await;
        browser.fill("#set-load-value", "250").await;
        browser.click("#set-load").await;
        browser.wait_for_words("rate set to 250").await;
        browser.screenshot("8-live-control").await;

        browser.click("#stop").await;
        browser.wait_for("#outcome[data-outcome=stopped]").await;
        browser.wait_for("#outcome [data-mark=ok]").await;
        assert!(browser.text("#outcome").await.contains("failed rate < 1%"));
        browser.screenshot("8-changed").await;
        browser.close().await;
    }

    #[tokio::test]
    async fn a_reader_sets_and_lifts_the_soft_limit_from_the_page() {
        let server = TestServer::start();
        // Little memory is needed, so that the limit has nothing to do.
        let mut client = TestClient::connect(&server.address).await;
        let run = client.start(steady(20_000)).await;
        let browser = Browser::open(&server.url(&format!("/r/{run}"))).await;
        browser.wait_for(".progress[data-phase=load]").await;

        browser.click("#knobs").await;
        browser.fill("#set-soft-limit-value", "1 KiB").await;
        browser.click("#set-soft-limit").await;
        browser.wait_for("#set-soft-limit-value[aria-invalid=true]").await;
        browser.fill("#set-soft-limit-value", "1 GiB").await;
        browser.click("#set-soft-limit").await;
        browser.wait_for_words("soft limit set to 1 GiB").await;
        browser.fill("#set-soft-limit-value", " ").await; // an empty field as a keyboard leaves it
        browser.click("#set-soft-limit").await;
        browser.wait_for_words("soft limit lifted").await;

        browser.click("#stop").await;
        browser.wait_for("#outcome[data-outcome=stopped]").await;
        browser.close().await;
    }
}
