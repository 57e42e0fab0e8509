//! The functions that allocate most, beside the graph.

use heapgym_shared::profile::flame::{Amount, TopRow, percent, visible};
use leptos::prelude::*;

use super::heap_profile::{Look, Progress};

/// Functions in the table.
const ROWS: usize = 12;

/// The functions that allocate most themselves; of a difference, those that changed most.
#[component]
pub fn FlameTable(
    /// What is looked at.
    look: Look,
    /// The tree.
    progress: Memo<Progress>,
) -> impl IntoView {
    let rows = move || {
        let progress = progress.read();
        let tree = progress.tree()?;
        let figures = |amount: Amount| match tree.is_difference {
            true => (tree.signed(amount), String::new()),
            false => (tree.figure(amount.value), percent(tree.share(amount))),
        };
        let row = |TopRow { name, flat, cum }: TopRow| {
            let ((flat, of_flat), (cum, of_cum)) = (figures(flat), figures(cum));
            let shown = visible(&name);
            view! {
                <tr>
                    <td>
                        <button type="button" class="function" aria-label=format!("Search {shown}")
                            on:click=move |_| look.query.set(name.clone())>{shown.clone()}</button>
                    </td>
                    <td>{flat}<span class="quiet">{of_flat}</span></td>
                    <td>{cum}<span class="quiet">{of_cum}</span></td>
                </tr>
            }
        };
        // Who only calls is seen in the graph.
        let rows = tree.top(ROWS).into_iter().filter(|row| row.flat != Amount::default());
        Some(rows.map(row).collect_view())
    };
    view! {
        <div class="data-table flame-table">
            <table id="heap-top" class="figures">
                <thead><tr><th scope="col">"Function"</th><th scope="col">"Itself"</th><th scope="col">"With calls"</th></tr></thead>
                <tbody>{rows}</tbody>
            </table>
        </div>
    }
}
