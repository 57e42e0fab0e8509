//! What lived in each of the allocator's size classes after the last reply, for who asks.

use leptos::prelude::*;

use super::help::Help;
use crate::model::ending::SIZE_CLASS_COLUMNS;

const HELP: &str = "jemalloc rounds each allocation up to one of its sizes, and keeps those of one size together on pages. Live is \
                    what was allocated and not freed, with what thread caches keep; Held is what the pages of that size take. \
                    Pages that are far from full and hold much are fragmentation: they cannot be given back while a single \
                    allocation on them lives.";

/// The classes as a table that is closed at first; nothing where they were not read.
#[component]
pub fn SizeClasses(
    /// One for each class, as the model words them.
    rows: Vec<[String; 5]>,
    /// How the run is written.
    #[prop(into)]
    variant: Signal<String>,
) -> impl IntoView {
    let row = |cells: [String; 5]| {
        let cells = cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
        view! { <tr>{cells}</tr> }
    };
    (!rows.is_empty()).then(|| {
        let count = rows.len();
        let header = SIZE_CLASS_COLUMNS.map(|title| view! { <th scope="col">{title}</th> }).collect_view();
        let help = move || format!("size-classes-{}", variant.get());
        view! {
            <details class="size-classes">
                <summary>{format!("Size classes ({count})")}</summary>
                <Help id=help() about="Size classes" text=HELP/>
                <div class="data-table" tabindex="0" role="region" aria-label="Size classes as a table">
                    <table class="figures">
                        <thead><tr>{header}</tr></thead>
                        <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            </details>
        }
    })
}
