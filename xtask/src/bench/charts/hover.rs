//! Cursors that move together: six of uPlot's charts, and the page with a run on it.

use std::path::Path;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::bench::{browser::Browser, server::Server, table::markdown};

/// How often the mouse moves.
const MOVES: u32 = 200;

/// What a kind of charts does while the mouse moves.
struct Hovered {
    charts: f64,
    /// Main thread time for each move, in milliseconds.
    per_move: f64,
    /// How many drawings of a canvas there were.
    drawings: f64,
}

/// Moves the mouse over both; answers with the table.
pub(super) fn table(bench: &mut Browser, heapgym: &Path) -> Result<String> {
    let place = bench.evaluate("hoverable()")?;
    let uplot = hover(bench, &place, "charts.length", "drawn()")?;
    let server = Server::start(heapgym)?;
    let mut page = Browser::open(&server.url)?;
    page.wait_for("document.querySelector('#connection[data-state=open]')")?;
    // A short run, to have something under the mouse.
    page.fill("#duration", "2s")?;
    page.evaluate("document.querySelector('#run').click()")?;
    page.wait_for("document.querySelector('#outcome[data-outcome=completed]')")?;
    let place = page.evaluate(
        "const box = document.querySelector('.plot').getBoundingClientRect(); \
         ({ left: box.left, top: box.top, width: box.width, height: box.height })",
    )?;
    let drawn = "[...document.querySelectorAll('[data-repaints]')].reduce((sum, one) => sum + Number(one.dataset.repaints), 0)";
    let own = hover(&mut page, &place, "document.querySelectorAll('.plot').length", drawn)?;

    let row = |name: &str, hovered: &Hovered| {
        let Hovered { charts, per_move, drawings } = hovered;
        [name.to_owned(), charts.to_string(), format!("{per_move:.2}"), drawings.to_string()]
    };
    let head = ["hover, all cursors together", "charts", "main thread, ms/move", "canvas drawings"];
    Ok(markdown(head, &[row("uPlot, with its legend", &uplot), row("heapgym's page", &own)]))
}

/// Moves the mouse across the first chart.
fn hover(browser: &mut Browser, place: &Value, charts: &str, drawn: &str) -> Result<Hovered> {
    let number = |value: &Value| value.as_f64().context("not a number");
    let side = |name: &str| number(&place[name]);
    let (left, top, width, height) = (side("left")?, side("top")?, side("width")?, side("height")?);
    let charts = number(&browser.evaluate(charts)?)?;
    browser.hover(left + width / 2.0, top + height / 2.0)?;
    browser.evaluate("new Promise(requestAnimationFrame).then(() => null)")?;
    let (work, drawings) = (browser.work()?, number(&browser.evaluate(drawn)?)?);
    for at in 0..MOVES {
        let part = f64::from(at) / f64::from(MOVES);
        browser.hover(left + width * (0.1 + 0.8 * part), top + height / 2.0)?;
    }
    browser.evaluate("new Promise(requestAnimationFrame).then(() => null)")?;
    let (after, drawings_after) = (browser.work()?, number(&browser.evaluate(drawn)?)?);
    let per_move = 1_000.0 * (after.busy - work.busy) / f64::from(MOVES);
    Ok(Hovered { charts, per_move, drawings: drawings_after - drawings })
}
