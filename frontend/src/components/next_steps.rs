//! What can be done once a run has ended: again, with one thing changed, or beside another one.

use heapgym_shared::protocol::RunId;
use leptos::prelude::*;

use super::compare_with::CompareWith;
use crate::{
    model::{brief::Status, dashboard::Dashboard},
    page::focus,
    session::{Session, use_session},
};

/// The buttons, once nothing is left to wait for.
#[component]
pub fn NextSteps() -> impl IntoView {
    let session = use_session();
    let ended = Memo::new(move |_| session.status() == Status::Finished);
    let run = Memo::new(move |_| session.read(only_run));
    let again = move || {
        session.read(|dashboard| if dashboard.runs().len() > 1 { "Run both again" } else { "Run again" })
    };
    let file = Memo::new(move |_| session.read(file));
    view! {
        <Show when=move || !file.read().is_empty()>
            <p id="from-file" class="quiet">{move || file.get()}</p>
        </Show>
        <Show when=move || ended.get()>
            <div class="next-steps" role="group" aria-label="What next">
                <button id="run-again" type="button" on:click=move |_| session.run_again()>{again}</button>
                <button id="change-one" type="button" on:click=move |_| change_one_thing(session)>
                    "Change one thing"
                </button>
                <a class="button" href="runs">"All runs"</a>
                {move || run.get().map(|run| view! { <CompareWith run/> })}
            </div>
        </Show>
    }
}

/// Takes the run into the form and goes there.
pub fn change_one_thing(session: Session) {
    session.change_one_thing();
    // The form may have to unfold first.
    request_animation_frame(|| focus("#variant"));
}

/// Where runs come from that the server has not.
fn file(dashboard: &Dashboard) -> String {
    let files: Vec<&str> = dashboard.runs().iter().filter_map(|run| run.file.as_deref()).collect();
    match files.is_empty() {
        true => String::new(),
        false => format!(
            "From {}, read by this page alone. To keep it on the server, import it at All runs.",
            files.join(" and ")
        ),
    }
}

/// The run in sight, if it is one, and the server's.
fn only_run(dashboard: &Dashboard) -> Option<RunId> {
    match dashboard.runs() {
        [run] if run.is_on_server() => Some(run.id.clone()),
        _ => None,
    }
}
