//! Where runs are made and looked at: the form, what goes on, figures and charts.

use leptos::prelude::*;
use leptos_router::components::Outlet;

use crate::{
    components::{
        announcer::Announcer, chart_panel::ChartPanels, comparison_panel::ComparisonPanel,
        event_list::EventList, export_links::RunExports, heap_profile::HeapProfile, next_steps::NextSteps,
        notice_bar::NoticeBar, outcome_banner::OutcomeBanner, report_table::ReportTable,
        run_controls::RunControls, run_form::RunForm, run_progress::RunProgress, source_view::SourceView,
        state_line::StateLine, tile_grid::TileGrid, welcome::Welcome, workload_cards::WorkloadCards,
    },
    frames::Frames,
    model::brief::Status,
    session::{RunsInSight, Session, use_session},
    timing::Timing,
    turns::in_turn,
};

/// The form and the runs in sight. It stays while the address goes from one run to another.
#[component]
pub fn Workbench() -> impl IntoView {
    hear_the_keyboard(use_session());
    view! {
        <main class="bench">
            <section class="setup" aria-label="What to run">
                {in_turn(|| view! { <RunForm/> }.into_any())}
                {in_turn(|| view! { <RunControls/> }.into_any())}
            </section>
            {in_turn(|| view! { <Readings/> }.into_any())}
        </main>
        <Outlet/>
    }
}

/// What a run did, and the handler that it ran.
#[component]
fn Readings() -> impl IntoView {
    let session = use_session();
    let loaded = Memo::new(move |_| session.status() != Status::Loading);
    view! {
        <section class="readings" aria-label="What it did">
            <div class="status"><StateLine/><Announcer/><OutcomeBanner/><NextSteps/><RunProgress/></div>
            <NoticeBar/>
            <Welcome/>
            // A run by link is shown once all of it is here, so that nothing above it changes its height later.
            <Show when=move || loaded.get() fallback=|| view! {
                <p id="to-come" class="to-come quiet" role="status">"Loading the run."</p>
            }>
                <Measured/>
            </Show>
        </section>
        <SourceView/>
    }
}

/// The figures and charts of the runs in sight.
#[component]
fn Measured() -> impl IntoView {
    provide_context(RunsInSight::of(use_session()));
    provide_context(Frames::new());
    provide_context(Timing::start());
    view! {
        {in_turn(|| view! { <WorkloadCards/><ComparisonPanel/><TileGrid/> }.into_any())}
        {in_turn(|| view! { <ChartPanels/> }.into_any())}
        {in_turn(|| view! { <HeapProfile/> }.into_any())}
        {in_turn(|| view! { <EventList/><ReportTable/><RunExports/> }.into_any())}
    }
}

/// On the playground Ctrl+Enter, or Cmd+Enter on a Mac, runs what the form says, and stops what is running.
fn hear_the_keyboard(session: Session) {
    let listener = window_event_listener(leptos::ev::keydown, move |key| {
        if key.key() != "Enter" || !(key.ctrl_key() || key.meta_key()) {
            return;
        }
        key.prevent_default();
        if untrack(|| session.status().is_busy()) {
            session.stop();
        } else {
            session.run();
        }
    });
    on_cleanup(move || listener.remove());
}
