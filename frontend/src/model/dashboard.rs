//! The page's state: server messages and the reader's wishes go in, client messages come out.

use std::mem;

use heapgym_shared::{
    Rejection, Sample,
    adjust::Adjustment,
    chart::{Chart, Trace},
    protocol::{ClientMessage, PROTOCOL, RunId, RunState, ServerMessage},
    spec::InstanceLimits,
};
use serde_json::Value;

use super::{
    address::Address,
    brief::{Brief, Status},
    control::{Control, control},
    run::Run,
};

/// Something the reader should know that no run says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The server refused a message.
    Refused(Rejection),
    /// A link carries no specification that can be used.
    Link(Rejection),
    /// The server did not start runs, for this reason.
    NotStarted(String),
    /// A file, by its name, holds no run.
    File(String, Rejection),
    /// A file, by its name, was not kept by the server.
    NotImported(String, String),
    /// The server failed, in its own words.
    Failed(String),
    /// The connection broke before a start was answered, so nobody knows whether the run exists.
    Unanswered,
    /// Page and server do not speak the same protocol.
    OtherVersion,
}

/// The page's state.
#[derive(Debug, Default)]
pub struct Dashboard {
    runs: Vec<Run>,
    /// Whether a start was sent and not answered yet.
    asked: bool,
    /// Whether the server was asked to stop what goes on.
    stopping: bool,
    /// Whether a connection is open.
    connected: bool,
    notice: Option<Notice>,
    limits: InstanceLimits,
    /// The pairs of the comparison that was in sight last.
    pairs: Option<Pairs>,
}

/// How far a comparison is that has more pairs than the one in sight.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pairs {
    /// The address of the comparison.
    pub of: Address,
    /// Pairs that have run.
    pub done: u32,
    /// Pairs that have not.
    pub waiting: u32,
}

/// What a change of the state asks to be sent.
pub type Replies = Vec<ClientMessage>;

impl Dashboard {
    /// The runs in sight, the one begun first first; at most two.
    pub fn runs(&self) -> &[Run] {
        &self.runs
    }

