//! All parts that come later, put together.

use leptos::prelude::*;

use super::{Parts, style};
use crate::{
    components::{
        announcer::Announcer, chart_panel::ChartPanels, command_palette::CommandPalette,
        comparison_panel::ComparisonPanel, copy_link::CopyLink, event_list::EventList,
        export_links::RunExports, go_names::go_names, heap_profile::HeapProfile, history_page::HistoryPage,
        live_control::LiveControl, load_preview::LoadPreview, next_steps::NextSteps, notice_bar::NoticeBar,
        outcome_banner::OutcomeBanner, report_table::ReportTable, run_file_input::RunFileInput,
        run_progress::RunProgress, source_view::SourceView, state_line::sentence, swatch::Swatch,
        tile_grid::TileGrid, workload_cards::WorkloadCards,
    },
    frames::Frames,
    model::form::Form,
    session::{RunsInSight, Session, use_session},
    timing::Timing,
    turns::in_turn,
};

pub(super) fn all() -> Parts {
    Parts {
        begin: |session| {
            // From here on the console is told of a panic in words: the beginning is too small to carry them.
            console_error_panic_hook::set_once();
            style::bring();
            session.begin();
        },
        act: Session::act,
        judge: Form::judge,
        state: |session| session.read(sentence),
        swatch,
        control: || view! { <LiveControl/> }.into_any(),
        preview: || view! { <LoadPreview/> }.into_any(),
        link: || view! { <CopyLink/> }.into_any(),
        history: || view! { <HistoryPage/> }.into_any(),
        everywhere: || view! { <CommandPalette/><RunFileInput/> }.into_any(),
        status: || view! { <Announcer/><OutcomeBanner/><NextSteps/><RunProgress/> }.into_any(),
        notices: || view! { <NoticeBar/> }.into_any(),
        readings,
        source: || view! { <SourceView/> }.into_any(),
        go_names,
    }
}

fn swatch() -> AnyView {
    let session = use_session();
    let variant = Signal::derive(move || session.form(|form| form.variant().to_owned()));
    view! { <Swatch variant/> }.into_any()
}

fn readings() -> AnyView {
    provide_context(RunsInSight::of(use_session()));
    provide_context(Frames::new());
    provide_context(Timing::start());
    view! {
        {in_turn(|| view! { <WorkloadCards/><ComparisonPanel/><TileGrid/> }.into_any())}
        {in_turn(|| view! { <ChartPanels/> }.into_any())}
        {in_turn(|| view! { <HeapProfile/> }.into_any())}
        {in_turn(|| view! { <EventList/><ReportTable/><RunExports/> }.into_any())}
    }
    .into_any()
}
