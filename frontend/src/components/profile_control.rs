//! What can be asked of a run under load about its heap: to count allocations by stack, and profiles of them.

use heapgym_shared::{adjust::Adjustment, protocol::RunId};
use leptos::prelude::*;

use super::help::Help;
use crate::session::use_session;

const HELP: &str = "While allocations are counted, one in 512 KiB is noted with its stack, at some microseconds each. A profile is of \
                    all that was noted so far. Profiles can be looked at when the run has ended.";

/// The buttons that begin and end a heap profile, and take one.
#[component]
pub fn ProfileControl(
    /// The run.
    run: RunId,
    /// Whether nothing can be sent now.
    disabled: Signal<bool>,
) -> impl IntoView {
    let session = use_session();
    let state = Memo::new(move |_| session.read_run(&run, |run| run.profiling()).flatten());
    let counts = move || state.get() == Some(true);
    let toggle = move |_| {
        session.adjust(if untrack(counts) { Adjustment::StopProfile } else { Adjustment::StartProfile });
    };
    view! {
        // Folded, for on a phone these controls cover what they change.
        <details id="heap-control" class="more">
            <summary>"Heap profile"</summary>
            <div class="knobs">
                // One button with two names, so that the keyboard stays on it.
                <button
                    id=move || if counts() { "stop-profile" } else { "start-profile" }
                    type="button" disabled=disabled on:click=toggle
                >
                    {move || if counts() { "Stop counting" } else { "Profile from now on" }}
                </button>
                <button
                    id="take-profile" type="button" disabled=move || disabled.get() || state.get().is_none()
                    on:click=move |_| session.adjust(Adjustment::TakeProfile)
                >
                    "Take a heap profile"
                </button>
                <Help id="profile-help" about="Heap profile" text=HELP/>
            </div>
        </details>
    }
}
