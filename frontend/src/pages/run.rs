//! The page of one run.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{model::dashboard::Dashboard, session::use_session};

/// `/r/{id}`.
#[component]
pub fn RunPage() -> impl IntoView {
    let session = use_session();
    let title = Memo::new(move |_| session.read(Dashboard::title));
    view! { <Title text=move || title.get()/> }
}
