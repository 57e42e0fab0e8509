//! What a Go programmer knows by another name, folded away until it is asked for.

use heapgym_shared::go_names::{GO_NAMES, HEADS};
use leptos::prelude::*;

use super::help::plain;

/// The table of Go's names.
#[component]
pub fn GoNames() -> impl IntoView {
    view! {
        <details id="go-names" class="go-names">
            <summary>"Coming from Go?"</summary>
            {table()}
        </details>
    }
}

fn table() -> impl IntoView {
    let heads = HEADS.map(|head| view! { <th scope="col">{head}</th> });
    let rows = GO_NAMES.iter().map(|name| {
        let [go, here, setting, differs] = [name.go, name.here, name.setting, name.differs].map(plain);
        view! {
            <tr><th scope="row">{go}</th><td>{here}</td><td>{setting}</td><td>{differs}</td></tr>
        }
    });
    view! {
        <div class="prose-table" tabindex="0" role="region" aria-label="Go's names, and heapgym's">
            <table>
                <thead><tr>{heads.collect_view()}</tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}
