//! The figures of the runs in sight, one tile each.

use heapgym_shared::protocol::RunId;
use leptos::prelude::*;

use super::{help::Help, swatch::Swatch};
use crate::{
    live::{CollectAny, Show, attr, each, live, memo},
    model::tiles::{TILES, Tile},
    session::{RunsInSight, use_session},
};

/// All tiles.
#[component]
pub fn TileGrid() -> impl IntoView {
    let tiles = TILES.iter().map(|tile| view! { <TileCard tile/> }).collect_any();
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
            {each(move || runs.get(), |id: &RunId| id.0.clone(), move |id| view! { <FigureLine tile id/> })}
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
    let variant =
        memo(move || session.read_run(&run.read_value(), |run| run.variant().to_owned()).unwrap_or_default());
    let figure = memo(move || session.read_run(&run.read_value(), |run| tile.figure(run)));
    let text = move || figure.get().map_or(Tile::NONE.to_owned(), |figure| figure.text);
    let alarming = move || figure.read().as_ref().is_some_and(|figure| figure.alarming).to_string();
    view! {
        <dd class="figure" data-variant=attr(move || variant.get())>
            <Swatch variant=Signal::derive(move || variant.get())/>
            <span class="value figures" data-alarming=attr(alarming)>{live(text)}</span>
            <span class="scope quiet">{live(move || figure.read().as_ref().map(|figure| figure.scope))}</span>
        </dd>
    }
}
