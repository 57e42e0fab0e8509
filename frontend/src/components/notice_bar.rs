//! What the reader should know that no run says, and what to do about it.

use heapgym_shared::Rejection;
use leptos::{prelude::*, task::spawn_local};

use crate::{
    connection::ConnectionState,
    fetch::refusal_of_page,
    model::{
        control::Control,
        dashboard::{Dashboard, Notice},
    },
    session::{Session, use_session},
};

/// What the reader should know.
#[component]
pub fn NoticeBar() -> impl IntoView {
    let session = use_session();
    let said = Memo::new(move |_| {
        let notice = session.read(to_be_said);
        notice.map(|notice| session.form(|form| sentence(&notice, |field| form.has(field))))
    });
    let lost = move || {
        let waiting = matches!(session.connection_state(), ConnectionState::Waiting { .. });
        waiting && session.status().is_busy()
    };
    let left_out = Memo::new(move |_| session.read(left_out));
    let refused = refusal_by_the_server(session);
    view! {
        <div class="notices" role="alert">
            <Show when=move || said.read().is_some()>
                <div id="notice" class="notice">
                    <p>{move || said.get()}</p>
                    <button type="button" on:click=move |_| session.dismiss()>"Dismiss"</button>
                </div>
            </Show>
            <Show when=move || refused.read().is_some()>
                <p id="refused" class="notice">"The server refused this page: " {move || refused.get()} "."</p>
            </Show>
        </div>
        <Show when=lost>
            <p id="lost" class="notice">
                "The run goes on without this page. What it misses is fetched when the connection is back."
            </p>
        </Show>
        <Show when=move || { left_out.get() > 0 }>
            <p id="gaps" class="quiet">
                {move || left_out.get()} " samples were not sent one by one: this page was too slow for them. \
                 The worst of their latencies are in the sample after each gap."
            </p>
        </Show>
    }
}

/// Why the server refuses the connection of this page. `None` if it does not. A browser does not tell a page why a
/// websocket was not opened, so the page asks for it whenever the connection is lost.
fn refusal_by_the_server(session: Session) -> RwSignal<Option<String>> {
    let refused = RwSignal::new(None);
    let is_lost = Memo::new(move |_| match session.connection_state() {
        ConnectionState::Connecting => None,
        ConnectionState::Open => Some(false),
        ConnectionState::Waiting { .. } => Some(true),
    });
    Effect::new(move |_| match is_lost.get() {
        Some(true) => spawn_local(async move { drop(refused.try_set(refusal_of_page().await)) }),
        Some(false) => refused.set(None),
        None => {}
    });
    refused
}

/// The notice, unless it stands elsewhere: the refusal of a change is said at its field as long as that is there.
fn to_be_said(dashboard: &Dashboard) -> Option<Notice> {
    let of_change =
        |notice: &Notice| matches!(notice, Notice::Refused(refusal) if Control::is_of_change(refusal));
    let elsewhere = |notice: &&Notice| of_change(notice) && dashboard.control().is_some();
    dashboard.notice().filter(|notice| !elsewhere(notice)).cloned()
}

fn sentence(notice: &Notice, is_field: impl Fn(&str) -> bool) -> String {
    match notice {
        Notice::Refused(refusal) if is_field(&refusal.field) => {
            "The server refused a setting; it is marked in the form.".to_owned()
        }
        Notice::Refused(refusal) if refusal.field == "run" => {
            format!("The run {}. Press Run to start a new one.", refusal.reason)
        }
        Notice::Refused(refusal) => {
            format!("The server refused: {} {}. Allowed: {}.", refusal.field, refusal.reason, refusal.allowed)
        }
        Notice::Link(Rejection { field, reason, allowed }) if field == "link" => {
            format!("The link {reason}. Allowed: {allowed}. The settings are as they were, and nothing has run.")
        }
        Notice::Link(Rejection { field, reason, allowed }) => format!(
            "The link cannot be used: its {field} {reason}. Allowed: {allowed}. The settings are as they were, and nothing \
             has run."
        ),
        Notice::File(name, Rejection { field, reason, allowed }) => {
            format!("{name} cannot be opened: {field} {reason}. Allowed: {allowed}.")
        }
        Notice::NotStarted(reason) => format!("The runs were not started: {reason}."),
        Notice::NotImported(name, reason) => format!("{name} was not imported: {reason}."),
        Notice::Failed(reason) => format!("The server says: {reason}"),
        Notice::Unanswered => {
            "The connection broke before the server answered, so the run may or may not have begun. Press Run again."
                .to_owned()
        }
        Notice::OtherVersion => {
            "The server is of another version than this page. Reload the page to go on.".to_owned()
        }
    }
}

fn left_out(dashboard: &Dashboard) -> u64 {
    dashboard.runs().iter().map(|run| run.left_out).sum()
}
