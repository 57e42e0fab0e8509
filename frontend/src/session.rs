//! One page's session: joins connection and model, and tells views when to look again.

use heapgym_shared::{
    Rejection,
    adjust::Adjustment,
    preset::Preset,
    protocol::{ClientMessage, RunId, ServerMessage},
};
use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsValue;

use crate::{
    connection::{Connection, ConnectionState, Event},
    live::{Kept, memo},
    model::{
        address::Address,
        dashboard::{Dashboard, Notice, Replies, Status},
        form::Form,
        run::Run,
    },
};

/// The page's state and what can be done with it. A handle: copies mean the same session.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    dashboard: StoredValue<Dashboard, LocalStorage>,
    /// Counts the changes of the dashboard.
    revision: RwSignal<u64>,
    connection: StoredValue<Option<Connection>, LocalStorage>,
    connection_state: RwSignal<ConnectionState>,
    form: RwSignal<Form>,
}

impl Session {
    /// Connects, and follows the runs that the page's address names.
    pub fn start() -> Self {
        let path = window().location().pathname().unwrap_or_default();
        let mut dashboard = Dashboard::default();
        dashboard.follow(Address::parse(&path).runs());
        let session = Self {
            dashboard: StoredValue::new_local(dashboard),
            revision: RwSignal::new(0),
            connection: StoredValue::new_local(None),
            connection_state: RwSignal::new(ConnectionState::Connecting),
            form: RwSignal::new(Form::default()),
        };
        let connection = Connection::start(socket_url(), move |event| session.receive(event));
        session.connection.set_value(Some(connection));
        session
    }

    /// Reads the dashboard; the caller runs again when it changes.
    pub fn read<T>(&self, read: impl FnOnce(&Dashboard) -> T) -> T {
        self.revision.track();
        self.dashboard.with_value(read)
    }

    /// Reads the dashboard as it is, once.
    pub fn read_once<T>(&self, read: impl FnOnce(&Dashboard) -> T) -> T {
        self.dashboard.with_value(read)
    }

    /// Reads the run with this id, if it is in sight; the caller runs again when it changes.
    pub fn read_run<T>(&self, id: &RunId, read: impl FnOnce(&Run) -> T) -> Option<T> {
        self.read(|dashboard| dashboard.runs().iter().find(|run| run.id == *id).map(read))
    }

    /// Where the newest run is.
    pub fn status(&self) -> Status {
        self.read(Dashboard::status)
    }

    /// Where the connection is.
    pub fn connection_state(&self) -> ConnectionState {
        self.connection_state.get()
    }

    /// Reads the form; the caller runs again when it changes.
    pub fn form<T>(&self, read: impl FnOnce(&Form) -> T) -> T {
        self.form.with(read)
    }

    /// Takes in what was typed into a field.
    pub fn edit(&self, path: &str, text: String) {
        self.form.update(|form| form.set(path, text));
        self.dismiss();
    }

    /// Fills the form with a specification that has a name.
    pub fn use_preset(&self, preset: &Preset) {
        self.form.update(|form| form.adopt_preset(preset));
        self.dismiss();
    }

    /// Starts a run of the form.
    pub fn run(&self) {
        self.launch(self.form.with_untracked(|form| vec![form.spec(None)]));
    }

