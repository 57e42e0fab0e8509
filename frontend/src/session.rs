//! One page's session: joins connection and model, and tells views when to look again.

use heapgym_shared::{
    Rejection,
    protocol::{ClientMessage, RunId, ServerMessage},
};
use leptos::prelude::*;
use serde_json::Value;
use wasm_bindgen::JsValue;

use crate::{
    connection::{Connection, ConnectionState, Event},
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
    connection: StoredValue<Option<Connection>, LocalStorage>,
    /// Counts the changes of the dashboard.
    revision: RwSignal<u64>,
    connection_state: RwSignal<ConnectionState>,
    form: RwSignal<Form>,
}

impl Session {
    /// Connects, and follows the runs that the page's address names.
    pub fn start() -> Self {
        let session = Self {
            dashboard: StoredValue::new_local(Dashboard::default()),
            connection: StoredValue::new_local(None),
            revision: RwSignal::new(0),
            connection_state: RwSignal::new(ConnectionState::Connecting),
            form: RwSignal::new(Form::default()),
        };
        let path = window().location().pathname().unwrap_or_default();
        session.change(|dashboard| {
            dashboard.follow(Address::parse(&path).runs());
            Replies::new()
        });
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

    /// Why the form would be refused, or why the server did refuse it.
    pub fn refusal(&self) -> Option<Rejection> {
        let said = self.read(|dashboard| match dashboard.notice() {
            Some(Notice::Refused(rejection)) => Some(rejection.clone()),
            _ => None,
        });
        self.form.with(|form| {
            let of_field = |rejection: &Rejection| form.has(&rejection.field);
            form.check().err().or(said.filter(of_field))
        })
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

    fn launch(&self, specs: Vec<Value>) {
        let ready = self.form.with_untracked(|form| form.check().is_ok());
        if ready && !self.read_once(Dashboard::status).is_busy() {
            self.act(|dashboard| dashboard.start(specs));
        }
    }

    /// Stops the newest run.
    pub fn stop(&self) {
        self.act(Dashboard::stop);
    }

    /// Takes the notice away.
    pub fn dismiss(&self) {
        if self.read_once(|dashboard| dashboard.notice().is_some()) {
            self.act(|dashboard| {
                dashboard.dismiss();
                Replies::new()
            });
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

    /// Changes the dashboard and sends what follows from it.
    fn act(&self, change: impl FnOnce(&mut Dashboard) -> Replies) {
        for message in self.change(change) {
            if !self.send(message) {
                self.change(|dashboard| {
                    dashboard.disconnected();
                    Replies::new()
                });
            }
        }
    }

    fn send(&self, message: ClientMessage) -> bool {
        let send = |connection: &mut Option<Connection>| {
            connection.as_mut().is_some_and(|connection| connection.send(message))
        };
        self.connection.try_update_value(send).unwrap_or(false)
    }

    /// Changes the dashboard and lets the views look again.
    fn change(&self, change: impl FnOnce(&mut Dashboard) -> Replies) -> Replies {
        let replies = self.dashboard.try_update_value(change).unwrap_or_default();
        self.revision.update(|revision| *revision += 1);
        replies
    }

    fn receive(&self, event: Event) -> Vec<ClientMessage> {
        match event {
            Event::State(state) => {
                self.connection_state.set(state);
                Vec::new()
            }
            Event::Connected => self.change(Dashboard::connected),
            Event::Disconnected => self.change(|dashboard| {
                dashboard.disconnected();
                Replies::new()
            }),
            Event::Unreadable => self.change(|dashboard| {
                dashboard.unreadable();
                Replies::new()
            }),
            Event::Received(message) => self.hear(*message),
        }
    }

    fn hear(&self, message: ServerMessage) -> Vec<ClientMessage> {
        let limits = match &message {
            ServerMessage::Hello { limits, .. } => Some(*limits),
            _ => None,
        };
        let was_loading = self.read_once(Dashboard::status) == Status::Loading;
        let address = self.read_once(Dashboard::address);
        let replies = self.change(|dashboard| dashboard.apply(message));
        if let Some(limits) = limits {
            self.form.update(|form| form.limit(limits));
        }
        if was_loading {
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
        let spec = self.read_once(|dashboard| dashboard.runs().first().and_then(|run| run.spec.clone()));
        if let Some(spec) = spec {
            self.form.update(|form| form.adopt(&spec));
        }
    }

    /// The run with this id, if it is in sight.
    pub fn read_run<T>(&self, id: &RunId, read: impl FnOnce(&Run) -> T) -> Option<T> {
        self.read(|dashboard| dashboard.runs().iter().find(|run| run.id == *id).map(read))
    }
}

/// The session of this page, from the context.
pub fn use_session() -> Session {
    expect_context()
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
