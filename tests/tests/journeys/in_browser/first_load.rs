//! What a visitor sees while the page's program is on its way.

use serde_json::json;

use crate::support::{browser::Browser, proxy::Proxy, server::TestServer};

#[tokio::test]
async fn the_name_and_a_sentence_are_there_before_the_program() {
    let server = TestServer::start();
    let browser = Browser::open("about:blank").await;
    browser.devtools("Network.enable", json!({})).await;
    browser.devtools("Network.setBlockedURLs", json!({"urls": ["*start-*.js", "*.wasm"]})).await;
    browser.page.goto(&server.url("/")).await.unwrap();
    browser.wait_for_words("See how a service uses memory under load.").await;
    assert_eq!(browser.text("h1").await, "heapgym");
    browser.screenshot("first-load").await;

    browser.devtools("Network.setBlockedURLs", json!({"urls": []})).await;
    browser.page.goto(&server.url("/")).await.unwrap();
    browser.wait_for("#connection[data-state=open]").await;
    browser.press_at("body", "\u{E009}\u{E007}\u{E000}").await; // Ctrl+Enter
    browser.wait_for("#state[data-state=running]").await;
    browser.close().await;
}

#[tokio::test]
async fn what_keeps_the_program_from_starting_is_named() {
    let server = TestServer::start();
    let browser = Browser::open("about:blank").await;
    browser.devtools("Network.enable", json!({})).await;
    browser.devtools("Network.setBlockedURLs", json!({"urls": ["*heapgym-frontend-*.js"]})).await;
    browser.page.goto(&server.url("/")).await.unwrap();
    browser.wait_for_words("is missing or blocked.").await;
    browser.screenshot("first-load-missing").await;
    browser.devtools("Network.setBlockedURLs", json!({"urls": []})).await;

    let policy = "Content-Security-Policy: default-src 'self'";
    let proxy = Proxy::start_adding(&server.address, policy).await;
    browser.page.goto(&format!("http://{proxy}/")).await.unwrap();
    browser.wait_for_words("A Content-Security-Policy blocks the page: script-src").await;
    browser.close().await;
}
