//! Conversations between page and server, told from the page's side.

use heapgym_shared::{Outcome, adjust::Adjustment, sample::Phase};
use serde_json::json;

use super::*;
use crate::model::run::tests::{batch, spec};

fn id(text: &str) -> RunId {
    RunId(text.to_owned())
}

fn accepted(run: &str) -> ServerMessage {
    ServerMessage::Accepted { run: id(run), position: 0 }
}

fn running(run: &str, variant: &str) -> ServerMessage {
    ServerMessage::State {
        run: id(run),
        spec: spec(variant),
        state: RunState::Running { phase: Phase::Load },
        began_at_ms: Some(1_000),
    }
}

fn ended(run: &str, variant: &str) -> ServerMessage {
    ServerMessage::State {
        run: id(run),
        spec: spec(variant),
        state: RunState::Finished { outcome: Outcome::Completed },
        began_at_ms: Some(1_000),
    }
}

fn samples(run: &str, seqs: std::ops::Range<u64>) -> ServerMessage {
    ServerMessage::Samples { run: id(run), first_seq: seqs.start, batch: batch(seqs) }
}

fn finished(run: &str) -> ServerMessage {
    ServerMessage::Finished { run: id(run), outcome: Outcome::Completed, report: None, not_kept: None }
}

fn start(spec: &str) -> ClientMessage {
    ClientMessage::Start { spec: json!(spec) }
}

fn queued(run: &str, position: u32) -> ServerMessage {
    ServerMessage::State {
        run: id(run),
        spec: spec("naive"),
        state: RunState::Queued { position },
        began_at_ms: None,
    }
}

/// A dashboard that shows two runs.
fn pair() -> Dashboard {
    let mut dashboard = Dashboard::default();
    dashboard.show(vec![id("a"), id("b")]);
    dashboard.connected();
    dashboard
}

/// A dashboard that was told all of this after a start of one run.
fn told(messages: impl IntoIterator<Item = ServerMessage>) -> Dashboard {
    let mut dashboard = Dashboard::default();
    dashboard.start(json!("naive"));
    for message in messages {
        assert_eq!(dashboard.apply(message), []);
    }
    dashboard
}

#[test]
fn a_run_goes_from_its_start_to_its_end() {
    let mut dashboard = Dashboard::default();
    assert_eq!(dashboard.status(), Status::Idle);
    assert_eq!(dashboard.start(json!("naive")), [start("naive")]);
    assert_eq!(dashboard.status(), Status::Asked);
    dashboard.apply(accepted("a"));
    assert_eq!(dashboard.status(), Status::Queued { position: 0 });
    assert_eq!(dashboard.address(), Address::Run(id("a")));
    dashboard.apply(running("a", "naive"));
    dashboard.apply(samples("a", 0..5));
    assert_eq!(dashboard.status(), Status::Running { phase: Phase::Load });
    assert_eq!(dashboard.stop(), [ClientMessage::Stop { run: id("a") }]);
    assert!(dashboard.is_stopping() && !dashboard.can_stop(), "until the server answers");
    dashboard.apply(finished("a"));
    assert!(!dashboard.is_stopping());
    assert_eq!(dashboard.status(), Status::Finished);
    assert_eq!(dashboard.stop(), []);
    assert_eq!(dashboard.runs()[0].samples().len(), 5);
}

#[test]
fn a_pair_is_overlaid() {
    let mut dashboard = pair();
    for message in [running("a", "naive"), samples("a", 0..5), queued("b", 0)] {
        assert_eq!(dashboard.apply(message), []);
    }
    assert!(dashboard.has_waiting());
    dashboard.apply(finished("a"));
    assert!(dashboard.status().is_busy(), "between the two it is not over");
    for message in [running("b", "pooled"), samples("b", 0..2)] {
        assert_eq!(dashboard.apply(message), []);
    }
    let traces: Vec<_> =
        dashboard.traces().iter().map(|trace| (trace.variant, trace.samples.len())).collect();
    assert_eq!(traces, [("naive", 5), ("pooled", 2)]);
    assert_eq!(dashboard.title(), "products naive and products pooled");
}

#[test]
fn a_change_goes_to_the_run_of_a_pair_that_is_under_load() {
    let mut dashboard = pair();
    let adjust = |run: &str| vec![ClientMessage::Adjust { run: id(run), change: Adjustment::Pause }];
    assert_eq!(dashboard.adjust(Adjustment::Pause), [], "nothing goes on");
    dashboard.apply(queued("a", 0));
    assert_eq!(dashboard.adjust(Adjustment::Pause), [], "it waits");
    dashboard.apply(running("a", "naive"));
    assert_eq!(dashboard.adjust(Adjustment::Pause), adjust("a"));
    dashboard.apply(finished("a"));
    assert_eq!(dashboard.adjust(Adjustment::Pause), [], "between the two");
    dashboard.apply(running("b", "pooled"));
    assert_eq!(dashboard.adjust(Adjustment::Pause), adjust("b"));
}

