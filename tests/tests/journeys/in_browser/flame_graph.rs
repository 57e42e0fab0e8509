//! Heap profiles in the page and as pictures: flame graph, table, and what pooling removed.

use std::collections::BTreeMap;

use heapgym_shared::{
    profile::{Profile, SampleType},
    protocol::RunId,
};

use crate::support::{
    browser::{Browser, LOOKS},
    server::TestServer,
};

/// Keys as WebDriver writes them.
const DOWN: &str = "\u{E015}";
const ENTER: &str = "\u{E007}";
const ESCAPE: &str = "\u{E00C}";

/// The function that allocated most bytes itself.
fn hottest(profile: &Profile) -> String {
    let mut flat = BTreeMap::<u32, u64>::new();
    for stack in &profile.stacks {
        let leaf = *stack.frames.last().unwrap();
        *flat.entry(leaf).or_default() += stack.value(SampleType::AllocSpace);
    }
    let (function, _) = flat.into_iter().max_by_key(|(_, bytes)| *bytes).unwrap();
    profile.functions[function as usize].clone()
}

async fn open(server: &TestServer) -> Browser {
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.fill("#concurrency", "20").await;
    browser
}

#[tokio::test]
async fn the_flame_graph_names_what_is_hot_and_the_difference_what_pooling_removed() {
    let server = TestServer::start();
    let browser = open(&server).await;
    browser.fill("#duration", "2s").await;
    browser.click("#fields > .more > summary").await;
    browser.select("#heap-profile", "load").await;
    browser.click("#run-pair").await;
    browser.wait_for("[data-variant=naive][data-run-outcome=completed]").await;
    browser.wait_for("[data-variant=pooled][data-run-outcome=completed]").await;

    let address = browser.page.current_url().await.unwrap();
    let (naive, pooled) = address.path().trim_start_matches("/c/").split_once("..").unwrap();
    let (status, body) = server.request("GET", &format!("/api/runs/{naive}/profile.json"), b"").await;
    assert_eq!(status, 200, "{body}");
    let hot = hottest(&serde_json::from_str(&body).unwrap());

    // Of two runs the difference comes first.
    let verdict = browser.text("#heap-verdict").await;
    // So little may be left that no sample fell on it.
    let less = verdict.starts_with("pooled allocates ") && verdict.contains(" less than naive.");
    assert!(less || verdict.starts_with("In pooled nothing was sampled; naive allocates "), "{verdict}");
    let gone = verdict.split("What went away: ").nth(1).unwrap();
    assert!(gone.starts_with(&format!("{hot} \u{2212}")), "{hot}: {verdict}");
    browser.wait_for(".frame").await;
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.picture_of("#heap .heap-parts", &format!("8-difference-{name}")).await;
    }
    browser.look(LOOKS[0].1).await;

    // The naive run alone: the table begins with what the profile says.
    browser.select("#heap-base", "").await;
    browser.select("#heap-shown", "0").await;
    browser.wait_for_words(&format!("Most of it in {hot}")).await;
    assert_eq!(browser.text("#heap-top tbody tr:first-child .function").await, hot);
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.picture_of("#heap .heap-parts", &format!("9-flame-{name}")).await;
    }
    browser.look(LOOKS[0].1).await;
    search_and_zoom(&browser, &hot).await;
    browser.click("#heap-every").await;
    browser.wait_for(".frame[aria-level='20']").await;
    browser.picture_of("#heap .heap-parts", "13-every-call").await;
    browser.close().await;
    pictures(&server, naive, pooled, &hot).await;
}

/// By the keyboard alone.
async fn search_and_zoom(browser: &Browser, hot: &str) {
    browser.press_at(".frame[tabindex='0']", DOWN).await;
    browser.press("/").await;
    browser.press(hot).await;
    browser.wait_for_words(" % of all.").await;
    browser.press(ENTER).await;
    browser.wait_for(".frame[data-found=true]:focus").await;
    assert!(browser.attribute("#heap-whole", "disabled").await.is_some());
    browser.press(ENTER).await;
    browser.wait_for("#heap-whole:enabled").await;
    browser.wait_for(".frame[data-found=true]:focus[style*='width:100.000%']").await;
    browser.picture_of("#heap", "10-found").await;
    // Each leads out to where more is seen, which may be a part still.
    for _ in 0..8 {
        browser.press(ESCAPE).await;
    }
    browser.wait_for("#heap-whole:disabled").await;
    browser.wait_for(".frame[data-found=true]:focus").await;
}

/// The same as pictures for who asks for them.
async fn pictures(server: &TestServer, naive: &str, pooled: &str, hot: &str) {
    let of = async |query: &str| {
        let path = format!("/api/runs/{pooled}/profile.svg?sample_type=alloc_space{query}");
        server.request("GET", &path, b"").await
    };
    let (status, alone) = of("").await;
    assert!(status == 200 && alone.starts_with("<svg") && alone.contains("products, pooled"), "{alone}");
    let (status, difference) = of(&format!("&base={naive}&base_at=0&theme=dark")).await;
    let hot = hot.replace('<', "&lt;").replace('>', "&gt;");
    assert!(status == 200 && difference.contains(&format!("What went away: {hot} \u{2212}")), "{difference}");
    for (query, status, field) in
        [("&base_at=0", 400, "base_at"), ("&theme=pink", 400, "query"), ("&at=7", 404, "at")]
    {
        let (found, body) = of(query).await;
        assert!(found == status && body.contains(&format!("\"{field}\"")), "{query}: {body}");
    }
}

#[tokio::test]
async fn a_profile_is_asked_for_while_the_run_goes_on() {
    let server = TestServer::start();
    let browser = open(&server).await;
    browser.click("#heap summary").await;
    assert!(browser.text("#heap-none").await.contains("No run here has one."));
    browser.picture_of("#heap", "11-no-profile").await;
    browser.fill("#duration", "60s").await;
    browser.click("#run").await;
    browser.click("#heap-control > summary").await;
    browser.click("#start-profile").await;
    browser.wait_for_words("heap profile begins").await;
    assert!(browser.text("#heap-none").await.contains("when it has ended"));
    for _ in 0..2 {
        browser.click("#take-profile").await;
        browser.wait_for_words("heap profile taken: asked for").await;
    }
    browser.click("#stop-profile").await;
    browser.wait_for_words("heap profile ends").await;
    browser.screenshot("12-asked-for").await;
    browser.click("#stop").await;
    browser.wait_for_words("Most of it in").await;
    browser.select("#heap-base", "0").await;
    browser.wait_for_words("naive at ").await;
    let run = RunId(browser.page.current_url().await.unwrap().path().trim_start_matches("/r/").to_owned());
    let (status, body) = server.request("GET", &format!("/api/runs/{run}/profile.json?at=1"), b"").await;
    assert_eq!(status, 200, "{body}");
    browser.close().await;
}
