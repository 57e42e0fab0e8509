//! The playground in Chromium: the first visit, links that carry settings, and what is wrong with them.

use std::time::{Duration, Instant};

use heapgym_shared::{Outcome, history::RunList, link, load::PROFILES, protocol::ClientMessage};
use serde_json::{Value, json};

use crate::support::{
    browser::{Browser, LOOKS, WIDE},
    client::TestClient,
    run_of,
    server::TestServer,
    short_run,
};

async fn runs(server: &TestServer) -> u64 {
    let (_, list) = server.request("GET", "/api/runs", b"").await;
    serde_json::from_str::<Value>(&list).unwrap()["total"].as_u64().unwrap()
}

#[tokio::test]
async fn one_press_shows_a_newcomer_the_difference_and_why() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.screenshot("30-welcome").await;
    let begin = Instant::now();
    browser.click("#tour").await;
    browser.wait_for(".comparison tr[data-verdict=improved]").await;
    println!("from the press to the verdict: {:.1} s", begin.elapsed().as_secs_f64());
    let why = browser.text("#why").await;
    assert!(
        why.starts_with("Why? naive:") && why.contains("pooled: The batch's buffer is used again"),
        "{why}"
    );
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.screenshot(&format!("31-tour-{name}")).await;
    }
    browser.close().await;
}

#[tokio::test]
async fn a_profile_is_drawn_and_told_while_it_is_edited() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/play")).await;
    browser.wait_for("#preview").await;
    browser.select("#load-kind", "spike").await;
    browser.fill("#peak-rate", "500").await;
    browser.wait_for_words("between 50/s and 500/s").await;
    assert!(browser.text("#forecast").await.contains("Expected memory: 14 MiB for each request in flight"));
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.screenshot(&format!("32-preview-{name}")).await;
    }
    browser.look(WIDE).await;
    browser.fill("#peak-rate", "lots").await;
    browser.wait_for("#preview[data-stale=true]").await;
    browser.close().await;
}

#[tokio::test]
async fn a_link_opens_with_its_settings_in_a_second_browser_which_follows_the_run() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/")).await;
    browser.wait_for("#connection[data-state=open]").await;
    browser.select("#workload", "logs").await;
    browser.select("#variant", "pooled").await;
    browser.fill("#duration", "8s").await;
    // The address carries what is typed: it can be copied from there as well.
    browser.click("#copy-link").await;
    browser.wait_for_words("finds these settings").await;
    let address = browser.page.current_url().await.unwrap();
    assert!(address.as_str().contains("/play#s=v1."), "{address}");

    let second = Browser::open(address.as_str()).await;
    second.wait_for_words("logs \u{b7} pooled \u{b7} 100 at once \u{b7} 8 s").await;
    second.click("#run").await;
    second.wait_for("#state[data-state=running]").await;
    let run = second.page.current_url().await.unwrap();
    browser.page.goto(run.as_str()).await.unwrap();
    browser.wait_for("#state[data-state=running]").await;
    browser.wait_for_words("2 pages watch it").await;
    second.wait_for_words("2 pages watch it").await;
    browser.wait_for("#outcome[data-outcome=completed]").await;
    assert_eq!(browser.text("[data-tile=offered]").await, second.text("[data-tile=offered]").await);
    second.close().await;
    browser.close().await;
}

#[tokio::test]
async fn a_damaged_or_hostile_link_says_what_is_wrong_and_runs_nothing() {
    let server = TestServer::start();
    let good = link::write(&short_run("naive"));
    let (path, fragment) = good.split_at(link::PATH.len());
    // A megabyte of blanks, deflated and written in base64url.
    let bomb = link::write(&json!({ "a": " ".repeat(1 << 20) }));
    let mut surprising = short_run("naive");
    surprising["surprise"] = json!("<img src=x onerror=alert(1)>");
    let mut huge = short_run("naive");
    huge["load"]["profile"]["duration_ms"] = json!(1e15);
    let hostile = [
        (format!("{path}{}", &fragment[..fragment.len() - 5]), "#notice", "damaged"),
        (format!("{path}#s=v1.%3Cscript%3Ealert(1)%3C/script%3E"), "#notice", "do not belong there"),
        (format!("{path}#s=v9.abc"), "#notice", "another version"),
        (bomb, "#notice", "unfolds to more than"),
        (link::write(&surprising), "#notice", "surprise"),
        (link::write(&huge), "#duration ~ .refusal", "1 s to 10 min"),
    ];
    let browser = Browser::open(&server.url("/")).await;
    for (link, place, words) in hostile {
        browser.page.goto("about:blank").await.unwrap();
        browser.page.goto(&server.url(&link)).await.unwrap();
        let said = browser.text(place).await;
        assert!(said.contains(words), "{said}\n{link}");
    }
    assert!(browser.attribute("#run", "disabled").await.is_some(), "a length out of range is not run");
    browser.screenshot("33-hostile-link").await;
    // A good link over a bad one, without loading the page again.
    let good = server.url(&link::write(&run_of(2_000)));
    browser.page.execute(&format!("location.href = {good:?}"), Vec::new()).await.unwrap();
    browser.wait_for_words("products \u{b7} naive \u{b7} 4 at once \u{b7} 2 s").await;
    assert_eq!(runs(&server).await, 0, "nothing has run");
    browser.close().await;
}

