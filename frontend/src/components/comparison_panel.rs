//! What two runs differ in, and whether that is more than noise.

use heapgym_shared::{
    comparison::{Comparison, Delta, Difference, Verdict, percent},
    wire,
};
use leptos::{prelude::*, task::spawn_local};

use super::help::Help;
use crate::{
    fetch::{OTHER_VERSION, text},
    live::{CollectAny, effect, live, memo},
    model::dashboard::Dashboard,
    session::use_session,
};

const HELP: &str = "Change is what is typical within a pair of runs with the same arrivals. Noise is how large a change may be that says \
                    nothing: half the width of its 95 % interval over the pairs, or, with one pair, what single runs were seen to \
                    differ by. A change within the noise is unchanged. Effect is the change in standard deviations of the pairs.";

/// A pair, and what came of comparing it: the comparison, or why there is none, as half a sentence.
type Compared = Option<(String, Result<Comparison, String>)>;

/// The comparison of two runs in sight that have both ended with a report; nothing before.
#[component]
pub fn ComparisonPanel() -> impl IntoView {
    let session = use_session();
    let ended = memo(move || session.read(ended_pair));
    let compared: RwSignal<Compared> = RwSignal::new(None);
    effect(move || {
        if let Some(pair) = ended.get() {
            spawn_local(async move {
                let fetched = fetch(&pair).await;
                compared.set(Some((pair, fetched)));
            });
        }
    });
    live(move || {
        // The reader may have gone on to other runs in the meantime.
        let compared = compared.get().filter(|(pair, _)| ended.get().as_ref() == Some(pair));
        compared.map(|(_, compared)| match compared {
            Ok(comparison) => view! { <Panel comparison/> }.into_any(),
            Err(reason) => {
                let sentence = format!("The runs could not be compared: {reason}.");
                view! { <p class="quiet">{sentence}</p> }.into_any()
            }
        })
    })
}

/// The two runs, as the address of their comparison names them, once both have a report.
fn ended_pair(dashboard: &Dashboard) -> Option<String> {
    let [a, b] = dashboard.runs() else { return None };
    (a.report.is_some() && b.report.is_some()).then(|| format!("{}..{}", a.id, b.id))
}

async fn fetch(pair: &str) -> Result<Comparison, String> {
    wire::read(&text(&format!("/api/compare/{pair}")).await?).ok_or_else(|| OTHER_VERSION.to_owned())
}

#[component]
fn Panel(
    /// What is shown.
    comparison: Comparison,
) -> impl IntoView {
    let sentence = comparison.sentence();
    let pairs = match comparison.pairs {
        1 => "One pair of runs: the noise is assumed, not measured.".to_owned(),
        pairs => format!("{pairs} pairs of runs with the same arrivals, taking turns in which goes first."),
    };
    let Comparison { a, b, verdict, endings, deltas, spec, environment, .. } = comparison;
    let titles = [
        "Measure".to_owned(),
        a,
        b,
        "Change".to_owned(),
        "Noise".to_owned(),
        "Effect".to_owned(),
        "Verdict".to_owned(),
    ];
    let header = titles.into_iter().map(|title| view! { <th scope="col">{title}</th> }).collect_any();
    view! {
        <section class="comparison" aria-label="Comparison" data-verdict=verdict.word()>
            <div>
                <strong>{sentence}</strong>" "<span class="quiet">{pairs}</span>
                <Help id="comparison-help".to_owned() about="Comparison" text=HELP/>
            </div>
            {endings.into_iter().map(|ending| view! { <p class="quiet">{ending}</p> }).collect_any()}
            <div class="data-table" tabindex="0" role="region" aria-label="Comparison as a table">
                <table class="figures">
                    <thead><tr>{header}</tr></thead>
                    <tbody>{deltas.into_iter().map(row).collect_any()}</tbody>
                </table>
            </div>
            <Differences title="Their specifications differ" list=spec/>
            <Differences title="Their environments differ, which may be the reason" list=environment/>
        </section>
    }
}

fn row(delta: Delta) -> impl IntoView {
    let word = match delta.verdict {
        Verdict::Unchanged => "",
        verdict => verdict.word(),
    };
    let figures = [
        delta.unit.format(delta.a),
        delta.unit.format(delta.b),
        percent(delta.change),
        delta.noise_band(),
        delta.effect_words(),
    ];
    view! {
        <tr data-verdict=delta.verdict.word()>
            <th scope="row">{delta.title}</th>
            {figures.into_iter().map(|figure| view! { <td>{figure}</td> }).collect_any()}
            <td>{word}</td>
        </tr>
    }
}

/// A list that is closed at first; nothing where there is no difference.
#[component]
fn Differences(
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
                    <table class="figures"><tbody>{list.into_iter().map(line).collect_any()}</tbody></table>
                </div>
            </details>
        }
    })
}
