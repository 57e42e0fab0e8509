//! The figures of the runs in sight, one tile each.

use heapgym_shared::protocol::RunId;
use leptos::prelude::*;

use super::{help::Help, swatch::Swatch};
use crate::{
    model::tiles::{TILES, Tile},
    session::{RunsInSight, use_session},
};

/// All tiles.
#[component]
pub fn TileGrid() -> impl IntoView {
    let tiles = TILES.iter().map(|tile| view! { <TileCard tile/> }).collect_view();
    view! { <dl class="tiles" aria-label="Figures">{tiles}</dl> }
}

/// One tile: a figure for each run.
#[component]
fn TileCard(
    /// Which figure.
    tile: &'static Tile,
) -> impl IntoView {
    let RunsInSight(runs) = expect_context();
    view! {
        <div class="tile" data-tile=tile.id>
            <dt>{tile.title}<Help id=format!("tile-{}", tile.id) about=tile.title text=tile.help()/></dt>
            <For each=move || runs.get() key=RunId::clone let(id)>
                <FigureLine tile id/>
            </For>
            <Show when=move || runs.read().is_empty()>
                <dd class="figure"><span class="value figures">{Tile::NONE}</span></dd>
            </Show>
        </div>
    }
}

/// The figure of one run.
#[component]
fn FigureLine(
    /// Which figure.
    tile: &'static Tile,
    /// The run.
    id: RunId,
) -> impl IntoView {
    let session = use_session();
    let run = StoredValue::new(id);
    let variant = Memo::new(move |_| {
        session.read_run(&run.read_value(), |run| run.variant().to_owned()).unwrap_or_default()
    });
    let figure = Memo::new(move |_| session.read_run(&run.read_value(), |run| tile.figure(run)));
    let text = move || figure.get().map_or(Tile::NONE.to_owned(), |figure| figure.text);
    let alarming = move || figure.read().as_ref().is_some_and(|figure| figure.alarming).to_string();
    view! {
        <dd class="figure" data-variant=move || variant.get()>
            <Swatch variant=Signal::derive(move || variant.get())/>
            <span class="value figures" data-alarming=alarming>{text}</span>
            <span class="scope quiet">{move || figure.read().as_ref().map(|figure| figure.scope)}</span>
        </dd>
    }
}
