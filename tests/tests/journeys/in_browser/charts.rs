//! Charts on the page: read, zoomed and stopped by the keyboard alone, and by link.

use std::time::{Duration, Instant};

use crate::support::{browser::Browser, client::TestClient, run_of, server::TestServer, short_run};

/// Longer than anything a page is waited for.
const PATIENCE: Duration = Duration::from_secs(60);

const RIGHT: &str = "\u{E014}";
const SHIFT_RIGHT: &str = "\u{E008}\u{E014}\u{E000}";

/// What stands behind the `#` of the page's address.
async fn fragment(browser: &Browser) -> String {
    browser.page.current_url().await.unwrap().fragment().unwrap_or_default().to_owned()
}

/// The stretch of time in the address, in milliseconds.
async fn stretch(browser: &Browser) -> (u64, u64) {
    let fragment = fragment(browser).await;
    let read = || {
        let (from, to) = fragment.strip_prefix("t=")?.split_once('-')?;
        Some((from.parse().ok()?, to.parse().ok()?))
    };
    read().unwrap_or_else(|| panic!("no stretch: {fragment}"))
}

#[tokio::test]
async fn a_chart_is_read_and_zoomed_by_keyboard_alone() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(short_run("naive")).await;
    client.hear_out(&run).await;
    let browser = Browser::open(&server.url(&format!("/r/{run}"))).await;
    browser.wait_for("#outcome[data-outcome=completed]").await;

    // The cursor comes in at the left end, and all charts in sight follow it.
    let memory = "[data-plot=memory]";
    browser.press_at(memory, &RIGHT.repeat(40)).await;
    for chart in ["memory", "in_flight"] {
        browser.wait_for(&format!("[data-plot={chart}] .readout:not([hidden]) td")).await;
    }
    let words = browser.text("[data-plot=memory] .readout").await;
    assert!(words.contains("Live (allocated)") && words.contains("MiB"), "{words}");

    let whole = fragment(&browser).await;
    assert_eq!(whole, "");
    browser.press("+++").await;
    let (from, to) = stretch(&browser).await;
    browser.press(SHIFT_RIGHT).await;
    let (moved, _) = stretch(&browser).await;
    assert!(from < to && from < moved, "{from} {to} {moved}");
    browser.press("-").await;
    let (wider, end) = stretch(&browser).await;
    assert!(end - wider > to - from);

    // A link shows the same stretch, and one that is none shows the whole run.
    let second = Browser::open(&server.url(&format!("/r/{run}#t={wider}-{end}"))).await;
    second.wait_for("option[value=range]:not([hidden])").await;
    second.close().await;

    browser.press("0").await;
    assert_eq!(fragment(&browser).await, "");
    browser.press("l").await;
    browser.wait_for("figure:has([data-plot=memory]) button[aria-pressed=true].table-button").await;
    browser.press("t").await;
    browser.wait_for("figure:has([data-plot=memory]) table tbody tr").await;
    browser.page.back().await.unwrap();
    assert_ne!(fragment(&browser).await, "", "Back undoes it");
    browser.close().await;
}

#[tokio::test]
async fn charts_that_are_paused_say_how_far_they_are_behind() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(run_of(60_000)).await;
    let browser = Browser::open(&server.url(&format!("/r/{run}"))).await;
    browser.wait_for(".progress[data-phase=load]").await;
    browser.press_at("[data-plot=rate]", " ").await;
    browser.wait_for(".pause[aria-pressed=true]").await;
    let repaints = async || browser.attribute("canvas[data-chart=rate]", "data-repaints").await;
    behind(&browser, 0.3).await;
    let before = repaints().await;
    behind(&browser, 1.5).await;
    assert_eq!(repaints().await, before, "nothing is drawn while it is paused");
    // What came in meanwhile was not lost.
    browser.click(".pause").await;
    browser.wait_for(".pause[aria-pressed=false]").await;
    let start = Instant::now();
    while repaints().await == before {
        assert!(start.elapsed() < PATIENCE, "the chart goes on");
    }
    browser.close().await;
}

#[tokio::test]
async fn instants_are_shown_by_the_clock_or_since_the_run_began() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(short_run("pooled")).await;
    let (_, report) = client.hear_out(&run).await.finished.unwrap();
    let began_ms = report.unwrap().environment.began_at_ms.unwrap();
    let browser = Browser::open(&server.url(&format!("/r/{run}"))).await;
    let first = ".events li .figures";
    browser.wait_for(first).await;
    let since_the_beginning = browser.text(first).await;
    assert!(since_the_beginning.ends_with(" s"), "{since_the_beginning}");
    browser.click(".time-tools .clock").await;
    browser.wait_for(".time-tools .clock[aria-pressed=true]").await;
    // Minutes and seconds are the same in all zones, but for a few of half an hour.
    let shown = browser.text(first).await;
    let seconds = shown.rsplit(':').next().unwrap().parse::<f64>().unwrap();
    let expect =
        began_ms as f64 / 1_000.0 + since_the_beginning.trim_end_matches(" s").parse::<f64>().unwrap();
    let apart = (seconds - expect % 60.0).abs();
    assert!(!(0.3..=59.7).contains(&apart), "{shown} is not {expect}");
    browser.click(".time-tools .clock").await;
    browser.wait_for(".time-tools .clock[aria-pressed=false]").await;
    assert_eq!(browser.text(first).await, since_the_beginning);
    browser.close().await;
}

/// Waits until the charts say that they are so many seconds behind.
async fn behind(browser: &Browser, seconds: f64) {
    let start = Instant::now();
    loop {
        let words = browser.text(".time-tools .badge").await;
        let said = words.split_whitespace().find_map(|word| word.parse::<f64>().ok());
        if said.is_some_and(|said| said >= seconds) {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{words}");
    }
}

#[tokio::test]
async fn a_run_is_taken_home_from_the_page() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(short_run("pooled")).await;
    client.hear_out(&run).await;
    let browser = Browser::open(&server.url(&format!("/r/{run}"))).await;
    browser.click("figure:has([data-plot=pool]) .exports summary").await;
    let picture = browser.attribute("figure:has([data-plot=pool]) .exports a", "href").await.unwrap();
    assert!(picture.starts_with(&format!("i/r/{run}.svg?chart=pool")), "{picture}");
    let whole = browser.attribute(".exports.whole a", "href").await.unwrap();
    assert!(whole == format!("api/runs/{run}/export.html"), "{whole}");
    browser.close().await;
}
