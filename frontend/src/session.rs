//! One page's session: joins the connection, the form and the runs.

use heapgym_shared::preset::Preset;
use leptos::prelude::*;

use crate::{
    connection::{Connection, ConnectionState},
    model::{
        brief::{Brief, Status},
        dashboard::Dashboard,
        form::{Form, Judged},
    },
    navigation::{Navigation, base},
};

mod link;
mod runs;

pub use runs::RunsInSight;

/// The page's state and what can be done with it. A handle: copies mean the same session.
#[derive(Clone, Copy)]
#[expect(missing_debug_implementations, reason = "its closures have none")]
pub struct Session {
    navigation: Navigation,
    dashboard: StoredValue<Dashboard, LocalStorage>,
    /// Counts the changes of the dashboard.
    revision: RwSignal<u64>,
    brief: RwSignal<Brief>,
    connection: StoredValue<Option<Connection>, LocalStorage>,
    connection_state: RwSignal<ConnectionState>,
    form: RwSignal<Form>,
    /// Whether the form is unfolded, where it folds.
    pub form_open: RwSignal<bool>,
    /// Whether the list of commands is open.
    pub commands_open: RwSignal<bool>,
}

impl Session {
    /// Connects, and follows the runs that the page's address names.
    pub fn start(navigation: Navigation) -> Self {
        let session = Self {
            navigation,
            dashboard: StoredValue::new_local(Dashboard::default()),
            revision: RwSignal::new(0),
            brief: RwSignal::default(),
            connection: StoredValue::new_local(None),
            connection_state: RwSignal::new(ConnectionState::Connecting),
            form: RwSignal::new(Form::default()),
            form_open: RwSignal::new(false),
            commands_open: RwSignal::new(false),
        };
        session.show(&navigation.address_once());
        let connection = Connection::start(socket_url(), move |event| session.hear(event));
        session.connection.set_value(Some(connection));
        session
    }

    /// Where the run is that is told of.
    pub fn status(&self) -> Status {
        self.brief(|brief| brief.status)
    }

    /// Reads the runs in brief; the caller runs again when they change.
    pub fn brief<T>(&self, read: impl FnOnce(&Brief) -> T) -> T {
        self.brief.with(read)
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

    /// Opens the list of commands.
    pub fn list_commands(&self) {
        self.commands_open.set(true);
    }

    /// Connects at once instead of after the wait.
    pub fn retry_now(&self) {
        self.connection.update_value(|connection| {
            if let Some(connection) = connection {
                connection.retry_now();
            }
        });
    }
}

/// The session of this page, from the context.
pub fn use_session() -> Session {
    expect_context()
}

/// What is said of the form: judged once for the whole page.
#[derive(Debug, Clone, Copy)]
pub struct Judgement(pub Memo<Judged>);

impl Judgement {
    /// The judgement of a session's form.
    pub fn of(session: Session) -> Self {
        Self(Memo::new(move |_| session.form(Form::judge)))
    }
}

/// Why the form would be refused, or why the server did refuse it: judged once for all fields.
#[derive(Debug, Clone, Copy)]
pub struct Refusal(pub Memo<Option<heapgym_shared::Rejection>>);

impl Refusal {
    /// The refusal of a session's form.
    pub fn of(session: Session, Judgement(judged): Judgement) -> Self {
        let said = Memo::new(move |_| session.brief(|brief| brief.refused.clone()));
        Self(Memo::new(move |_| {
            let refusal = judged.read().refusal.clone();
            refusal.or_else(|| said.get().filter(|said| session.form(|form| form.has(&said.field))))
        }))
    }
}

fn socket_url() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}{}/api/ws", location.host().unwrap_or_default(), base())
}
