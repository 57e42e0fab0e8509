//! Where a part of the page stands that comes later, and what stands there until it is here.

use leptos::prelude::*;

use crate::{
    later::{Later, Make, Parts},
    live::{attrs, is, live, memo},
    model::brief::Status,
    session::use_session,
};

/// The part, or why it is not here.
#[component]
pub fn LaterPlace(
    /// The part.
    which: fn(&Parts) -> Make,
    /// What is said until it is here.
    meanwhile: &'static str,
) -> impl IntoView {
    let session = use_session();
    // It comes with all that is told of a run that has ended: what stands above it is then as high as it stays.
    let loading = memo(move || session.status() == Status::Loading);
    live(move || {
        let words = match session.later() {
            Later::Here(parts) if !loading.get() => return which(&parts)(),
            Later::Here(_) | Later::Unwanted | Later::Fetching => meanwhile,
            Later::Failed => {
                "This part of the page is not here: the server did not send it. Press Run or reload."
            }
        };
        view! { <p {..attrs([is("id", "to-come"), is("class", "to-come quiet"), is("role", "status")])}>{words}</p> }.into_any()
    })
}
