//! A live run of 30 minutes on the page, with a clock that runs faster: what stays in memory, how long frames take.

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use serde_json::json;

use crate::{
    bench::{browser::Browser, server::Server, table::markdown},
    say,
};

/// What goes before the page's own scripts.
const STRETCH: &str = include_str!("page/stretch.js");
/// Samples of half an hour, ten a second, as `stretch.js` sends them.
const SAMPLES: f64 = 18_000.0;
/// How often the memory is looked at.
const STEPS: u32 = 6;
/// Longer than a slow machine takes for all of it.
const PATIENCE: Duration = Duration::from_secs(900);

/// Runs it; answers with the table.
pub(super) fn table(heapgym: &Path) -> Result<String> {
    let server = Server::start(heapgym)?;
    let mut page = Browser::open_with(&server.url, STRETCH)?;
    page.wait_for("document.querySelector('#connection[data-state=open]')")?;
    page.evaluate("document.querySelector('#run').click()")?;
    page.wait_for("soak.sent > 0")?;
    let end = Instant::now() + PATIENCE;
    let mut rows = Vec::new();
    for step in 1..=STEPS {
        let samples = SAMPLES * f64::from(step) / f64::from(STEPS);
        while page.number("soak.sent")? < samples {
            ensure!(Instant::now() < end, "the page takes in too few samples");
            thread::sleep(Duration::from_millis(200));
        }
        page.call("HeapProfiler.collectGarbage", json!({}))?;
        let heap = page.call("Runtime.getHeapUsage", json!({}))?;
        let mib = |bytes: f64| format!("{:.1}", bytes / f64::from(1 << 20));
        let script = heap["usedSize"].as_f64().context("no heap")?;
        let module = page.number("soak.memory.buffer.byteLength")?;
        let minutes = samples / 600.0;
        say::remark(&format!("{minutes} of 30 minutes"));
        let frames = page.number("soak.frames")?;
        let (longest, over) = (page.number("soak.longest")?, page.number("soak.over")?);
        rows.push([
            format!("{minutes:.0}"),
            mib(script),
            mib(module),
            format!("{frames:.0}"),
            format!("{longest:.1}"),
            format!("{over:.0}"),
        ]);
    }
    let head =
        ["minute", "script's heap, MiB", "module's memory, MiB", "frames", "longest work, ms", "over 50 ms"];
    Ok(markdown(head, &rows))
}