/// Texts that no field takes.
const NONSENSE: [&str; 3] =
    ["-1e99", "\u{202e}<b>\u{0}\"'; DROP", "99999999999999999999999999999999999999999999999999"];

/// The ids of the fields that a selector finds.
async fn ids(browser: &Browser, fields: &str) -> Vec<String> {
    let script = "return [...document.querySelectorAll(arguments[0])].map(field => field.id)";
    serde_json::from_value(browser.page.execute(script, vec![json!(fields)]).await.unwrap()).unwrap()
}

/// Types nonsense into a field, and nothing at all.
async fn is_refused(browser: &Browser, id: &str) {
    let field = format!("#{id}");
    let before = browser.property(&field, "value").await;
    for text in NONSENSE {
        browser.paste(&field, text).await;
        let said = browser.text(&format!("{field}[aria-invalid=true] ~ .refusal")).await;
        assert!(said.contains("Allowed: "), "{field} with {text:?} says {said:?}");
        assert!(browser.attribute("#run", "disabled").await.is_some(), "{field} with {text:?}");
    }
    // Empty is a default, or is asked for.
    browser.paste(&field, "").await;
    browser.wait_for(&format!("{field}[aria-invalid=false], {field}[aria-invalid=true] ~ .refusal")).await;
    browser.paste(&field, &before).await;
    browser.wait_for("#run:not([disabled])").await;
}

#[tokio::test]
async fn every_field_refuses_what_it_cannot_be() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/play")).await;
    browser.wait_for("#preview").await;
    browser.wait_for("#run:not([disabled])").await;
    browser.click("#fields .more > summary").await;
    let all = ids(&browser, "#fields input:not([readonly]), #fields textarea").await;
    assert!(all.len() > 15, "{all:?}");
    for id in all {
        is_refused(&browser, &id).await;
    }
    for info in PROFILES {
        browser.select("#load-kind", info.id).await;
        browser.wait_for(&format!("#load-kind:has(option[value={}]:checked)", info.id)).await;
        for id in ids(&browser, "#fields > .field input").await {
            is_refused(&browser, &id).await;
        }
    }
    assert_eq!(runs(&server).await, 0, "nothing has run");
    browser.close().await;
}

#[tokio::test]
async fn a_number_that_could_mean_another_marks_its_field_with_what_to_write() {
    let server = TestServer::start();
    let browser = Browser::open(&server.url("/play")).await;
    browser.wait_for("#run:not([disabled])").await;
    for (field, text, words) in [
        ("#duration", "1,5 s", "write 1.5 with a point"),
        ("#memory-limit", "0,5 GiB", "write 0.5 with a point"),
        ("#concurrency", "10,0", "write 10.0 with a point"),
        ("#concurrency", "1,0000", "write 1.0000 with a point"),
        ("#concurrency", "1 000", "write 1000 without"),
    ] {
        let before = browser.property(field, "value").await;
        browser.fill(field, text).await;
        let said = browser.text(&format!("{field}[aria-invalid=true] ~ .refusal")).await;
        assert!(said.contains(words) && said.contains("Allowed: "), "{field} with {text}: {said}");
        assert!(browser.attribute("#run", "disabled").await.is_some(), "{field} with {text}");
        browser.fill(field, &before).await;
        browser.wait_for("#run:not([disabled])").await;
    }
    browser.fill("#concurrency", "1,000").await;
    browser.wait_for("#concurrency[aria-invalid=false]").await;
    browser.wait_for_words("1,000 connections").await;
    assert_eq!(runs(&server).await, 0, "nothing has run");
    browser.close().await;
}

