//! The page put together: what all addresses share, and a page for each.

use leptos::prelude::*;
use leptos_meta::{Title, provide_meta_context};
use leptos_router::{
    components::{ParentRoute, Route, Router, Routes},
    path,
};

use crate::{
    appearance::Appearance,
    components::{
        command_palette::CommandPalette, go_names::GoNames, page_header::PageHeader,
        run_file_input::RunFileInput,
    },
    navigation::{Navigation, base},
    pages::{
        comparison::ComparisonPage, history::HistoryPage, no_such_page::NoSuchPage,
        playground::PlaygroundPage, run::RunPage, workbench::Workbench,
    },
    session::{Judgement, Refusal, Session},
};

/// The whole page.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    provide_context(Appearance::restore());
    view! {
        <Title formatter=|page: String| format!("{page} · heapgym")/>
        <Router base=base()>
            <Pages/>
        </Router>
    }
}

/// The page of the address, and what is around it.
#[component]
fn Pages() -> impl IntoView {
    let navigation = Navigation::of_router();
    provide_context(navigation);
    let session = Session::start(navigation);
    Effect::new(move |_| session.show(&navigation.address()));
    provide_context(session);
    let judgement = Judgement::of(session);
    provide_context(judgement);
    provide_context(Refusal::of(session, judgement));
    view! {
        <PageHeader/>
        <Routes fallback=NoSuchPage>
            <ParentRoute path=path!("") view=Workbench>
                <Route path=path!("") view=PlaygroundPage/>
                <Route path=path!("play") view=PlaygroundPage/>
                <Route path=path!("r/:id") view=RunPage/>
                <Route path=path!("c/:pair") view=ComparisonPage/>
            </ParentRoute>
            <Route path=path!("runs") view=HistoryPage/>
        </Routes>
        <footer class="foot">
            <GoNames/>
            <button id="commands" type="button" on:click=move |_| session.list_commands()>"Commands and keys: ?"</button>
        </footer>
        <CommandPalette/>
        <RunFileInput/>
    }
}
