//! The list of runs in Chromium: search, labels, deletion and restoring, import, and use without a mouse.

use serde_json::Value;

use crate::support::{
    browser::{Browser, LOOKS},
    client::TestClient,
    run_of,
    server::TestServer,
    short_run,
};

/// A server with a run of `naive` and one of `pooled`, and their names.
async fn with_two_runs() -> (TestServer, [String; 2]) {
    let server = TestServer::start();
    let mut client = TestClient::connect(&server.address).await;
    let mut names = Vec::new();
    for variant in ["naive", "pooled"] {
        let run = client.start(short_run(variant)).await;
        client.hear_out(&run).await;
        names.push(run.0);
    }
    (server, names.try_into().unwrap())
}

#[tokio::test]
async fn runs_are_found_labelled_deleted_and_had_back() {
    let (server, [naive, pooled]) = with_two_runs().await;
    let browser = Browser::open(&server.url("/runs")).await;
    browser.wait_for_words("2 runs.").await;
    let card = |run: &str| format!(".run-card[data-run='{run}']");
    let card = |run: &str, part: &str| format!("{} {part}", card(run));
    browser.wait_for(&card(&naive, "img")).await;

    browser.click(&card(&naive, ".labels > summary")).await;
    browser.fill(&card(&naive, ".note-text"), "before the pool").await;
    browser.fill(&card(&naive, ".tag-text"), "baseline, monday").await;
    browser.click(&card(&naive, ".annotate button")).await;
    browser.wait_for(&card(&naive, ".tag")).await;
    browser.click(&card(&naive, ".pin")).await;
    browser.wait_for(&format!(".run-card[data-run='{naive}'][data-pinned=true]")).await;
    browser.fill(&card(&naive, ".baseline-name"), "main").await;
    browser.click(&card(&naive, ".name button")).await;
    browser.wait_for_words("Baseline: main").await;
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.screenshot(&format!("40-history-{name}")).await;
    }
    browser.look(LOOKS[0].1).await;

    browser.fill("#search", "monday").await;
    browser.wait_for_words("One run.").await;
    browser.fill("#search", "nothing like it").await;
    browser.wait_for_words("No run is like that").await;
    browser.fill("#search", "products").await;
    browser.wait_for_words("2 runs.").await;

    browser.click(&card(&pooled, ".delete")).await;
    browser.wait_for(&card(&pooled, ".undo")).await;
    let (_, list) = server.request("GET", "/api/runs", b"").await;
    assert_eq!(serde_json::from_str::<Value>(&list).unwrap()["total"], 1);
    browser.screenshot("41-deleted").await;
    // Not only as long as the page stays: an hour, from wherever it is looked for.
    browser.page.refresh().await.unwrap();
    browser.wait_for_words("One run.").await;
    browser.click("#only-deleted").await;
    browser.wait_for_words("One run is deleted.").await;
    browser.click(&card(&pooled, ".undo")).await;
    browser.wait_for(&card(&pooled, ".delete")).await;
    browser.wait_for_words("No run was deleted").await;
    browser.click("#only-deleted").await;
    browser.wait_for_words("2 runs.").await;
    let (_, list) = server.request("GET", "/api/runs", b"").await;
    assert_eq!(serde_json::from_str::<Value>(&list).unwrap()["total"], 2);

    for run in [&naive, &pooled] {
        browser.click(&card(run, ".pick")).await;
    }
    browser.click("#compare-picked").await;
    browser.wait_for(".comparison").await;
    browser.close().await;
}

#[tokio::test]
async fn a_file_opens_without_the_server_and_is_imported_where_all_runs_are() {
    let (server, [naive, _]) = with_two_runs().await;
    let (_, export) = server.request("GET", &format!("/api/runs/{naive}/export.json"), b"").await;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("monday.json");
    std::fs::write(&path, export).unwrap();
    let other = directory.path().join("holiday.json");
    std::fs::write(&other, "{\"photos\": []}").unwrap();

    let browser = Browser::open(&server.url("/play")).await;
    browser.wait_for("#run-file").await;
    browser.drop_file(&path).await;
    browser.wait_for("#outcome[data-outcome=completed]").await;
    assert!(browser.text("#from-file").await.contains("monday.json"));
    assert!(browser.page.current_url().await.unwrap().path() == "/", "no address shows it");
    browser.screenshot("42-from-a-file").await;
    browser.drop_file(&other).await;
    let said = browser.text("#notice").await;
    assert!(said.contains("holiday.json cannot be opened: spec is missing"), "{said}");
    let (_, list) = server.request("GET", "/api/runs", b"").await;
    assert_eq!(serde_json::from_str::<Value>(&list).unwrap()["total"], 2, "the server has no part in it");

    browser.page.goto(&server.url("/runs")).await.unwrap();
    browser.wait_for_words("2 runs.").await;
    browser.drop_file(&other).await;
    assert!(browser.text("#notice").await.contains("holiday.json was not imported"));
    browser.drop_file(&path).await;
    browser.wait_for("#outcome[data-outcome=completed]").await;
    let address = browser.page.current_url().await.unwrap();
    assert!(address.path().starts_with("/r/") && !address.path().contains(&naive), "{address}");
    browser.close().await;
}

#[tokio::test]
async fn all_of_it_goes_without_a_mouse() {
    const ENTER: &str = "\u{e007}";
    const TAB: &str = "\u{e004}";
    const CONTROL: &str = "\u{e009}";
    let server = TestServer::start();
    let browser = Browser::open(&server.url(&heapgym_shared::link::write(&run_of(30_000)))).await;
    browser.wait_for("#run:not([disabled])").await;
    let command = async |words: &str| {
        browser.press(&format!("{CONTROL}k")).await; // where it is no letter of a text, `?` does too
        browser.wait_for("#palette:popover-open").await;
        browser.press(&format!("{words}{ENTER}")).await;
    };
    browser.press("?").await;
    browser.wait_for("#palette:popover-open").await;
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.screenshot(&format!("43-commands-{name}")).await;
    }
    browser.look(LOOKS[0].1).await;
    browser.press("\u{e00c}").await; // Escape

    browser.press(&format!("{CONTROL}{ENTER}")).await;
    browser.wait_for(".progress[data-phase=load]").await;
    command("stop").await;
    browser.wait_for("#outcome[data-outcome=stopped]").await;

    command("change one").await;
    browser.wait_for("#variant:focus").await;
    browser.press("pooled").await;
    browser.wait_for_words("products \u{b7} pooled").await;
    command("go to the settings").await;
    browser.wait_for("#workload:focus").await;
    while !browser.has_focus("#duration").await {
        browser.press(TAB).await;
    }
    browser.press(&format!("{CONTROL}a")).await;
    browser.press("2s").await;
    browser.press(&format!("{CONTROL}{ENTER}")).await;
    browser.wait_for("#outcome[data-outcome=completed]").await;

    command("theme: dark").await;
    browser.wait_for("html[data-theme=dark]").await;
    command("go to the charts").await;
    browser.wait_for(".plot:focus").await;
    browser.press("\u{e014}\u{e014}t").await; // the cursor twice to the right, then the table
    browser.wait_for(".chart .data-table").await;

    command("all runs").await;
    browser.wait_for_words("2 runs.").await;
    while !browser.has_focus(".delete").await {
        browser.press(TAB).await;
    }
    browser.press(ENTER).await;
    browser.wait_for(".undo:focus").await;
    browser.press(ENTER).await;
    browser.wait_for(".run-link:focus").await;
    browser.press(ENTER).await;
    browser.wait_for("#outcome").await;
    browser.close().await;
}