#[tokio::test]
async fn five_seconds_without_a_network_cost_no_sample() {
    let server = TestServer::start();
    let network = crate::support::proxy::Proxy::start(&server.address).await;
    let browser = Browser::open(&network.url(&link::write(&run_of(12_000)))).await;
    browser.wait_for("#run:not([disabled])").await;
    browser.click("#run").await;
    browser.wait_for(".progress[data-phase=load]").await;
    network.cut();
    browser.wait_for("#lost").await;
    browser.screenshot("34-network-lost").await;
    // The five seconds are what is tested: there is no event to wait for.
    tokio::time::sleep(Duration::from_secs(5)).await;
    network.mend();
    browser.wait_for("#connection[data-state=open]").await;
    browser.wait_for("#outcome[data-outcome=completed]").await;
    let run = browser.page.current_url().await.unwrap().path().replace("/r/", "");
    let (_, samples) = server.request("GET", &format!("/api/runs/{run}/samples.json"), b"").await;
    let samples: Vec<Value> = serde_json::from_str(&samples).unwrap();
    let held = browser.attribute("#outcome", "data-samples").await;
    assert_eq!(held, Some(samples.len().to_string()), "the page has them all");
    let gaps =
        browser.page.execute("return document.querySelectorAll('#gaps').length", Vec::new()).await.unwrap();
    assert_eq!(gaps, 0);
    browser.close().await;
}

#[tokio::test]
async fn stop_on_the_page_of_a_comparison_stops_all_of_its_pairs() {
    let server = TestServer::start();
    let body = json!({"a": run_of(20_000), "b": run_of(20_000), "pairs": 3}).to_string();
    let (_, accepted) = server.request("POST", "/api/compare", body.as_bytes()).await;
    let accepted: Value = serde_json::from_str(&accepted).unwrap();
    let (a, b) = (accepted["a"].as_str().unwrap(), accepted["b"].as_str().unwrap());
    let browser = Browser::open(&server.url(&format!("/c/{a}..{b}"))).await;
    browser.wait_for("#state[data-state=running]").await;
    browser.wait_for_words("The other run comes next.").await;
    browser.click("#stop:not([disabled])").await;
    browser.wait_for("#outcome[data-outcome=stopped]").await;
    browser.wait_for_words("Stopped before it began.").await;
    browser.close().await;

    let list = async || {
        let (_, list) = server.request("GET", "/api/runs", b"").await;
        serde_json::from_str::<RunList>(&list).unwrap().runs
    };
    let last = list().await[0].id.clone();
    let mut client = TestClient::connect(&server.address).await;
    client.send(&ClientMessage::Subscribe { run: last.clone(), after_seq: None }).await;
    assert_eq!(*client.hear_out(&last).await.outcome(), Outcome::STOPPED);
    let ended = list().await.iter().filter(|line| line.outcome == Some(Outcome::STOPPED)).count();
    assert_eq!(ended, 6);
}

#[tokio::test]
async fn a_run_is_compared_with_another_variant_from_its_page() {
    let server = TestServer::start();
    let mut spec = short_run("naive");
    spec["workload"] = json!({"kind": "logs", "lines": 500});
    let browser = Browser::open(&server.url(&link::write(&spec))).await;
    browser.wait_for("#run:not([disabled])").await;
    browser.click("#run").await;
    browser.wait_for("#outcome[data-outcome=completed]").await;
    browser.click("#compare-with > summary").await;
    browser.wait_for_words("No other run of this workload yet").await;
    browser.select("#pairs", "20").await;
    browser.wait_for_words("at most 104 s in all").await;
    browser.select("#pairs", "3").await;
    browser.click("#compare-with [data-with=pooled]").await;
    browser.wait_for(".pairs-to-come").await;
    browser.screenshot("35-pairs-to-come").await;
    browser.wait_for_words("3 pairs of runs with the same arrivals").await;
    browser.wait_for(".comparison[data-verdict=improved]").await;
    for (name, look) in LOOKS {
        browser.look(look).await;
        browser.screenshot(&format!("36-compared-{name}")).await;
    }
    browser.close().await;
}
