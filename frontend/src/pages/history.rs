//! The list of runs: searched, filtered, sorted, and what can be done with each.

use heapgym_shared::{
    history::{RunLine, RunList},
    outcome::OUTCOMES,
    protocol::RunId,
    workload::WORKLOADS,
};
use leptos::{prelude::*, task::spawn_local};
use leptos_meta::Title;

use crate::{
    components::{notice_bar::NoticeBar, run_card::RunCard, run_file_input::choose_file},
    fetch::search,
    model::{
        address::Address,
        history::{ORDERS, Wanted},
    },
    navigation::use_navigation,
};

/// What came of asking for a list: the runs so far and how many there are, or why they are not here.
type Listed = Option<Result<RunList, String>>;

/// The page of all runs.
#[component]
pub fn HistoryPage() -> impl IntoView {
    let navigation = use_navigation();
    let wanted = RwSignal::new(Wanted::default());
    let listed: RwSignal<Listed> = RwSignal::new(None);
    let picked = RwSignal::new(Vec::<RunId>::new());
    // How many were deleted since the list was fetched, less those that were had back.
    let deleted = RwSignal::new(0_i64);
    Effect::new(move |_| {
        wanted.track();
        deleted.set(0);
        fetch(wanted, listed, 0, 0);
    });
    let count = move || match &*listed.read() {
        None => "Fetching the runs.".to_owned(),
        Some(Err(reason)) => format!("The runs are not here: {reason}."),
        Some(Ok(list)) if wanted.read().deleted => match list.total.saturating_add_signed(deleted.get()) {
            0 => "No run was deleted within the last hour, or none that is like that.".to_owned(),
            1 => "One run is deleted.".to_owned(),
            total => format!("{total} runs are deleted."),
        },
        Some(Ok(list)) => match (list.total.saturating_add_signed(-deleted.get()), wanted.read().is_all()) {
            (0, true) => "No run yet. What is run on the playground is kept here.".to_owned(),
            (0, false) => "No run is like that. Take a word or a filter away.".to_owned(),
            (1, _) => "One run.".to_owned(),
            (total, _) => format!("{total} runs."),
        },
    };
    let lines = move || match &*listed.read() {
        Some(Ok(list)) => list.runs.clone(),
        _ => Vec::new(),
    };
    let gone = move || untrack(move || wanted.read().deleted);
    let more = move |_| {
        // Of those that are shown some are deleted, or restored, and no longer in the server's list.
        let away = deleted.get_untracked();
        let away = if wanted.read_untracked().deleted { -away } else { away };
        fetch(wanted, listed, untrack(lines).len() as u64, away);
    };
    let has_more = move || matches!(&*listed.read(), Some(Ok(list)) if (list.runs.len() as u64) < list.total);
    let failed = move || matches!(&*listed.read(), Some(Err(_)));
    let compare = move |_| {
        if let [a, b] = &picked.read_untracked()[..] {
            navigation.go(&Address::Pair(a.clone(), b.clone()));
        }
    };
    view! {
        <Title text="Runs"/>
        <main class="history">
            <div class="heading">
                <h2>"Runs"</h2>
                <button id="import" type="button" on:click=|_| choose_file()>"Import a run\u{2026}"</button>
            </div>
            <NoticeBar/>
            <Filters wanted/>
            <div class="list-state">
                <p id="count" role="status">{count}</p>
                <Show when=failed>
                    <button type="button" on:click=move |_| fetch(wanted, listed, 0, 0)>"Try again"</button>
                </Show>
                <button id="compare-picked" type="button" disabled=move || picked.read().len() != 2
                    on:click=compare>"Compare the two that are picked"</button>
            </div>
            <ul class="run-cards">
                // One that comes into the other list is another card: it says other things.
                <For each=lines key=move |line| (line.id.clone(), gone()) let(line)>
                    <RunCard line gone=gone() picked deleted/>
                </For>
            </ul>
            <Show when=has_more>
                <button id="more-runs" type="button"
                    on:click=more>"More runs"</button>
            </Show>
        </main>
    }
}

/// What the list is narrowed to, and its order.
#[component]
fn Filters(
    /// What is wanted.
    wanted: RwSignal<Wanted>,
) -> impl IntoView {
    let outcomes = OUTCOMES.iter().map(|id| ((*id).to_owned(), id.replace('_', " "))).collect();
    let workloads = WORKLOADS.iter().map(|info| (info.id.to_owned(), info.title.to_owned())).collect();
    let orders = ORDERS.map(|(id, title)| (id.to_owned(), title.to_owned())).into();
    view! {
        <form id="filters" class="filters" role="search" autocomplete="off" on:submit=|event: leptos::ev::SubmitEvent| event.prevent_default()>
            <label>"Search"<input id="search" type="search" placeholder="variant, note or tag"
                on:input=move |event| wanted.update(|wanted| wanted.search = event_target_value(&event))/></label>
            <Pick title="Outcome" all="Any outcome" options=outcomes
                choose=Callback::new(move |id| wanted.update(|wanted| wanted.outcome = id))/>
            <Pick title="Workload" all="Any workload" options=workloads
                choose=Callback::new(move |id| wanted.update(|wanted| wanted.workload = id))/>
            <Pick title="Order" all="" options=orders
                choose=Callback::new(move |id| wanted.update(|wanted| wanted.order = id))/>
            <label class="tick"><input id="only-pinned" type="checkbox"
                on:change=move |event| wanted.update(|wanted| wanted.pinned = event_target_checked(&event))/>"Pinned"</label>
            <label class="tick"><input id="only-deleted" type="checkbox"
                on:change=move |event| wanted.update(|wanted| wanted.deleted = event_target_checked(&event))/>"Deleted"</label>
        </form>
    }
}

/// A choice of the filters.
#[component]
fn Pick(
    /// Its label.
    title: &'static str,
    /// What no choice is called; empty where there always is one.
    all: &'static str,
    /// The ids and titles to choose from.
    options: Vec<(String, String)>,
    /// What is done with the id.
    choose: Callback<String>,
) -> impl IntoView {
    let none = (!all.is_empty()).then(|| (String::new(), all.to_owned()));
    let options = none.into_iter().chain(options);
    let options = options.map(|(id, title)| view! { <option value=id>{title}</option> });
    view! {
        <label>{title}
            <select on:change=move |event| choose.run(event_target_value(&event))>{options.collect_view()}</select>
        </label>
    }
}

/// Fetches the list behind those that are shown, of which some are `away`, as they are not in the server's list any more.
/// An answer that comes when something else is wanted is dropped.
fn fetch(wanted: RwSignal<Wanted>, listed: RwSignal<Listed>, shown: u64, away: i64) {
    let offset = shown.saturating_add_signed(-away);
    let asked = wanted.get_untracked();
    spawn_local(async move {
        let fetched = search::<RunList>("api/runs", asked.query(offset)).await;
        if wanted.try_get_untracked() != Some(asked) {
            return;
        }
        listed.update(|listed| match (listed, fetched) {
            (Some(Ok(before)), Ok(more)) if shown > 0 => {
                // Others may have begun or gone since: those that are there already come once.
                let is_new = |run: &RunLine| before.runs.iter().all(|there| there.id != run.id);
                let new: Vec<_> = more.runs.into_iter().filter(is_new).collect();
                before.runs.extend(new);
                before.total = more.total.saturating_add_signed(away);
            }
            // What is there is better than nothing: the button is there to try again.
            (Some(Ok(_)), Err(_)) if shown > 0 => {}
            (listed, fetched) => *listed = Some(fetched),
        });
    });
}
