//! The page put together.

use leptos::prelude::*;

use crate::{
    appearance::Appearance,
    components::{
        chart_panel::ChartPanels, event_list::EventList, export_links::RunExports, go_names::GoNames,
        heap_profile::HeapProfile, notice_bar::NoticeBar, outcome_banner::OutcomeBanner,
        page_header::PageHeader, run_controls::RunControls, run_form::RunForm, run_progress::RunProgress,
        source_view::SourceView, state_line::StateLine, tile_grid::TileGrid,
    },
    frames::Frames,
    session::{Refusal, RunsInSight, Session},
    timing::Timing,
};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    let session = Session::start();
    provide_context(session);
    provide_context(RunsInSight::of(session));
    provide_context(Refusal::of(session));
    provide_context(Appearance::restore());
    provide_context(Frames::new());
    provide_context(Timing::start());
    run_with_the_keyboard(session);
    view! {
        <PageHeader/>
        <main class="bench">
            <section class="setup" aria-label="What to run">
                <RunForm/>
                <RunControls/>
            </section>
            <section class="readings" aria-label="What it did">
                <div class="status">
                    <StateLine/>
                    <OutcomeBanner/>
                    <RunProgress/>
                </div>
                <NoticeBar/>
                <TileGrid/>
                <ChartPanels/>
                <HeapProfile/>
                <EventList/>
                <RunExports/>
            </section>
            <SourceView/>
        </main>
        <footer class="foot"><GoNames/></footer>
    }
}

/// Ctrl+Enter, or Cmd+Enter on a Mac, runs what the form says, and stops what is running.
fn run_with_the_keyboard(session: Session) {
    let listener = window_event_listener(leptos::ev::keydown, move |key| {
        if key.key() == "Enter" && (key.ctrl_key() || key.meta_key()) {
            key.prevent_default();
            if untrack(|| session.status().is_busy()) { session.stop() } else { session.run() }
        }
    });
    on_cleanup(move || listener.remove());
}
