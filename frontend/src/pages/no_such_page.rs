//! What stands at an address that names nothing.

use leptos::prelude::*;
use leptos_meta::Title;

/// Any other address.
#[component]
pub fn NoSuchPage() -> impl IntoView {
    view! {
        <Title text="No such page"/>
        <main class="history">
            <p id="notice" class="notice">
                "There is nothing at this address. A run has /r/ and its name, two of them /c/, with .. between the names."
            </p>
            <p><a href="./">"Go to the playground"</a></p>
        </main>
    }
}
