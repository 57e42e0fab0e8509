//! Panels that are opened and closed again: nothing of them stays in memory.

use serde_json::{Value, json};

use crate::support::{browser::Browser, client::TestClient, server::TestServer, short_run};

/// Opens and closes every panel of the page once, by its own button, and waits until each has been drawn.
const ROUND: &str = "
    const done = arguments[arguments.length - 1];
    const frame = () => new Promise(next => requestAnimationFrame(() => setTimeout(next, 0)));
    (async () => {
        for (let turn = 0; turn < 2; turn++) {
            document.querySelector('.more-charts').click();
            await frame();
            const opens = 'main summary, footer summary, .table-button[aria-expanded]';
            for (const button of document.querySelectorAll(opens)) button.click();
            await frame();
        }
        for (const panel of document.querySelectorAll('[popover].explanation')) {
            panel.showPopover();
            panel.hidePopover();
        }
        document.querySelector('#commands').click();
        await frame();
        document.querySelector('#palette').hidePopover();
        await frame();
    })().then(() => done(null), error => done(String(error)));
";

/// What the browser holds once all garbage is gone.
#[derive(Debug)]
struct Held {
    heap_bytes: f64,
    nodes: f64,
    /// Nodes that are part of the page.
    in_page: f64,
}

async fn held(browser: &Browser) -> Held {
    // Twice: what the first takes away may have held more.
    for _ in 0..2 {
        browser.devtools("HeapProfiler.collectGarbage", json!({})).await;
    }
    let metrics = browser.ask_devtools("Performance.getMetrics", json!({})).await;
    let metric = |name: &str| {
        let metrics = metrics["metrics"].as_array().unwrap();
        let found = metrics.iter().find(|metric| metric["name"] == name);
        found.and_then(|metric| metric["value"].as_f64()).unwrap()
    };
    let count = "const walk = document.createTreeWalker(document); let nodes = 1; \
                 while (walk.nextNode()) nodes++; return nodes";
    let in_page = browser.page.execute(count, Vec::new()).await.unwrap();
    Held { heap_bytes: metric("JSHeapUsedSize"), nodes: metric("Nodes"), in_page: in_page.as_f64().unwrap() }
}

/// Goes that many rounds, and compares what is held after a quarter of them with what is held at the end.
async fn open_and_close(rounds: u32) {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let run = client.start(short_run("naive")).await;
    client.hear_out(&run).await;
    let browser = Browser::open(&server.url(&format!("/r/{run}"))).await;
    browser.wait_for("#run-again").await;
    browser.wait_for(".more-charts").await;
    browser.devtools("Performance.enable", json!({})).await;
    let round = async || {
        let failed = browser.page.execute_async(ROUND, Vec::new()).await.unwrap();
        assert_eq!(failed, Value::Null);
    };
    for _ in 0..rounds / 4 {
        round().await;
    }
    let before = held(&browser).await;
    for _ in rounds / 4..rounds {
        round().await;
    }
    let after = held(&browser).await;
    assert!(after.heap_bytes <= before.heap_bytes * 1.05, "{before:?} {after:?}");
    let detached = |held: &Held| held.nodes - held.in_page;
    assert!(detached(&after) <= detached(&before), "{before:?} {after:?}");
    browser.close().await;
}

#[tokio::test]
async fn panels_leave_nothing_behind() {
    open_and_close(20).await;
}

mod slow {
    #[tokio::test]
    async fn panels_leave_nothing_behind_after_200_rounds() {
        super::open_and_close(200).await;
    }
}
