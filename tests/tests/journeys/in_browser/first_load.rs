//! What a visitor is sent: the form at once, all that draws when a run is near.

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::support::{browser::Browser, server::TestServer};

/// The modules that were fetched, without the one that the page begins with; one for each time.
async fn fetched(browser: &Browser) -> Vec<String> {
    let script = "return performance.getEntriesByType('resource').map(entry => entry.name)
        .filter(name => name.endsWith('.wasm') && !name.includes('_bg-'))";
    let names: Vec<Value> =
        serde_json::from_value(browser.page.execute(script, Vec::new()).await.unwrap()).unwrap();
    names.into_iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Brings the keyboard to the run button without pressing it.
async fn focus_run(browser: &Browser) {
    const SHIFT: &str = "\u{E008}\u{E000}";
    browser.press_at("#run", SHIFT).await;
}

#[tokio::test]
async fn what_draws_is_fetched_when_run_is_near_and_once() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.wait_for("#to-come").await;
    browser.screenshot("first-load").await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(fetched(&browser).await, [""; 0], "nobody has asked for it");

    focus_run(&browser).await;
    browser.wait_for("[data-plot=memory]").await;
    let modules = fetched(&browser).await;
    assert!(!modules.is_empty(), "they draw now, so they were fetched");
    browser.click("#run").await;
    browser.wait_for(".progress[data-phase=load]").await;
    let drawn = async || {
        let count = browser.attribute("canvas[data-chart=memory]", "data-repaints").await;
        count.and_then(|count| count.parse::<u32>().ok()).unwrap_or(0)
    };
    let start = Instant::now();
    while drawn().await < 5 {
        assert!(start.elapsed() < Duration::from_secs(30), "its chart is not drawn");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let in_all = fetched(&browser).await;
    assert_eq!(in_all.len(), in_all.iter().collect::<BTreeSet<_>>().len(), "none twice: {in_all:?}");
    browser.close().await;
}

#[tokio::test]
async fn run_is_pressed_before_what_runs_it_is_here() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.press_at("body", "\u{E009}\u{E007}\u{E000}").await; // Ctrl+Enter
    browser.wait_for("#state[data-state=running]").await;
    browser.close().await;
}

#[tokio::test]
async fn what_cannot_be_fetched_is_said_and_asked_for_again() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.devtools("Network.enable", json!({})).await;
    browser.devtools("Network.setBlockedURLs", json!({"urls": ["*split_*"]})).await;
    browser.click("#run").await;
    browser.wait_for_words("is not here: the server did not send it").await;
    browser.wait_for("#state[data-state=idle]").await;
    browser.screenshot("first-load-failed").await;

    browser.devtools("Network.setBlockedURLs", json!({"urls": []})).await;
    browser.click("#run").await;
    browser.wait_for("#state[data-state=running]").await;
    browser.close().await;
}
