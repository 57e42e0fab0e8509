//! `cargo xtask bench charts`: heapgym's drawing beside uPlot's, on one page, with the same data and size.

mod hover;
mod programs;
mod site;
mod soak;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::{browser::Browser, environment, rig, spread::Spread, table::markdown};
use crate::{needs, say, ship::Shipped};

/// Points of each of the three series of a large chart: 166,650 and 1 M in all.
const POINTS: [u32; 2] = [55_550, 333_333];

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Rounds of each drawing, the two taking turns at going first
    #[arg(long, default_value_t = 31, value_parser = clap::value_parser!(u32).range(3..))]
    rounds: u32,
    /// Rounds of the live charts, 4 s each
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    live_rounds: u32,
}

/// The same for the two that are compared.
#[derive(Debug, Clone, Copy)]
struct Pair {
    peer: Spread,
    heapgym: Spread,
}

pub(super) fn run(args: &Args) -> Result<()> {
    needs::require(&needs::BROWSER)?;
    let address = site::serve(programs::page()?)?;
    let mut browser = Browser::open(&format!("http://{address}/"))?;
    browser.wait_for("window.loaded")?;
    say::result(&format!(
        "{}\n- Browser: {}, without a window and without a GPU\n- uPlot: {}\n",
        environment::machine(super::processors::Processors::Shared),
        browser.version()?,
        programs::UPLOT
    ));

    let mut rows = Vec::new();
    for points in POINTS {
        say::remark(&format!("3 series of {points} points"));
        let kinds = browser.evaluate(&format!("redraw({points}, {})", args.rounds))?;
        for (kind, times) in kinds.as_object().context("no times")? {
            rows.push(row(&format!("{kind}, 3 x {points}"), Pair::read(times, "uplot")?));
        }
        let times = browser.evaluate(&format!("append({points}, {})", args.rounds))?;
        rows.push(row(&format!("one more point, 3 x {points}"), Pair::read(&times, "uplot")?));
    }
    let head = ["1200 x 400, ms", "uPlot", "heapgym", "heapgym / uPlot"];
    say::result(&format!("{}\n", markdown(head, &rows)));

    say::remark("six live charts");
    say::result(&format!("{}\n", live(&mut browser, args.live_rounds)?));

    say::remark("a heat map");
    let times = browser.evaluate(&format!("heatmap({})", args.rounds))?;
    let head = ["600 x 100 cells, ms", "fillRect for each", "heapgym", "heapgym / fillRect"];
    say::result(&format!("{}\n", markdown(head, &[row("one more column", Pair::read(&times, "cells")?)])));

    // Last what takes the page that is shipped, and what that page weighs.
    let heapgym = rig::build()?;
    say::remark("cursors that move together");
    say::result(&format!("{}\n", hover::table(&mut browser, &heapgym)?));
    say::remark("a live run of 30 minutes, about 15 times as fast");
    say::result(&format!("{}\n", soak::table(&heapgym)?));
    say::result(&Shipped::measure()?.to_string());
    Ok(())
}

impl Pair {
    fn read(times: &Value, peer: &str) -> Result<Self> {
        let spread = |name: &str| {
            let times = times[name].as_array().into_iter().flatten().filter_map(Value::as_f64);
            Spread::of_middle_half(times).with_context(|| format!("no times of {name}"))
        };
        Ok(Self { peer: spread(peer)?, heapgym: spread("heapgym")? })
    }
}

/// Median and middle half of both, and the ratio of the medians.
fn row(what: &str, Pair { peer, heapgym }: Pair) -> [String; 4] {
    let ratio = format!("{:.2}", heapgym.middle / peer.middle);
    [what.to_owned(), format!("{peer:.2}"), format!("{heapgym:.2}"), ratio]
}

/// How much of the main thread six charts take that get a point in each frame.
fn live(browser: &mut Browser, rounds: u32) -> Result<String> {
    const MILLISECONDS: f64 = 4_000.0;
    let (mut busy, mut rates) = ([Vec::new(), Vec::new()], [Vec::new(), Vec::new()]);
    for round in 0..rounds {
        let mut turns = [(0, "uplot"), (1, "heapgym")];
        turns.rotate_left(round as usize % 2);
        for (at, name) in turns {
            browser.evaluate(&format!(
                "window.ready = false; window.done = null; \
                 live('{name}', {MILLISECONDS}).then((frames) => window.done = frames); null"
            ))?;
            browser.wait_for("window.ready")?;
            let before = browser.work()?;
            browser.evaluate("window.go(); null")?;
            browser.evaluate("new Promise((end) => { const look = () => window.done === null ? setTimeout(look, 50) : end(window.done); look(); })")?;
            let after = browser.work()?;
            let frames = browser.evaluate("window.done")?.as_f64().context("no frames")?;
            ensure!(after.at > before.at, "the browser's clock stands still");
            busy[at].push(100.0 * (after.busy - before.busy) / (after.at - before.at));
            rates[at].push(frames / (MILLISECONDS / 1_000.0));
        }
    }
    let [uplot, heapgym] = busy.map(Spread::of);
    let (uplot, heapgym) = uplot.zip(heapgym).context("no rounds")?;
    let [of_uplot, of_heapgym] = rates.map(Spread::of);
    let (of_uplot, of_heapgym) = of_uplot.zip(of_heapgym).context("no rounds")?;
    let ratio = format!("{:.2}", heapgym.middle / uplot.middle);
    let rows = [
        ["main thread busy, %".to_owned(), format!("{uplot:.1}"), format!("{heapgym:.1}"), ratio],
        ["frames/s".to_owned(), format!("{of_uplot:.1}"), format!("{of_heapgym:.1}"), String::new()],
    ];
    let head = ["six live charts, 600 x 200, 2 series of 600 points", "uPlot", "heapgym", "heapgym / uPlot"];
    Ok(markdown(head, &rows))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_row_has_both_medians_and_their_ratio() {
        let times = json!({"uplot": [4.0, 5.0, 6.0], "heapgym": [2.0, 3.0, 2.5]});
        let expect = ["redraw", "5.00 (4.00..6.00)", "2.50 (2.00..3.00)", "0.50"];
        assert_eq!(row("redraw", Pair::read(&times, "uplot").unwrap()), expect);
        assert!(Pair::read(&times, "cells").is_err());
    }
}
