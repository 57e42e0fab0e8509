//! The session's runs: what starts, stops and shows them.

use heapgym_shared::{
    adjust::Adjustment,
    protocol::{ClientMessage, RunId, ServerMessage, encode},
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use super::Session;
use crate::{
    connection::Event,
    fetch::{Method, start_comparison, tell},
    model::{
        address::Address,
        dashboard::{Dashboard, Notice, Pairs, Replies},
        form::Form,
        run::Run,
        tour,
    },
};

impl Session {
    /// Shows what an address names.
    pub fn show(&self, address: &Address) {
        // The list of runs leaves those in sight as they are.
        if *address != Address::Runs {
            self.ask(|dashboard| dashboard.show(address.clone().runs()));
        }
    }

    /// Goes to the address of the runs in sight, unless the reader has gone to the list.
    fn go_to_runs(&self) {
        if self.navigation.address_once() != Address::Runs {
            self.navigation.go(&self.read_once(Dashboard::address));
        }
    }

    /// Starts a run of the form.
    pub fn run(&self) {
        self.launch(self.form.with_untracked(|form| vec![form.spec(None)]));
    }

    /// Starts runs of two variants, one after the other.
    pub fn run_pair(&self, variants: [&str; 2]) {
        let specs = |form: &Form| variants.map(|variant| form.spec(Some(variant)));
        self.launch(self.form.with_untracked(specs).into());
    }

    /// Starts the two runs of a first visit.
    pub fn tour(&self) {
        let specs = tour::specs();
        specs.first().into_iter().for_each(|spec| self.form.update(|form| form.adopt(spec)));
        self.start_all(specs);
    }

    /// Reads the dashboard; the caller runs again when it changes.
    pub fn read<T>(&self, read: impl FnOnce(&Dashboard) -> T) -> T {
        self.revision.track();
        self.read_once(read)
    }

    /// Reads the dashboard as it is, once.
    pub fn read_once<T>(&self, read: impl FnOnce(&Dashboard) -> T) -> T {
        self.dashboard.with_value(read)
    }

    /// Reads the run with this id, if it is in sight; the caller runs again when it changes.
    pub fn read_run<T>(&self, id: &RunId, read: impl FnOnce(&Run) -> T) -> Option<T> {
        self.read(|dashboard| dashboard.runs().iter().find(|run| run.id == *id).map(read))
    }

    /// Stops what is in sight, and of a comparison the pairs that are to come.
    pub fn stop(&self) {
        self.ask(Dashboard::stop);
        if let Address::Pair(a, b) = self.read_once(Dashboard::address) {
            // Two runs that nobody made to be compared are no comparison: there is nothing more to stop.
            let address = format!("api/compare/{a}..{b}");
            spawn_local(async move { drop(tell(Method::DELETE, &address, "").await) });
        }
    }

    /// Takes in how far a comparison is.
    pub fn count_pairs(&self, pairs: Pairs) {
        self.change(|dashboard| dashboard.count_pairs(pairs));
    }

    /// Changes the load of the run that is under load.
    pub fn adjust(&self, change: Adjustment) {
        self.ask(|dashboard| dashboard.adjust(change));
    }

    /// Takes the notice away.
    pub fn dismiss(&self) {
        if self.read_once(|dashboard| dashboard.notice().is_some()) {
            self.change(Dashboard::dismiss);
        }
    }

    /// Tells the reader something that no run says.
    pub fn notify(&self, notice: Notice) {
        self.change(|dashboard| dashboard.notify(notice));
    }

    fn launch(&self, specs: Vec<Value>) {
        if self.form.with_untracked(|form| form.check().is_ok()) {
            self.start_all(specs);
        } else {
            self.change(|_| ());
        }
    }

    /// Starts one run, or a pair of runs one after the other, unless others go on.
    fn start_all(&self, specs: Vec<Value>) {
        if self.read_once(Dashboard::status).is_busy() {
            return self.change(|_| ());
        }
        match <[Value; 2]>::try_from(specs) {
            Ok(pair) => self.start_pair(pair),
            Err(specs) => specs.into_iter().for_each(|spec| self.ask(|dashboard| dashboard.start(spec))),
        }
    }

    /// Has the server run a pair: it goes on with it when this page is gone.
    fn start_pair(&self, specs: [Value; 2]) {
        self.change(Dashboard::ask);
        let session = *self;
        spawn_local(async move {
            match start_comparison(specs, 1).await {
                Ok(pair) => {
                    if let Some(replies) = session.change(|dashboard| dashboard.accepted_pair(pair)) {
                        session.send(replies);
                        session.go_to_runs();
                    }
                }
                Err(reason) => session.change(|dashboard| dashboard.not_started(reason)),
            }
        });
    }

    /// Runs again what is in sight.
    pub fn run_again(&self) {
        let specs = self.read_once(Dashboard::again);
        if !specs.is_empty() {
            self.start_all(specs);
        }
    }

    /// Takes the newest run in sight into the form, so that one thing of it can be changed.
    pub fn change_one_thing(&self) {
        if let Some(spec) = self.read_once(Dashboard::again).last() {
            self.form.update(|form| form.adopt(spec));
            self.form_open.set(true);
        }
    }

    /// Shows runs from files, and what was wrong with the files that hold none.
    pub fn open(&self, files: Vec<Result<Run, Notice>>) {
        let (runs, wrong): (Vec<_>, Vec<_>) = files.into_iter().partition(Result::is_ok);
        let runs: Vec<Run> = runs.into_iter().flatten().collect();
        if !runs.is_empty() {
            self.ask(|dashboard| dashboard.open(runs));
            self.navigation.go(&Address::Start);
        }
        if let Some(notice) = wrong.into_iter().find_map(Result::err) {
            self.notify(notice);
        }
    }

    /// Changes the dashboard and lets the views look again.
    fn change<T: Default>(&self, change: impl FnOnce(&mut Dashboard) -> T) -> T {
        let answer = self.dashboard.try_update_value(change).unwrap_or_default();
        self.revision.update(|revision| *revision += 1);
        let brief = self.read_once(Dashboard::brief);
        if self.brief.with_untracked(|before| *before != brief) {
            self.brief.set(brief);
        }
        answer
    }

    /// Changes the dashboard and sends what follows from it.
    fn ask(&self, change: impl FnOnce(&mut Dashboard) -> Replies) {
        let replies = self.change(change);
        self.send(replies);
    }

    fn send(&self, replies: Replies) {
        for message in replies {
            if !self.send_one(&message) {
                self.change(Dashboard::disconnected);
            }
        }
    }

    fn send_one(&self, message: &ClientMessage) -> bool {
        self.connection
            .try_update_value(|connection| {
                connection.as_mut().is_some_and(|connection| connection.send(encode(message)))
            })
            .unwrap_or(false)
    }

    /// Takes in what the connection tells.
    pub(super) fn hear(&self, event: Event) {
        match event {
            Event::State(state) => self.connection_state.set(state),
            Event::Connected => self.ask(Dashboard::connected),
            Event::Disconnected => self.change(Dashboard::disconnected),
            Event::Unreadable => self.change(Dashboard::unreadable),
            Event::Received(message) => self.take_in(*message),
        }
    }

    fn take_in(&self, message: ServerMessage) {
        if let ServerMessage::Hello { limits, .. } = &message {
            self.form.update(|form| form.limit(*limits));
        }
        let untold = self.read_once(Dashboard::is_first_untold);
        let starts = matches!(message, ServerMessage::Accepted { .. }) && self.read_once(Dashboard::is_asked);
        let replies = self.change(|dashboard| dashboard.apply(message));
        if untold && !self.read_once(Dashboard::is_first_untold) {
            self.adopt();
        }
        if starts {
            self.go_to_runs();
        }
        self.send(replies);
    }

    /// Fills the form from the run that a link led to, so that it can be run again or changed.
    fn adopt(&self) {
        let spec = self.read_once(|dashboard| dashboard.runs().first().and_then(|run| run.written.clone()));
        if let Some(spec) = spec {
            self.form.update(|form| form.adopt(&spec));
        }
    }
}

/// The ids of the runs in sight. Views that make a part for each run depend on this and not on every sample.
#[derive(Debug, Clone, Copy)]
pub struct RunsInSight(pub Memo<Vec<RunId>>);

impl RunsInSight {
    /// The runs of a session.
    pub fn of(session: Session) -> Self {
        let ids = |dashboard: &Dashboard| dashboard.runs().iter().map(|run| run.id.clone()).collect();
        Self(Memo::new(move |_| session.read(ids)))
    }
}
