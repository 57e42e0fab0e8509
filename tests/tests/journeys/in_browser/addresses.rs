//! Addresses of the page: Back, Forward, links, a base path, and what goes on when the page is gone.

use std::{
    fmt::Debug,
    time::{Duration, Instant},
};

use heapgym_shared::protocol::RunId;
use serde_json::{Value, json};

use crate::support::{browser::Browser, client::TestClient, server::TestServer, short_run};

/// Longer than any run here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A run of this variant that has ended.
async fn ended_run(server: &TestServer, variant: &str) -> RunId {
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(short_run(variant)).await;
    client.hear_out(&run).await;
    run
}

/// Asks again and again until the answer is the expected one.
async fn wait_until<T: PartialEq + Debug>(expected: T, ask: impl AsyncFn() -> T) {
    let start = Instant::now();
    loop {
        let answer = ask().await;
        if answer == expected {
            return;
        }
        assert!(start.elapsed() < PATIENCE, "{answer:?}, and not {expected:?}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits until the address has this path.
async fn wait_for_path(browser: &Browser, path: &str) {
    wait_until(path.to_owned(), async || browser.page.current_url().await.unwrap().path().to_owned()).await;
}

/// Waits until the page shows these runs and no others.
async fn wait_for_runs(browser: &Browser, runs: &[&RunId]) {
    let script = "return [...document.querySelectorAll('.exports.whole a[href$=\"export.json\"]')]
        .map(link => link.getAttribute('href').split('/').at(-2))";
    wait_until(json!(runs), async || browser.page.execute(script, Vec::new()).await.unwrap()).await;
}

#[tokio::test]
async fn back_and_forward_show_what_the_address_names() {
    let server = TestServer::start();
    let (a, b) = (ended_run(&server, "naive").await, ended_run(&server, "pooled").await);
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#state[data-state=idle]").await;
    let script = "window.wasReloaded = false";
    browser.page.execute(script, Vec::new()).await.unwrap();

    browser.click("header a[href=runs]").await;
    wait_for_path(&browser, "/runs").await;
    browser.click(&format!(".run-card[data-run='{a}'] .run-link")).await;
    wait_for_path(&browser, &format!("/r/{a}")).await;
    wait_for_runs(&browser, &[&a]).await;
    assert_eq!(browser.page.title().await.unwrap(), "products naive · heapgym");
    browser.click("header a[href=runs]").await;
    for run in [&a, &b] {
        browser.click(&format!(".run-card[data-run='{run}'] .pick")).await;
    }
    browser.click("#compare-picked").await;
    let pair = format!("/c/{a}..{b}");
    wait_for_path(&browser, &pair).await;
    wait_for_runs(&browser, &[&a, &b]).await;

    browser.page.back().await.unwrap();
    wait_for_path(&browser, "/runs").await;
    browser.wait_for_words("2 runs.").await;
    assert_eq!(browser.page.title().await.unwrap(), "Runs · heapgym");
    browser.page.back().await.unwrap();
    wait_for_path(&browser, &format!("/r/{a}")).await;
    wait_for_runs(&browser, &[&a]).await;
    // A form that was filled from the run does not take the place of the run's address.
    browser.click("header h1 a").await;
    wait_for_path(&browser, "/").await;
    browser.page.back().await.unwrap();
    wait_for_path(&browser, &format!("/r/{a}")).await;
    wait_for_runs(&browser, &[&a]).await;
    browser.page.back().await.unwrap();
    browser.page.back().await.unwrap();
    wait_for_path(&browser, "/").await;
    browser.wait_for("#state[data-state=idle]").await;
    browser.wait_for("#tour").await;
    browser.page.execute("history.go(2)", Vec::new()).await.unwrap();
    wait_for_path(&browser, &format!("/r/{a}")).await;
    wait_for_runs(&browser, &[&a]).await;
    let kept = browser.page.execute("return window.wasReloaded", Vec::new()).await.unwrap();
    assert_eq!(kept, json!(false), "the page was never loaded again");
    browser.close().await;
}

#[tokio::test]
async fn back_from_a_second_run_shows_the_first_one() {
    let server = TestServer::start();
    let a = ended_run(&server, "naive").await;
    let browser = Browser::open(&server.url(&format!("/r/{a}"))).await;
    wait_for_runs(&browser, &[&a]).await;
    browser.press_at("[data-plot=memory]", "++").await;
    browser.wait_for("option[value=range]:not([hidden])").await;
    browser.click("#run-again").await;
    browser.wait_for("#state[data-state=running]").await;
    let second = browser.page.current_url().await.unwrap().path().to_owned();
    assert!(second.starts_with("/r/") && second != format!("/r/{a}"), "{second}");
    browser.page.back().await.unwrap();
    wait_for_path(&browser, &format!("/r/{a}")).await;
    wait_for_runs(&browser, &[&a]).await;
    browser.wait_for("#state[data-state=finished]").await;
    browser.wait_for("option[value=range]:not([hidden])").await;
    browser.close().await;
}

#[tokio::test]
async fn a_pair_goes_on_when_the_page_is_closed() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.click("#tour").await;
    browser.wait_for("#state[data-state=running]").await;
    let path = browser.page.current_url().await.unwrap().path().to_owned();
    assert!(path.starts_with("/c/"), "{path}");
    browser.close().await;

    let completed = async || {
        let (_, list) = server.request("GET", "/api/runs", b"").await;
        let list: Value = serde_json::from_str(&list).unwrap();
        let runs = list["runs"].as_array().unwrap().iter();
        runs.filter(|run| run["outcome"]["kind"] == "completed").count()
    };
    wait_until(2, completed).await;
    let browser = Browser::open(&server.url(&path)).await;
    browser.wait_for(".comparison").await;
    browser.close().await;
}

#[tokio::test]
async fn the_page_works_below_a_base_path() {
    let server = TestServer::start_with(&["--listen", "127.0.0.1:0", "--base-path", "/gym"]);
    let run = ended_run(&server, "naive").await;
    let browser = Browser::open(&server.url("/gym/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.click("header a[href=runs]").await;
    wait_for_path(&browser, "/gym/runs").await;
    browser.wait_for(&format!(".run-card[data-run='{run}'] img")).await;
    let loaded = "const image = document.querySelector('.run-card img'); return image.complete && image.naturalWidth > 0";
    wait_until(json!(true), async || browser.page.execute(loaded, Vec::new()).await.unwrap()).await;
    browser.click(".run-card .run-link").await;
    wait_for_path(&browser, &format!("/gym/r/{run}")).await;
    wait_for_runs(&browser, &[&run]).await;
    browser.page.refresh().await.unwrap();
    wait_for_runs(&browser, &[&run]).await;
    browser.click("#run-again").await;
    browser.wait_for("#state[data-state=running]").await;
    let path = browser.page.current_url().await.unwrap().path().to_owned();
    assert!(path.starts_with("/gym/r/") && !path.ends_with(&run.0), "{path}");
    browser.close().await;

    // A proxy that takes the base off reaches the same.
    let (status, page) = server.request("GET", "/runs", b"").await;
    assert!(status == 200 && page.contains("<base href=\"/gym/\">"), "{page}");
}

#[tokio::test]
async fn a_link_to_settings_may_have_gone_through_other_programs() {
    let server = TestServer::start();
    let link = heapgym_shared::link::write(&json!({
        "workload": {"kind": "logs"}, "variant": "pooled",
        "load": {"profile": {"kind": "constant_arrival_rate", "rate": 250, "duration_ms": 4_000}},
    }));
    let carried = link.strip_prefix("/play#s=").unwrap();
    let browser = Browser::open(&server.url("/")).await;
    for address in
        [format!("/play#s%3D{carried}"), format!("/play#utm=x&s={carried}"), format!("/play%23s={carried}")]
    {
        browser.page.goto("about:blank").await.unwrap();
        browser.page.goto(&server.url(&address)).await.unwrap();
        browser.wait_for("#source[data-variant=pooled]").await;
        assert_eq!(browser.property("#workload", "value").await, "logs", "{address}");
    }
    browser.page.goto(&server.url("/play#s%3Dv1.damaged!")).await.unwrap();
    browser.wait_for("#notice").await;
    browser.close().await;
}

#[tokio::test]
async fn the_page_goes_on_when_replies_come_after_the_reader_has() {
    let server = TestServer::start();
    let run = ended_run(&server, "naive").await;
    let browser = Browser::open(&server.url("/runs")).await;
    let card = format!(".run-card[data-run='{run}']");
    browser.wait_for(&card).await;
    browser.devtools("Network.enable", json!({})).await;
    let slow = json!({"offline": false, "latency": 1500, "downloadThroughput": -1, "uploadThroughput": -1});
    browser.devtools("Network.emulateNetworkConditions", slow).await;
    browser.click(&format!("{card} .delete")).await;
    browser.fill("#search", "nothing like it").await;
    browser.wait_for_words("No run is like that").await;
    browser.fill("#search", "").await;
    // And gone for good before anything has come.
    browser.click("header a[href='./']").await;
    browser.wait_for("#tour").await;
    browser.click("header a[href=runs]").await;
    browser.wait_for_words("No run yet.").await;
    browser.close().await;
}
