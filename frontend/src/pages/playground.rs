//! The playground: the form alone, or filled by a link, until a run begins.

use leptos::prelude::*;
use leptos_meta::Title;

use crate::session::use_session;

/// `/`, and `/play#s=…` with settings.
#[component]
pub fn PlaygroundPage() -> impl IntoView {
    use_session().follow_link();
    view! { <Title text="Playground"/> }
}
