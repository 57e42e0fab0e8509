//! The page in Chromium.

use nix::sys::signal::Signal;

use crate::support::{
    browser::{Browser, LOOKS},
    client::TestClient,
    run_of,
    server::TestServer,
};

const CHARTS: [&str; 4] = ["rate", "response_time", "in_flight", "memory"];

async fn repaints(browser: &Browser, chart: &str) -> u32 {
    let count = browser.attribute(&format!("canvas[data-chart={chart}]"), "data-repaints").await;
    count.and_then(|count| count.parse().ok()).unwrap_or(0)
}

#[tokio::test]
async fn a_visitor_presses_run_and_watches() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.screenshot("1-first-visit").await;

    // With the defaults: what a newcomer does.
    browser.click("#run").await;
    browser.wait_for("#state[data-state=running]").await;
    let mut before = Vec::new();
    for chart in CHARTS {
        before.push(repaints(&browser, chart).await);
    }
    let early = browser.text("[data-tile=rss]").await;
    browser.wait_for(".progress[data-phase=load]").await;
    browser.screenshot("2-running").await;
    assert_ne!(browser.text("[data-tile=rss]").await, early, "tiles change while it runs");

    browser.wait_for("#outcome[data-outcome=completed]").await;
    assert!(browser.text("#outcome").await.contains("Completed"));
    for (chart, before) in CHARTS.into_iter().zip(before) {
        let painted = repaints(&browser, chart).await - before;
        assert!(painted > 20, "{chart} was painted {painted} times");
    }
    assert!(browser.text("#source").await.contains("async fn handle"), "the handler's source is there");
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.screenshot(&format!("3-completed-{name}")).await;
    }
    browser.close().await;
}

#[tokio::test]
async fn naive_then_pooled_are_overlaid() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.fill("#duration", "3s").await;
    browser.click("#run-pair").await;
    browser.wait_for("[data-variant=naive][data-run-outcome=completed]").await;
    browser.wait_for("[data-variant=pooled][data-run-outcome=completed]").await;
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.screenshot(&format!("4-pair-{name}")).await;
    }
    browser.close().await;
}

#[tokio::test]
async fn a_run_is_stopped_and_shown_at_its_own_address() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.click("#run").await;
    browser.wait_for("#state[data-state=running]").await;
    let address = browser.page.current_url().await.unwrap();
    assert!(address.path().starts_with("/r/"), "{address}");
    browser.click("#stop").await;
    browser.wait_for("#outcome[data-outcome=stopped]").await;

    let second = Browser::open(address.as_str()).await;
    second.wait_for("#outcome[data-outcome=stopped]").await;
    assert!(repaints(&second, "memory").await > 0, "its charts are drawn from what was kept");
    second.close().await;
    browser.close().await;
}

#[tokio::test]
async fn who_comes_from_go_finds_what_has_another_name() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#go-names").await;
    browser.click("#go-names > summary").await;
    browser.wait_for("#go-names[open] tbody").await;
    let words = browser.text("#go-names").await;
    for name in ["GOGC", "GOMEMLIMIT", "sync.Pool", "--dirty-decay"] {
        assert!(words.contains(name), "{words}");
    }
    for (name, look) in LOOKS {
        browser.look(look).await;
        if look.width > 640 {
            browser.click("#go-names tbody tr:last-child th").await; // into sight: narrow, Run lies over it
        }
        browser.screenshot(&format!("9-from-go-{name}")).await;
    }
    browser.close().await;
}

#[tokio::test]
async fn a_field_out_of_range_says_so_beside_it_and_nothing_runs() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.fill("#duration", "10h").await;
    let words = browser.text("#duration[aria-invalid=true] ~ .refusal").await;
    assert!(words.contains("1 s to 10 min"), "{words}");
    assert!(browser.attribute("#run", "disabled").await.is_some());
    browser.screenshot("5-refused").await;
    browser.close().await;
}

#[tokio::test]
async fn out_of_memory_is_a_result_on_the_page() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.fill("#memory-limit", "64MiB").await;
    browser.click("#run").await;
    browser.wait_for("#outcome[data-outcome=out_of_memory]").await;
    assert!(browser.text("#outcome").await.contains("64 MiB"));
    browser.screenshot("6-out-of-memory").await;
    browser.close().await;
}

#[tokio::test]
async fn a_server_that_goes_away_is_shown_as_such() {
    let mut server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    server.kill();
    browser.wait_for("#connection[data-state=waiting]").await;
    browser.screenshot("7-connection-lost").await;
    browser.close().await;
}

#[tokio::test]
async fn a_server_that_falls_silent_is_no_connection_and_a_pressed_button_says_that_it_waits() {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(run_of(120_000)).await;
    let browser = Browser::open(&server.url(&format!("/r/{run}"))).await;
    browser.wait_for("#state[data-state=running]").await;
    server.signal(Signal::SIGSTOP);
    browser.click("#stop").await;
    browser.wait_for_words("Asked the server to stop the run.").await;
    browser.wait_for("#stop:disabled").await;
    browser.wait_for("#connection[data-state=waiting]").await;
    browser.wait_for("#lost").await;
    browser.screenshot("silent-server").await;
    server.signal(Signal::SIGCONT);
    browser.wait_for("#connection[data-state=open]").await;
    // It was asked before it was stopped.
    browser.wait_for("#outcome[data-outcome=stopped]").await;
    browser.close().await;
}