#[test]
fn a_refused_change_is_told_until_the_next_one() {
    let mut dashboard = told([accepted("a"), running("a", "naive")]);
    let refusal = Rejection::new("change.rate", "is 300,000/s", "0.1/s to 200,000/s");
    dashboard.apply(refusal.clone().into());
    assert_eq!(dashboard.notice(), Some(&Notice::Refused(refusal)));
    assert_eq!(dashboard.status(), Status::Running { phase: Phase::Load });
    dashboard.adjust(Adjustment::Resume);
    assert_eq!(dashboard.notice(), None);
}

#[test]
fn a_pair_that_is_not_started_is_told_and_leaves_what_was_shown() {
    let mut dashboard = told([accepted("a"), running("a", "naive"), finished("a")]);
    dashboard.ask();
    assert_eq!(dashboard.status(), Status::Asked);
    dashboard.not_started("the queue is full".to_owned());
    assert_eq!(dashboard.status(), Status::Finished);
    assert_eq!(dashboard.notice(), Some(&Notice::NotStarted("the queue is full".to_owned())));
}

#[test]
fn a_pair_that_was_started_waits_in_sight() {
    let mut dashboard = Dashboard::default();
    dashboard.connected();
    dashboard.ask();
    let subscribe = |run| ClientMessage::Subscribe { run: id(run), after_seq: None };
    let replies = dashboard.accepted_pair([id("a"), id("b")]);
    assert_eq!(replies, Some(vec![subscribe("a"), subscribe("b")]));
    assert_eq!(dashboard.status(), Status::Queued { position: 0 });
    assert!(!dashboard.is_first_untold(), "the form stays as it is");
    assert_eq!(dashboard.show(vec![id("a"), id("b")]), [], "its address changes nothing");
}

#[test]
fn what_was_started_does_not_come_into_sight_once_the_reader_has_gone_on() {
    let mut dashboard = Dashboard::default();
    dashboard.start(json!("naive"));
    dashboard.show(vec![id("b")]);
    assert_eq!(dashboard.apply(accepted("a")), [ClientMessage::Unsubscribe { run: id("a") }]);
    assert_eq!(dashboard.address(), Address::Run(id("b")));
    dashboard.ask();
    dashboard.show(Vec::new());
    assert_eq!(dashboard.accepted_pair([id("c"), id("d")]), None);
}

#[test]
fn what_another_address_names_takes_the_place_of_what_was_shown() {
    let mut dashboard = Dashboard::default();
    assert_eq!(dashboard.show(vec![id("a")]), [], "asked for once there is a connection");
    dashboard.connected();
    dashboard.apply(running("a", "naive"));
    let subscribe = ClientMessage::Subscribe { run: id("b"), after_seq: None };
    assert_eq!(dashboard.show(vec![id("a"), id("b")]), [subscribe]);
    assert_eq!(dashboard.runs()[0].variant(), "naive", "what is here already stays");
    let unsubscribe = |run| ClientMessage::Unsubscribe { run: id(run) };
    assert_eq!(dashboard.show(Vec::new()), [unsubscribe("a"), unsubscribe("b")]);
    assert_eq!(dashboard.status(), Status::Idle);
}

#[test]
fn a_new_run_replaces_what_was_shown_once_it_is_accepted() {
    let mut dashboard = told([accepted("a"), running("a", "naive"), samples("a", 0..5)]);
    dashboard.start(json!("pooled"));
    assert_eq!(dashboard.runs()[0].id, id("a"), "a refused start leaves the old run in sight");
    assert_eq!(dashboard.apply(accepted("b")), [ClientMessage::Unsubscribe { run: id("a") }]);
    assert_eq!(dashboard.runs().len(), 1);
    assert_eq!(dashboard.apply(samples("a", 5..6)), [], "late samples of the old run go nowhere");
    assert_eq!(dashboard.runs()[0].samples(), []);
}

#[test]
fn after_a_reconnect_only_what_is_missing_is_asked_for() {
    let mut dashboard = told([accepted("a"), running("a", "naive"), samples("a", 0..5)]);
    dashboard.disconnected();
    assert_eq!(dashboard.notice(), None, "the run goes on without this page");
    let subscribe = ClientMessage::Subscribe { run: id("a"), after_seq: Some(4) };
    assert_eq!(dashboard.connected(), [subscribe]);
    dashboard.apply(finished("a"));
    assert_eq!(dashboard.connected(), [], "a finished run is here in full");
}

#[test]
fn a_start_without_an_answer_is_not_sent_again() {
    let mut dashboard = told([]);
    dashboard.disconnected();
    assert_eq!(dashboard.notice(), Some(&Notice::Unanswered));
    assert_eq!(dashboard.status(), Status::Idle);
    assert_eq!(dashboard.connected(), []);
}

#[test]
fn a_link_is_followed_from_its_first_sample() {
    let mut dashboard = Dashboard::default();
    dashboard.show(vec![id("a")]);
    assert_eq!(dashboard.status(), Status::Loading);
    let subscribe = ClientMessage::Subscribe { run: id("a"), after_seq: None };
    assert_eq!(dashboard.connected(), [subscribe]);
    let refusal = Rejection::new("run", "is not known", "the id of a run");
    dashboard.apply(ServerMessage::not_followed(id("other"), refusal.clone()));
    assert_eq!(dashboard.status(), Status::Loading, "that was another run");
    dashboard.apply(ServerMessage::not_followed(id("a"), refusal.clone()));
    assert_eq!(dashboard.notice(), Some(&Notice::Refused(refusal)));
    assert_eq!(dashboard.status(), Status::Idle);
}

