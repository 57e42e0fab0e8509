//! The page put together.

use leptos::prelude::*;

use crate::{
    appearance::Appearance,
    components::{
        announcer::Announcer, chart_panel::ChartPanels, command_palette::CommandPalette,
        comparison_panel::ComparisonPanel, event_list::EventList, export_links::RunExports,
        go_names::GoNames, heap_profile::HeapProfile, history_page::HistoryPage, next_steps::NextSteps,
        notice_bar::NoticeBar, outcome_banner::OutcomeBanner, page_header::PageHeader,
        report_table::ReportTable, run_controls::RunControls, run_file_input::RunFileInput,
        run_form::RunForm, run_progress::RunProgress, source_view::SourceView, state_line::StateLine,
        tile_grid::TileGrid, welcome::Welcome, workload_cards::WorkloadCards,
    },
    frames::Frames,
    model::{address::Address, brief::Status},
    session::{Judgement, Refusal, RunsInSight, Session, address, use_session},
    timing::Timing,
    turns::in_turn,
};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);
    let judgement = Judgement::of(session);
    provide_context(judgement);
    provide_context(Refusal::of(session, judgement));
    provide_context(Appearance::restore());
    hear_the_keyboard(session);
    view! {
        <PageHeader/>
        {if address() == Address::Runs {
            view! { <main class="history"><HistoryPage/></main> }.into_any()
        } else {
            bench().into_any()
        }}
        <footer class="foot">
            <GoNames/>
            <button id="commands" type="button" on:click=move |_| session.list_commands()>
                "Commands and keys: ?"
            </button>
        </footer>
        <CommandPalette/>
        <RunFileInput/>
    }
}

/// The playground: what to run, and what it did.
fn bench() -> impl IntoView {
    view! {
        <main class="bench">
            <section class="setup" aria-label="What to run">
                {in_turn(|| view! { <RunForm/> }.into_any())}
                {in_turn(|| view! { <RunControls/> }.into_any())}
            </section>
            {in_turn(|| view! { <Readings/> }.into_any())}
        </main>
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
            // A run by link is shown with all that is told of it: what stands above it is then as high as it stays.
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
    if address() == Address::Runs {
        return;
    }
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
