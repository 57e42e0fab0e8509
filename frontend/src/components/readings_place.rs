//! Where a run's readings are, and what stands there until there is a run.

use leptos::prelude::*;

use crate::{
    later::Later,
    live::{attrs, is, live},
    session::use_session,
};

/// The readings, or why there are none.
#[component]
pub fn ReadingsPlace() -> impl IntoView {
    let session = use_session();
    live(move || {
        let words = match session.later() {
            Later::Here(parts) => return (parts.readings)(),
            Later::Unwanted | Later::Fetching => {
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
