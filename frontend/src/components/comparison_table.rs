//! The tables of a comparison: what changed beside its noise, and what else the two sides differ in.

use heapgym_shared::comparison::{Delta, Difference};
use leptos::prelude::*;

/// What changed from one side to the other, a line for each measure.
#[component]
pub fn DeltaTable(
    /// What the sides are, in a few words.
    sides: [String; 2],
    /// The measures.
    deltas: Vec<Delta>,
) -> impl IntoView {
    let title = |title: String| view! { <th scope="col">{title}</th> };
    let first = ["Measure", "Change", "Verdict"].map(str::to_owned);
    let last = ["Noise", "Effect"].map(str::to_owned);
    view! {
        <div class="data-table" tabindex="0" role="region" aria-label="Comparison as a table">
            <table class="figures">
                <thead><tr>{first.into_iter().chain(sides).chain(last).map(title).collect_view()}</tr></thead>
                <tbody>{deltas.into_iter().map(row).collect_view()}</tbody>
            </table>
        </div>
    }
}

fn row(delta: Delta) -> impl IntoView {
    let [a, b] = delta.figures();
    let figures =
        [delta.change_words(), delta.verdict_words(), a, b, delta.noise_band(), delta.effect_words()];
    view! {
        <tr data-verdict=delta.verdict.word()>
            <th scope="row">{delta.title}</th>
            {figures.into_iter().map(|figure| view! { <td>{figure}</td> }).collect_view()}
        </tr>
    }
}

/// A list that is closed at first; nothing where there is no difference.
#[component]
pub fn Differences(
    /// What differs.
    title: &'static str,
    /// Each difference.
    list: Vec<Difference>,
) -> impl IntoView {
    let side = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let line = move |difference: Difference| {
        let Difference { what, a, b } = difference;
        view! { <tr><td>{what}</td><td>{side(a)}</td><td>{side(b)}</td></tr> }
    };
    (!list.is_empty()).then(|| {
        view! {
            <details>
                <summary>{format!("{title} ({})", list.len())}</summary>
                <div class="data-table" tabindex="0" role="region" aria-label=title>
                    <table class="figures"><tbody>{list.into_iter().map(line).collect_view()}</tbody></table>
                </div>
            </details>
        }
    })
}
