//! The page of two runs in the same charts.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::{model::dashboard::Dashboard, session::use_session};

/// `/c/{a}..{b}`.
#[component]
pub fn ComparisonPage() -> impl IntoView {
    let session = use_session();
    let title = Memo::new(move |_| session.read(Dashboard::title));
    view! { <Title text=move || title.get()/> }
}