    /// Their samples, as the lines of a chart.
    pub fn traces(&self) -> Vec<Trace<'_>> {
        self.runs.iter().map(Run::trace).collect()
    }

    /// The longest span of them, in nanoseconds; `None` before the first sample of the first run.
    pub fn span_ns(&self) -> Option<u64> {
        self.runs.iter().map(Run::span_ns).max().filter(|span| *span > 0)
    }

    /// When the run in sight began, in milliseconds since 1970; `None` before, and where runs lie over each other.
    pub fn began_at_ms(&self) -> Option<u64> {
        match &self.runs[..] {
            [run] => run.began_at_ms,
            _ => None,
        }
    }

    /// How old the newest sample is that any of them has, in nanoseconds since its run began; 0 before the first.
    pub fn elapsed_ns(&self) -> u64 {
        self.runs.iter().map(Run::elapsed_ns).max().unwrap_or(0)
    }

    /// What the server allows.
    pub fn limits(&self) -> &InstanceLimits {
        &self.limits
    }

    /// What the reader should know.
    pub fn notice(&self) -> Option<&Notice> {
        self.notice.as_ref()
    }

    /// Whether another run in sight waits behind the one that goes on.
    pub fn has_waiting(&self) -> bool {
        self.runs.iter().filter(|run| run.outcome().is_none()).count() > 1
    }

    /// The address that shows the same runs; the start for runs from files, which no address shows.
    pub fn address(&self) -> Address {
        if !self.runs.iter().all(Run::is_on_server) {
            return Address::Start;
        }
        Address::of(&self.runs.iter().map(|run| &run.id).collect::<Vec<_>>())
    }

    /// What the page of the runs in sight is called.
    pub fn title(&self) -> String {
        match &self.runs[..] {
            [] => "No run".to_owned(),
            [run] => run.title(),
            [a, b, ..] => format!("{} and {}", a.title(), b.title()),
        }
    }

    /// The comparison in sight, as long as pairs of it are to come.
    pub fn pairs_to_come(&self) -> Option<&Pairs> {
        self.pairs.as_ref().filter(|pairs| pairs.waiting > 0 && pairs.of == self.address())
    }

    /// Takes in how far a comparison is.
    pub fn count_pairs(&mut self, pairs: Pairs) {
        self.pairs = Some(pairs);
    }

    /// The run that is told of: the one that goes on, else the one that comes next, else the newest.
    pub fn current(&self) -> Option<&Run> {
        let begun = |run: &&Run| !matches!(run.state, None | Some(RunState::Queued { .. }));
        let to_come = || self.runs.iter().filter(|run| run.outcome().is_none());
        to_come().find(begun).or_else(|| to_come().next()).or(self.runs.last())
    }

    /// Where the run is that is told of.
    pub fn status(&self) -> Status {
        if self.asked {
            return Status::Asked;
        }
        if self.runs.iter().any(|run| run.state.is_none()) {
            return Status::Loading;
        }
        match self.current().and_then(|run| run.state.as_ref()) {
            None => Status::Idle,
            Some(RunState::Queued { position }) => Status::Queued { position: *position },
            Some(RunState::Starting) => Status::Starting,
            Some(RunState::Running { phase }) => Status::Running { phase: *phase },
            Some(RunState::Finished { .. }) => Status::Finished,
        }
    }

    /// Whether a start was sent and not answered yet.
    pub fn is_asked(&self) -> bool {
        self.asked
    }

    /// Whether there is a run to stop.
    pub fn can_stop(&self) -> bool {
        self.status().is_busy() && !self.asked && !self.stopping
    }

    /// Whether the server was asked to stop what goes on, and has not answered.
    pub fn is_stopping(&self) -> bool {
        self.stopping && self.runs.iter().any(|run| run.outcome().is_none())
    }

    /// What can be changed now: of the run that is under load. Of a pair, that is at most one.
    pub fn control(&self) -> Option<Control> {
        self.runs.iter().find_map(|run| control(run, &self.limits))
    }

    /// What the charts show, in brief: they are drawn anew when this changes.
    pub fn drawn(&self) -> Vec<(RunId, Option<u64>)> {
        self.runs.iter().map(|run| (run.id.clone(), run.after_seq())).collect()
    }

    /// Whether the first run in sight came by a link and the server has not told of it yet.
    pub fn is_first_untold(&self) -> bool {
        self.runs.first().is_some_and(Run::is_untold)
    }

    /// Whether a chart has something to show of the runs in sight. Before there are any, that depends on what is going
    /// to run.
    pub fn shows(&self, chart: &Chart, next_has_pool: bool) -> bool {
        let for_run = |run: &Run| run.spec.as_ref().is_some_and(|spec| chart.is_for(spec));
        !chart.needs_pool() || self.runs.iter().any(for_run) || (self.runs.is_empty() && next_has_pool)
    }

    /// Shows runs by their ids, in the place of what is in sight. Those that are in sight already stay as they are, and
    /// so do runs from files where no others are named.
    pub fn show(&mut self, ids: Vec<RunId>) -> Replies {
        let are_in_sight = self.runs.iter().map(|run| &run.id).eq(&ids);
        if are_in_sight || (ids.is_empty() && !self.runs.iter().any(Run::is_on_server)) {
            // That a run is not there was said of another address.
            self.notice
                .take_if(|notice| matches!(notice, Notice::Refused(refusal) if refusal.field == "run"));
            return Vec::new();
        }
        self.notice = None;
        self.asked = false;
        self.stopping = false;
        let mut before = mem::take(&mut self.runs);
        let mut new = Vec::new();
        for id in ids {
            let run = match before.iter().position(|run| run.id == id) {
                Some(place) => before.swap_remove(place),
                None => {
                    new.push(ClientMessage::Subscribe { run: id.clone(), after_seq: None });
                    Run::new(id, None)
                }
            };
            self.runs.push(run);
        }
        // Without a connection they are asked for once there is one.
        let new = new.into_iter().filter(|_| self.connected);
        unsubscribe(before).chain(new).collect()
    }

    /// Shows runs from files in the place of what is in sight; at most two.
    pub fn open(&mut self, mut files: Vec<Run>) -> Replies {
        self.notice = None;
        self.asked = false;
        files.truncate(2);
        unsubscribe(mem::replace(&mut self.runs, files)).collect()
    }

    /// Tells the reader something that no run says.
    pub fn notify(&mut self, notice: Notice) {
        self.notice = Some(notice);
    }

    /// What the runs in sight were made of, to be run again.
    pub fn again(&self) -> Vec<Value> {
        self.runs.iter().filter_map(|run| run.written.clone()).collect()
    }

    /// Starts a run.
    pub fn start(&mut self, spec: Value) -> Replies {
        self.ask();
        vec![ClientMessage::Start { spec }]
    }

    /// The server is asked for runs.
    pub fn ask(&mut self) {
        self.notice = None;
        self.asked = true;
    }

    /// It did not come to the runs that the server was asked for.
    pub fn not_started(&mut self, reason: String) {
        self.asked = false;
        self.notice = Some(Notice::NotStarted(reason));
    }

    /// Stops what goes on, and what waits behind it first, so that it does not begin meanwhile.
    pub fn stop(&mut self) -> Replies {
        let going_on = self.runs.iter().rev().filter(|run| run.outcome().is_none());
        let stops: Replies = going_on.map(|run| ClientMessage::Stop { run: run.id.clone() }).collect();
        self.stopping = !stops.is_empty();
        stops
    }

    /// Changes the load of the run that is under load.
    pub fn adjust(&mut self, change: Adjustment) -> Replies {
        self.notice = None;
        let adjust = |control: Control| ClientMessage::Adjust { run: control.run, change };
        self.control().map(adjust).into_iter().collect()
    }

    /// The reader has seen what there was to know.
    pub fn dismiss(&mut self) {
        self.notice = None;
    }

    /// All that the page shows of its runs before and beside their readings.
    pub fn brief(&self) -> Brief {
        let refused = match &self.notice {
            Some(Notice::Refused(rejection)) => Some(rejection.clone()),
            _ => None,
        };
        Brief {
            status: self.status(),
            can_stop: self.can_stop(),
            is_stopping: self.is_stopping(),
            under_load: self.control().is_some(),
            refused,
        }
    }

    /// A connection is open, and hello is said: asks for what is missing of the runs in sight.
    pub fn connected(&mut self) -> Replies {
        self.connected = true;
        let unfinished = self.runs.iter().filter(|run| run.outcome().is_none());
        unfinished
            .map(|run| ClientMessage::Subscribe { run: run.id.clone(), after_seq: run.after_seq() })
            .collect()
    }

    /// The connection broke. Runs go on without it; a start without an answer is given up.
    pub fn disconnected(&mut self) {
        self.connected = false;
        self.stopping = false;
        if mem::take(&mut self.asked) {
            self.notice = Some(Notice::Unanswered);
        }
    }

    /// A message came that this page cannot read: the server is of another version.
    pub fn unreadable(&mut self) {
        self.notice = Some(Notice::OtherVersion);
    }

    /// Takes in what the server says.
    pub fn apply(&mut self, message: ServerMessage) -> Replies {
        match message {
            ServerMessage::Hello { protocol, version: _, limits } => {
                self.limits = limits;
                if protocol != PROTOCOL {
                    self.notice = Some(Notice::OtherVersion);
                }
            }
            ServerMessage::Accepted { run, position } => return self.accepted(run, position),
            ServerMessage::Rejected { field, reason, allowed, run } => {
                self.refused(Rejection { field, reason, allowed }, run.as_ref());
            }
            ServerMessage::State { run, spec, state, began_at_ms } => {
                if let Some(run) = self.run(&run) {
                    run.written = serde_json::to_value(&spec).ok();
                    run.spec = Some(spec);
                    run.began_at_ms = began_at_ms;
                    // What has ended already is told of with its samples to come: `finished` comes after them.
                    if !matches!(state, RunState::Finished { .. }) {
                        run.state = Some(state);
                    }
                }
            }
            ServerMessage::Samples { run, first_seq, batch } => self.samples(&run, first_seq, batch),
            ServerMessage::Gap { run, from, to } => {
                if let Some(run) = self.run(&run) {
                    run.skip(from, to);
                }
            }
            ServerMessage::Viewers { run, count } => {
                if let Some(run) = self.run(&run) {
                    run.viewers = count;
                }
            }
            ServerMessage::Finished { run: id, outcome, report, not_kept } => {
                if let Some(run) = self.run(&id) {
                    run.report = report;
                    run.not_kept = not_kept;
                    run.state = Some(RunState::Finished { outcome });
                }
            }
            ServerMessage::Alive => {}
            ServerMessage::Error { reason } => self.notice = Some(Notice::Failed(reason)),
        }
        Vec::new()
    }

    fn run(&mut self, id: &RunId) -> Option<&mut Run> {
        self.runs.iter_mut().find(|run| run.id == *id)
    }

    fn samples(&mut self, id: &RunId, first_seq: u64, batch: Vec<Sample>) {
        if let Some(run) = self.run(id) {
            run.take(first_seq, batch);
        }
    }

    fn accepted(&mut self, id: RunId, position: u32) -> Replies {
        let run = Run::new(id.clone(), Some(RunState::Queued { position }));
        self.show_started(vec![run]).unwrap_or_else(|| vec![ClientMessage::Unsubscribe { run: id }])
    }

    /// The server has accepted a pair; `None` when it does not come into sight.
    pub fn accepted_pair(&mut self, pair: [RunId; 2]) -> Option<Replies> {
        let subscribe = pair.clone().map(|run| ClientMessage::Subscribe { run, after_seq: None });
        let runs = pair.map(|id| Run::new(id, Some(RunState::Queued { position: 0 })));
        let mut replies = self.show_started(runs.into())?;
        replies.extend(subscribe.into_iter().filter(|_| self.connected));
        Some(replies)
    }

    /// Shows runs that were asked for in the place of what is in sight; `None` when the reader has gone on to others.
    fn show_started(&mut self, runs: Vec<Run>) -> Option<Replies> {
        if !mem::take(&mut self.asked) {
            return None;
        }
        self.stopping = false;
        Some(unsubscribe(mem::replace(&mut self.runs, runs)).collect())
    }

    fn refused(&mut self, rejection: Rejection, run: Option<&RunId>) {
        if let Some(gone) = run {
            self.runs.retain(|run| run.id != *gone || !run.is_untold());
        } else if !Control::is_of_change(&rejection) {
            self.asked = false;
        }
        self.notice = Some(Notice::Refused(rejection));
    }
}

/// Takes leave of the runs that go on.
fn unsubscribe(runs: Vec<Run>) -> impl Iterator<Item = ClientMessage> {
    let going_on = runs.into_iter().filter(|run| run.outcome().is_none());
    going_on.map(|run| ClientMessage::Unsubscribe { run: run.id })
}

#[cfg(test)]
mod tests;
