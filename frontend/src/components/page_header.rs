//! The bar at the top: whose page this is, and whether it is connected.

use leptos::prelude::*;

use super::{connection_badge::ConnectionBadge, theme_select::ThemeSelect};

/// The bar at the top.
#[component]
pub fn PageHeader() -> impl IntoView {
    view! {
        <header class="top">
            <h1><a href="./">"heapgym"</a></h1>
            <a href="runs">"Runs"</a>
            <p class="claim">"A service's memory under load, live."</p>
            <ConnectionBadge/>
            <ThemeSelect/>
        </header>
    }
}
