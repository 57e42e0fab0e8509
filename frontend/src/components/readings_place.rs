//! Where a run's readings are, and what stands there until there is a run.

use leptos::prelude::*;

use crate::{
    later::Later,
    live::{attrs, is, live, memo},
    model::brief::Status,
    session::use_session,
};

/// The readings, or why there are none.
#[component]
pub fn ReadingsPlace() -> impl IntoView {
    let session = use_session();
    // They come with all that is told of a run that has ended: what stands above them is then as high as it stays.
    let loading = memo(move || session.status() == Status::Loading);
    live(move || {
        let words = match session.later() {
            Later::Here(parts) if !loading.get() => return (parts.readings)(),
            Later::Here(_) | Later::Unwanted | Later::Fetching => {
                "Figures and charts of the run stand here once one has begun."
            }
            Later::Failed => {
                "The part of the page that runs and draws is not here: the server did not send it. Press Run to ask for it \
                 again."
            }
        };
        view! { <p {..attrs([is("id", "to-come"), is("class", "to-come quiet"), is("role", "status")])}>{words}</p> }.into_any()
    })
}
