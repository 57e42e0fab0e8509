//! What a run can be compared with: another variant in pairs that are made for it, or a run that is there.

use heapgym_shared::{
    comparison::MOST_PAIRS,
    history::{RunLine, RunList},
    protocol::RunId,
    unit::Unit,
};
use leptos::{prelude::*, task::spawn_local};
use serde_json::Value;

use crate::{
    fetch::{self, start_comparison},
    model::{address::Address, history::sentence},
    navigation::use_navigation,
    page::local_time,
    session::use_session,
};

/// How many pairs can be asked for. With three, what hardly varies can be told from noise in a minute or so.
const CHOICES: [u32; 5] = [1, 3, 5, 10, MOST_PAIRS];

/// The choice, folded until it is asked for.
#[component]
pub fn CompareWith(
    /// The run.
    run: RunId,
) -> impl IntoView {
    let (session, navigation) = (use_session(), use_navigation());
    let others: RwSignal<Option<Result<Vec<RunLine>, String>>> = RwSignal::new(None);
    let refused = RwSignal::new(String::new());
    // Once is enough.
    let asked = RwSignal::new(false);
    let wanted = RwSignal::new(CHOICES[1]);
    let id = StoredValue::new(run);
    let about = move || {
        session
            .read_run(&id.read_value(), |run| {
                let spec = run.spec.as_ref()?;
                Some((spec.workload.info(), spec.variant.clone(), run.written.clone()?))
            })
            .flatten()
    };
    let fetch = move |_| {
        let Some((info, ..)) = untrack(about) else { return };
        let own = id.get_value();
        // The reader may have gone on to another run in the meantime.
        spawn_local(async move { drop(others.try_set(Some(same_workload(info.id, &own).await))) });
    };
    let pairs = move || {
        let Some((info, own, written)) = about() else { return Vec::new() };
        let others = info.variant_ids().into_iter().filter(move |variant| *variant != own);
        others
            .map(|variant| {
                let spec = with_variant(&written, variant);
                let start = move |_| {
                    let (sides, pairs) = ([id.get_value().0.into(), spec.clone()], wanted.get_untracked());
                    asked.set(true);
                    spawn_local(async move {
                        match start_comparison(sides, pairs).await {
                            Ok([a, b]) => navigation.go(&Address::Pair(a, b)),
                            Err(reason) => {
                                let _ = asked.try_set(false);
                                let _ = refused.try_set(format!("The comparison was not begun: {reason}."));
                            }
                        }
                    });
                };
                view! {
                    <button type="button" data-with=variant disabled=move || asked.get() on:click=start>{variant}</button>
                }
            })
            .collect_view()
    };
    let choice =
        |pairs: u32| view! { <option value=pairs.to_string() selected=pairs == CHOICES[1]>{pairs}</option> };
    let choose = move |event| {
        if let Ok(pairs) = event_target_value(&event).parse() {
            wanted.set(pairs);
        }
    };
    let time = move || {
        let planned_ms =
            session.read_run(&id.read_value(), |run| Some(run.spec.as_ref()?.planned_ms())).flatten();
        let whole_ms = planned_ms.unwrap_or(0) * 2 * u64::from(wanted.get());
        let pairs = if wanted.get() == 1 { "pair" } else { "pairs" };
        format!(
            " {pairs} of new runs in turn, at most {} in all:",
            Unit::Milliseconds.format(whole_ms as f64)
        )
    };
    let link = move |line: RunLine| {
        let address = Address::Pair(line.id.clone(), id.get_value()).href();
        let baseline = line.baselines.iter().map(|name| format!("baseline {name}, ")).collect::<String>();
        let words =
            format!("{baseline}{}, {} · {}", line.load, local_time(line.created_at_ms), sentence(&line));
        view! { <li><a href=address>{line.variant}</a>" "<span class="quiet">{words}</span></li> }
    };
    let list = move || match others.get() {
        None => view! { <p class="quiet">"Fetching the runs."</p> }.into_any(),
        Some(Err(reason)) => view! { <p>"The runs are not here: "{reason}"."</p> }.into_any(),
        Some(Ok(lines)) if lines.is_empty() => {
            view! { <p class="quiet">"No other run of this workload yet."</p> }.into_any()
        }
        Some(Ok(lines)) => view! { <ul>{lines.into_iter().map(link).collect_view()}</ul> }.into_any(),
    };
    view! {
        <details id="compare-with" class="compare-with">
            <summary on:click=fetch>"Compare with\u{2026}"</summary>
            <div>
                <p>
                    "Another variant. Both are run anew, with the same arrivals in each pair: "
                    <select id="pairs" aria-label="Pairs of runs" on:change=choose>
                        {CHOICES.into_iter().map(choice).collect_view()}
                    </select>
                    {time}
                </p>
                <div class="knobs">{pairs}</div>
                <p class="refusal" role="alert">{move || refused.get()}</p>
                <p>"Or a run that is there, as a single pair:"</p>
                {list}
            </div>
        </details>
    }
}

/// The newest runs of a workload that have ended, without one of them.
async fn same_workload(workload: &str, but: &RunId) -> Result<Vec<RunLine>, String> {
    let list: RunList = fetch::get(&format!("api/runs?workload={workload}&limit=9")).await?;
    Ok(list.runs.into_iter().filter(|line| line.id != *but && line.figures.is_some()).take(8).collect())
}

/// The same specification with another variant; a pool goes where there is none.
fn with_variant(written: &Value, variant: &str) -> Value {
    let mut spec = written.clone();
    if let Some(spec) = spec.as_object_mut() {
        spec.insert("variant".to_owned(), variant.into());
        spec.remove("pool");
    }
    spec
}
