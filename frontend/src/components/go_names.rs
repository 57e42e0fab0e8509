//! What a Go programmer knows by another name, folded away until it is asked for.

use heapgym_shared::go_names::{GO_NAMES, HEADS};
use leptos::prelude::*;

use super::help::plain;
use crate::{
    live::{CollectAny, attrs, is, on},
    session::use_session,
};

/// The table of Go's names. Whoever opens it shows that it is wanted.
#[component]
pub fn GoNames() -> impl IntoView {
    let session = use_session();
    view! {
        <details {..attrs([is("id", "go-names"), is("class", "go-names")])}>
            <summary on:click=on(move |_| session.want())>"Coming from Go?"</summary>
            {session.part(|parts| parts.go_names)}
        </details>
    }
}

/// The table itself.
pub fn go_names() -> AnyView {
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
                <thead><tr>{heads.collect_any()}</tr></thead>
                <tbody>{rows.collect_any()}</tbody>
            </table>
        </div>
    }
    .into_any()
}