    /// Starts runs of two variants, one after the other.
    pub fn run_pair(&self, variants: [&'static str; 2]) {
        let specs = self.form.with_untracked(|form| variants.map(|variant| form.spec(Some(variant))));
        self.launch(specs.into());
    }

    /// Stops the newest run.
    pub fn stop(&self) {
        self.act(Dashboard::stop);
    }

    /// Changes the load of the run that is under load.
    pub fn adjust(&self, change: Adjustment) {
        self.act(|dashboard| dashboard.adjust(change));
    }

    /// Takes the notice away.
    pub fn dismiss(&self) {
        if self.read_once(|dashboard| dashboard.notice().is_some()) {
            self.change(Dashboard::dismiss);
        }
    }

    /// Connects at once instead of after the wait.
    pub fn retry_now(&self) {
        self.connection.update_value(|connection| {
            if let Some(connection) = connection {
                connection.retry_now();
            }
        });
    }

    fn launch(&self, specs: Vec<Value>) {
        let ready = self.form.with_untracked(|form| form.check().is_ok());
        if ready && !self.read_once(Dashboard::status).is_busy() {
            self.act(|dashboard| dashboard.start(specs));
        }
    }

    /// Changes the dashboard and lets the views look again.
    fn change<T: Default>(&self, change: impl FnOnce(&mut Dashboard) -> T) -> T {
        let answer = self.dashboard.try_update_value(change).unwrap_or_default();
        self.revision.update(|revision| *revision += 1);
        answer
    }

    /// Changes the dashboard and sends what follows from it.
    fn act(&self, change: impl FnOnce(&mut Dashboard) -> Replies) {
        for message in self.change(change) {
            if !self.send(message) {
                self.change(Dashboard::disconnected);
            }
        }
    }

    fn send(&self, message: ClientMessage) -> bool {
        let send = |connection: &mut Option<Connection>| {
            connection.as_mut().is_some_and(|connection| connection.send(message))
        };
        self.connection.try_update_value(send).unwrap_or(false)
    }

    /// Takes in what the connection tells; answers with what is to be sent.
    fn receive(&self, event: Event) -> Replies {
        match event {
            Event::State(state) => self.connection_state.set(state),
            Event::Connected => return self.change(Dashboard::connected),
            Event::Disconnected => self.change(Dashboard::disconnected),
            Event::Unreadable => self.change(Dashboard::unreadable),
            Event::Received { message, spec } => return self.hear(*message, spec),
        }
        Replies::new()
    }

    fn hear(&self, message: ServerMessage, spec: Option<Value>) -> Replies {
        if let ServerMessage::Hello { limits, .. } = &message {
            self.form.update(|form| form.limit(*limits));
        }
        let untold = self.read_once(Dashboard::is_first_untold);
        let address = self.read_once(Dashboard::address);
        let told = match &message {
            ServerMessage::State { run, .. } => spec.map(|spec| (run.clone(), spec)),
            _ => None,
        };
        let replies = self.change(|dashboard| {
            let replies = dashboard.apply(message);
            if let Some((run, spec)) = told {
                dashboard.keep_written(&run, spec);
            }
            replies
        });
        if untold && !self.read_once(Dashboard::is_first_untold) {
            self.adopt();
        }
        let next = self.read_once(Dashboard::address);
        // A link that led nowhere stays in the address bar, to be read and mended.
        if next != address && next != Address::Start {
            show_address(&next);
        }
        replies
    }

    /// Fills the form from the run that a link led to, so that it can be run again or changed.
    fn adopt(&self) {
        let spec = self.read_once(|dashboard| dashboard.runs().first().and_then(|run| run.written.clone()));
        if let Some(spec) = spec {
            self.form.update(|form| form.adopt(&spec));
        }
    }
}

/// The session of this page, from the context.
pub fn use_session() -> Session {
    expect_context()
}

/// The ids of the runs in sight. Views that make a part for each run depend on this and not on every sample.
#[derive(Debug, Clone, Copy)]
pub struct RunsInSight(pub Kept<Vec<RunId>>);

impl RunsInSight {
    /// The runs of a session.
    pub fn of(session: Session) -> Self {
        let ids = |dashboard: &Dashboard| dashboard.runs().iter().map(|run| run.id.clone()).collect();
        Self(memo(move || session.read(ids)))
    }
}

/// Why the form would be refused, or why the server did refuse it: judged once for all fields.
#[derive(Debug, Clone, Copy)]
pub struct Refusal(pub Kept<Option<Rejection>>);

impl Refusal {
    /// The refusal of a session's form.
    pub fn of(session: Session) -> Self {
        let said = memo(move || {
            session.read(|dashboard| match dashboard.notice() {
                Some(Notice::Refused(rejection)) => Some(rejection.clone()),
                _ => None,
            })
        });
        Self(memo(move || {
            let said = said.get();
            session.form(|form| form.check().err().or(said.filter(|rejection| form.has(&rejection.field))))
        }))
    }
}

fn socket_url() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/api/ws", location.host().unwrap_or_default())
}

fn show_address(address: &Address) {
    if let Ok(history) = window().history() {
        // A browser may refuse when it is called too often; the page works without it.
        let _ = history.replace_state_with_url(&JsValue::NULL, "", Some(&address.path()));
    }
}