#[test]
fn a_run_by_link_that_has_ended_is_loading_until_all_of_it_is_here() {
    let mut dashboard = Dashboard::default();
    dashboard.show(vec![id("a"), id("b")]);
    dashboard.apply(running("b", "pooled"));
    assert_eq!(dashboard.status(), Status::Loading, "of the first nothing is known");
    dashboard.apply(ended("a", "naive"));
    assert!(!dashboard.is_first_untold(), "the form can be filled from it");
    dashboard.apply(samples("a", 0..5));
    assert_eq!(dashboard.status(), Status::Loading);
    let missing = ClientMessage::Subscribe { run: id("a"), after_seq: Some(4) };
    assert!(dashboard.connected().contains(&missing), "its end is still to come");
    dashboard.apply(finished("a"));
    assert_eq!(dashboard.status(), Status::Running { phase: Phase::Load });
}

#[test]
fn a_run_that_ended_while_the_connection_was_broken_goes_on_until_its_samples_are_here() {
    let mut dashboard = told([accepted("a"), running("a", "naive"), samples("a", 0..5)]);
    dashboard.disconnected();
    dashboard.connected();
    dashboard.apply(ended("a", "naive"));
    assert_eq!(dashboard.status(), Status::Running { phase: Phase::Load });
    dashboard.apply(samples("a", 5..9));
    dashboard.apply(finished("a"));
    assert_eq!(dashboard.status(), Status::Finished);
}

#[test]
fn of_a_pair_by_link_either_may_be_told_first() {
    for order in [["a", "b"], ["b", "a"]] {
        let mut dashboard = Dashboard::default();
        assert!(!dashboard.is_first_untold(), "there is no first one");
        dashboard.show(vec![id("a"), id("b")]);
        for run in order {
            assert!(dashboard.is_first_untold() || run == "b");
            dashboard.apply(running(run, "naive"));
            assert_eq!(dashboard.is_first_untold(), run == "b" && order[0] == "b", "{order:?} {run}");
        }
        assert_eq!(dashboard.status(), Status::Running { phase: Phase::Load });
    }
}

#[test]
fn of_a_pair_by_link_the_one_that_goes_on_is_told_of() {
    for [first, second] in [["a", "b"], ["b", "a"]] {
        let mut dashboard = Dashboard::default();
        dashboard.show(vec![id("a"), id("b")]);
        dashboard.apply(queued(first, 0));
        dashboard.apply(queued(second, 1));
        dashboard.apply(running(first, "naive"));
        assert_eq!(dashboard.status(), Status::Running { phase: Phase::Load });
        assert_eq!((dashboard.current().unwrap().id.clone(), dashboard.has_waiting()), (id(first), true));
        let stop = |run| ClientMessage::Stop { run: id(run) };
        assert_eq!(dashboard.stop(), [stop("b"), stop("a")], "both");
        dashboard.apply(finished(first));
        assert_eq!((dashboard.status(), dashboard.has_waiting()), (Status::Queued { position: 1 }, false));
    }
}

#[test]
fn pairs_to_come_are_those_of_the_comparison_in_sight() {
    let mut dashboard = Dashboard::default();
    dashboard.show(vec![id("a"), id("b")]);
    let pairs = |waiting| Pairs { of: Address::Pair(id("a"), id("b")), done: 1, waiting };
    dashboard.count_pairs(pairs(2));
    assert_eq!(dashboard.pairs_to_come(), Some(&pairs(2)));
    dashboard.count_pairs(pairs(0));
    assert_eq!(dashboard.pairs_to_come(), None, "it is over");
    dashboard.count_pairs(pairs(2));
    dashboard.show(vec![id("a")]);
    assert_eq!(dashboard.pairs_to_come(), None, "another run is in sight");
}

#[test]
fn of_a_pair_by_link_one_may_be_gone() {
    let refusal = || Rejection::new("run", "is not known", "the id of a run");
    let gone = || ServerMessage::not_followed(id("b"), refusal());
    for order in [[gone(), running("a", "naive")], [running("a", "naive"), gone()]] {
        let mut dashboard = Dashboard::default();
        dashboard.show(vec![id("a"), id("b")]);
        dashboard.connected();
        for message in order {
            dashboard.apply(message);
        }
        assert_eq!(dashboard.address(), Address::Run(id("a")));
        assert!(dashboard.notice().is_some());
    }
}

#[test]
fn another_protocol_is_said() {
    let mut dashboard = Dashboard::default();
    dashboard.apply(ServerMessage::Hello {
        protocol: PROTOCOL + 1,
        version: "9".to_owned(),
        limits: InstanceLimits::default(),
    });
    assert_eq!(dashboard.notice(), Some(&Notice::OtherVersion));
}
