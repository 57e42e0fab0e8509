//! One page's session: joins connection and form with the parts that know runs, which come when they are wanted.

use heapgym_shared::{preset::Preset, protocol::is_hello_of_other_version};
use leptos::{prelude::*, task::spawn_local};

use crate::{
    connection::{Connection, ConnectionState, Event},
    later::{Later, Make, Parts, fetch},
    live::{Kept, live, memo},
    model::{
        address::Address,
        brief::{Brief, Status},
        dashboard::Dashboard,
        form::{Form, Judged},
    },
};

mod link;
mod runs;

pub use runs::RunsInSight;

/// The page's state and what can be done with it. A handle: copies mean the same session.
#[derive(Debug, Clone, Copy)]
pub struct Session {
    /// `None` until the parts are here that know runs. It is made there, or the beginning of the page would carry it.
    dashboard: StoredValue<Option<StoredValue<Dashboard, LocalStorage>>>,
    /// Counts the changes of the dashboard.
    revision: RwSignal<u64>,
    brief: RwSignal<Brief>,
    later: RwSignal<Later>,
    /// What was wished for before the parts were here.
    wishes: StoredValue<Vec<Wish>, LocalStorage>,
    connection: StoredValue<Option<Connection>, LocalStorage>,
    connection_state: RwSignal<ConnectionState>,
    form: RwSignal<Form>,
    /// Whether the form is unfolded, where it folds.
    pub form_open: RwSignal<bool>,
    /// Whether the list of commands is open.
    pub commands_open: RwSignal<bool>,
}

