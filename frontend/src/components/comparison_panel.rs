//! What two runs differ in, and whether that is more than noise.

use gloo_timers::future::TimeoutFuture;
use heapgym_shared::comparison::Comparison;
use leptos::{prelude::*, task::spawn_local};

use super::{
    comparison_table::{DeltaTable, Differences},
    help::Help,
};
use crate::{
    fetch,
    model::{
        dashboard::{Dashboard, Pairs},
        run::Run,
    },
    session::{Session, use_session},
};

const HELP: &str = "Change is what is typical within a pair of runs with the same arrivals. Noise is how large a change may be that says \
                    nothing: half the width of its 95 % interval over the pairs, kept within limits, which matter most for \
                    few pairs. A change within the noise is unchanged. The side that fails more requests never counts as better. Effect is the change in standard deviations of the pairs.";

/// A pair, and what came of comparing it: the comparison, or why there is none, as half a sentence.
type Compared = Option<(String, Result<Comparison, String>)>;

/// The comparison of two runs in sight that have both ended with a report; nothing before.
#[component]
pub fn ComparisonPanel() -> impl IntoView {
    let session = use_session();
    let ended = Memo::new(move |_| session.read(ended_pair));
    let compared: RwSignal<Compared> = RwSignal::new(None);
    Effect::new(move |_| {
        if let Some(pair) = ended.get() {
            spawn_local(follow(pair, compared, ended, session));
        }
    });
    move || {
        let compared = compared.get().filter(|(pair, _)| ended.get().as_ref() == Some(pair));
        compared.map(|(_, compared)| match compared {
            Ok(comparison) => view! { <Panel comparison/> }.into_any(),
            Err(reason) => {
                let sentence = format!("The runs could not be compared: {reason}.");
                view! { <p class="quiet">{sentence}</p> }.into_any()
            }
        })
    }
}

/// The two runs, as the address of their comparison names them, once both have a report.
fn ended_pair(dashboard: &Dashboard) -> Option<String> {
    let [a, b] = dashboard.runs() else { return None };
    let on_server = |run: &Run| run.report.is_some() && run.is_on_server();
    (on_server(a) && on_server(b)).then(|| format!("{}..{}", a.id, b.id))
}

/// Fetches what came of a pair, and as long as further pairs of it are to come, what comes of them.
async fn follow(pair: String, compared: RwSignal<Compared>, ended: Memo<Option<String>>, session: Session) {
    let of = session.read_once(Dashboard::address);
    loop {
        let fetched = fetched(&pair).await;
        // The reader may have gone on to other runs in the meantime.
        if ended.try_get_untracked() != Some(Some(pair.clone())) {
            return;
        }
        let (done, waiting) =
            fetched.as_ref().map_or((0, 0), |comparison| (comparison.pairs, comparison.waiting));
        session.count_pairs(Pairs { of: of.clone(), done, waiting });
        let fetched = Some((pair.clone(), fetched));
        // What is open in the panel stays open until there is something new.
        if compared.with_untracked(|before| *before != fetched) {
            compared.set(fetched);
        }
        if waiting == 0 {
            return;
        }
        TimeoutFuture::new(ASK_EVERY_MS).await;
    }
}

/// From one question for further pairs to the next: a pair takes some seconds.
const ASK_EVERY_MS: u32 = 2_000;

async fn fetched(pair: &str) -> Result<Comparison, String> {
    fetch::get(&format!("api/compare/{pair}")).await
}

#[component]
fn Panel(
    /// What is shown.
    comparison: Comparison,
) -> impl IntoView {
    let sentence = comparison.sentence();
    let pairs = match comparison.pairs {
        0 => "No pair of runs counts.".to_owned(),
        1 => "One pair of runs: the noise is assumed, not measured.".to_owned(),
        pairs => format!(
            "{pairs} pairs of runs with the same arrivals, taking turns in which goes first. Either side's figures are \
             the middle ones of its runs; the tiles and charts below show the first pair."
        ),
    };
    let (done, waiting) = (comparison.pairs, comparison.waiting);
    let session = use_session();
    let why = session.read_once(why);
    let Comparison { a, b, verdict, endings, left_out, deltas, spec, environment, .. } = comparison;
    view! {
        <section class="comparison" aria-label="Comparison" data-verdict=verdict.word()>
            <div>
                <strong>{sentence}</strong>" "<span class="quiet">{pairs}</span>
                <Help id="comparison-help".to_owned() about="Comparison" text=HELP/>
            </div>
            {(waiting > 0).then(|| view! {
                <p class="pairs-to-come">
                    <progress max=done + waiting value=done aria-label="Pairs of runs"></progress>
                    {format!(" {done} of {} pairs have run; the table grows with each. ", done + waiting)}
                    <button id="stop-comparison" type="button" on:click=move |_| session.stop()>"Stop the others"</button>
                </p>
            })}
            {why.map(|why| view! { <p id="why">{why}</p> })}
            {endings.into_iter().map(|ending| view! { <p class="quiet">{ending}</p> }).collect_view()}
            {left_out.into_iter().map(|run| view! { <p class="quiet">{format!("Left out: {run}")}</p> }).collect_view()}
            <DeltaTable sides=[a, b] deltas/>
            <Differences title="Their specifications differ" list=spec/>
            <Differences title="Their environments differ, which may be the reason" list=environment/>
        </section>
    }
}

/// What two variants of the same workload do differently, which is why their figures differ.
fn why(dashboard: &Dashboard) -> Option<String> {
    let [a, b] = dashboard.runs() else { return None };
    let (a, b) = (a.spec.as_ref()?, b.spec.as_ref()?);
    let info = a.workload.info();
    if info.id != b.workload.info().id || a.variant == b.variant {
        return None;
    }
    let said = |variant: &str| {
        let info = info.variants.iter().find(|info| info.id == variant)?;
        Some(format!("{variant}: {}", info.summary))
    };
    Some(format!("Why? {} {}", said(&a.variant)?, said(&b.variant)?))
}