/// What only the parts that know runs can do.
#[derive(Debug)]
pub enum Wish {
    /// Start a run of the form.
    Run,
    /// Start runs of two variants, one after the other.
    Pair([&'static str; 2]),
    /// Start the two runs of a first visit.
    Tour,
    /// Stop what is in sight, and of a comparison the pairs that are to come.
    Stop,
    /// Open the list of commands.
    Commands,
    /// Fill the form with a specification that has a name.
    Preset(&'static Preset),
    /// Take the notice away.
    Dismiss,
    /// Take in what the connection tells.
    Hear(Event),
}

impl Session {
    /// Connects, and follows the runs that the page's address names.
    pub fn start() -> Self {
        let session = Self {
            dashboard: StoredValue::new(None),
            revision: RwSignal::new(0),
            brief: RwSignal::new(Brief { status: at_first(), ..Brief::default() }),
            later: RwSignal::new(Later::Unwanted),
            wishes: StoredValue::new_local(Vec::new()),
            connection: StoredValue::new_local(None),
            connection_state: RwSignal::new(ConnectionState::Connecting),
            form: RwSignal::new(Form::default()),
            form_open: RwSignal::new(false),
            commands_open: RwSignal::new(false),
        };
        let connection = Connection::start(socket_url(), move |event| session.receive(event));
        session.connection.set_value(Some(connection));
        // All other addresses carry something that only the parts can read.
        if path() != "/" {
            session.want();
        }
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

    /// How far the parts are that come later; the caller runs again when that changes.
    pub fn later(&self) -> Later {
        self.later.get()
    }

    /// A part of the page that comes later, once it is here.
    pub fn part(self, which: fn(&Parts) -> Make) -> AnyView {
        live(move || self.later.get().parts().map(|parts| which(&parts)()))
    }

    /// Fetches the parts that come later, unless they are here or on their way.
    pub fn want(self) {
        if matches!(self.later.get_untracked(), Later::Fetching | Later::Here(_)) {
            return;
        }
        self.later.set(Later::Fetching);
        spawn_local(async move {
            let Ok(parts) = fetch().await else { return self.give_up() };
            (parts.begin)(self);
            self.later.set(Later::Here(parts));
            let wishes = self.wishes.try_update_value(std::mem::take).unwrap_or_default();
            wishes.into_iter().for_each(|wish| (parts.act)(self, wish));
        });
    }

    /// Says that the parts are not here. What was wished for is given up: later it would come as a surprise.
    fn give_up(self) {
        self.later.set(Later::Failed);
        self.wishes.update_value(|wishes| wishes.retain(|wish| matches!(wish, Wish::Hear(_))));
        self.brief.update(|brief| brief.status = at_first());
    }

    /// Has a wish done, once that can be.
    fn wish(self, wish: Wish) {
        match self.later.get_untracked() {
            Later::Here(parts) => (parts.act)(self, wish),
            Later::Unwanted | Later::Fetching | Later::Failed => {
                self.wishes.update_value(|wishes| wishes.push(wish));
                self.want();
            }
        }
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
        self.wish(Wish::Dismiss);
    }

    /// Fills the form with a specification that has a name.
    pub fn use_preset(&self, preset: &'static Preset) {
        self.wish(Wish::Preset(preset));
    }

    /// Starts a run of the form.
    pub fn run(&self) {
        self.begin_with(Wish::Run);
    }

    /// Starts runs of two variants, one after the other.
    pub fn run_pair(&self, variants: [&'static str; 2]) {
        self.begin_with(Wish::Pair(variants));
    }

    /// Starts the two runs of a first visit.
    pub fn tour(&self) {
        self.begin_with(Wish::Tour);
    }

    /// Opens the list of commands.
    pub fn list_commands(&self) {
        self.wish(Wish::Commands);
    }

    fn begin_with(&self, wish: Wish) {
        if self.later.get_untracked().parts().is_none() {
            self.brief.update(|brief| brief.status = Status::Asked);
        }
        self.wish(wish);
    }

    /// Stops what is in sight, and of a comparison the pairs that are to come.
    pub fn stop(&self) {
        self.wish(Wish::Stop);
    }

    /// Connects at once instead of after the wait.
    pub fn retry_now(&self) {
        self.connection.update_value(|connection| {
            if let Some(connection) = connection {
                connection.retry_now();
            }
        });
    }

    /// Takes in what the connection tells.
    fn receive(&self, event: Event) {
        match (event, self.later.get_untracked().parts()) {
            (Event::State(state), _) => self.connection_state.set(state),
            (event, Some(parts)) => (parts.act)(*self, Wish::Hear(event)),
            (event, None) => {
                // Another version is told of at once, a lost connection makes what it told worthless.
                if matches!(&event, Event::Received(text) if is_hello_of_other_version(text)) {
                    self.want();
                }
                self.wishes.update_value(|wishes| match event {
                    Event::Disconnected => wishes.retain(|wish| !matches!(wish, Wish::Hear(_))),
                    event => wishes.push(Wish::Hear(event)),
                });
            }
        }
    }
}

/// The session of this page, from the context.
pub fn use_session() -> Session {
    expect_context()
}

/// What is said of the form: judged once for the whole page.
#[derive(Debug, Clone, Copy)]
pub struct Judgement(pub Kept<Judged>);

impl Judgement {
    /// The judgement of a session's form. Without a judge a form that was touched is not refused: who touches it calls
    /// for one, and before a run there is one.
    pub fn of(session: Session) -> Self {
        Self(memo(move || match session.later().parts() {
            Some(parts) => session.form(parts.judge),
            None => Judged::untouched(),
        }))
    }
}

/// Why the form would be refused, or why the server did refuse it: judged once for all fields.
#[derive(Debug, Clone, Copy)]
pub struct Refusal(pub Kept<Option<heapgym_shared::Rejection>>);

impl Refusal {
    /// The refusal of a session's form.
    pub fn of(session: Session, Judgement(judged): Judgement) -> Self {
        let said = memo(move || session.brief(|brief| brief.refused.clone()));
        Self(memo(move || {
            let refusal = judged.read().refusal.clone();
            refusal.or_else(|| said.get().filter(|said| session.form(|form| form.has(&said.field))))
        }))
    }
}

/// Where the page is before anybody has told.
fn at_first() -> Status {
    if address().runs().is_empty() { Status::Idle } else { Status::Loading }
}

/// What the page's address names.
pub fn address() -> Address {
    Address::parse(&path())
}

fn path() -> String {
    window().location().pathname().unwrap_or_default()
}

fn socket_url() -> String {
    let location = window().location();
    let scheme = if location.protocol().is_ok_and(|protocol| protocol == "https:") { "wss" } else { "ws" };
    format!("{scheme}://{}/api/ws", location.host().unwrap_or_default())
}
