//! Comparisons: a variant with itself, with a better one, files, and those that a server makes.

use std::process::Output;

use heapgym_shared::protocol::{ClientMessage, RunId};
use serde_json::{Value, json};

use crate::support::{browser::Browser, client::TestClient, heapgym, run_of, server::TestServer};

/// Short runs: what they find must hold for long ones all the more.
const SHORT: [&str; 10] = [
    "--concurrency",
    "8",
    "--duration",
    "1s",
    "--baseline",
    "300ms",
    "--warmup",
    "500ms",
    "--recovery",
    "300ms",
];

fn compare(args: &[&str]) -> Output {
    heapgym().arg("compare").args(args).output().unwrap()
}

fn read(output: &Output) -> Value {
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text)
        .unwrap_or_else(|_| panic!("{text} {}", String::from_utf8_lossy(&output.stderr)))
}

/// Compares two sides; gives the comparison if it did not come to what is expected.
fn miss(pairs: &str, sides: [&str; 2], expect: &str, exit_code: i32) -> Option<Value> {
    let sides = ["--a", sides[0], "--b", sides[1], "--json", "-", "--pairs", pairs];
    let output = compare(&[&sides, &SHORT[..]].concat());
    let comparison = read(&output);
    assert!(comparison["verdict"] != expect || output.status.code() == Some(exit_code), "{output:?}");
    (comparison["verdict"] != expect).then_some(comparison)
}

/// At most one comparison in twenty may find a difference where there is none. If one of the first does, more are made,
/// up to twenty: a single one could not tell.
fn a_variant_beside_itself(repeats: usize, pairs: &str) {
    let (mut made, mut misses) = (0, Vec::new());
    while made < repeats || (made < 20 && misses.len() == 1) {
        misses.extend(miss(pairs, ["logs/naive", "logs/naive"], "unchanged", 0));
        made += 1;
    }
    assert!(misses.len() * 20 <= made, "{} of {made}: {misses:#?}", misses.len());
}

fn pooled_logs_beside_naive_ones(repeats: usize, pairs: &str) {
    for _ in 0..repeats {
        assert_eq!(miss(pairs, ["logs/naive", "logs/pooled"], "improved", 0), None);
        assert_eq!(miss(pairs, ["logs/pooled", "logs/naive"], "regressed", 99), None);
    }
}

#[test]
fn a_variant_is_unchanged_beside_itself() {
    a_variant_beside_itself(1, "3");
}

#[test]
fn pooled_logs_are_an_improvement_and_naive_ones_a_regression() {
    pooled_logs_beside_naive_ones(1, "3");
}

/// Often, and with as many pairs as a user has by default.
mod slow {
    const REPEATS: usize = 20;

    #[test]
    fn a_variant_is_unchanged_beside_itself_in_nineteen_of_twenty_comparisons() {
        super::a_variant_beside_itself(REPEATS, "5");
    }

    #[test]
    fn pooled_logs_are_always_an_improvement_and_naive_ones_a_regression() {
        super::pooled_logs_beside_naive_ones(REPEATS, "5");
    }
}

#[test]
fn two_files_are_one_pair() {
    let directory = tempfile::tempdir().unwrap();
    let path = |name: &str| directory.path().join(name).to_string_lossy().into_owned();
    let (naive, pooled) = (path("naive.json"), path("pooled.json"));
    for (variant, how, file) in [("naive", "--json", &naive), ("pooled", "--save", &pooled)] {
        let run = [&["run", "--workload", "logs", "--variant", variant, how, file], &SHORT[..]].concat();
        assert!(heapgym().args(run).output().unwrap().status.success());
    }
    let output = compare(&[&naive, &pooled]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    for words in [
        "Improved: logs pooled is better than logs naive in ",
        "Allocations per request",
        "variant: naive | pooled",
    ] {
        assert!(text.contains(words), "no {words:?} in {text}");
    }
    let how = "One pair: the noise is assumed. To measure it, run both sides again with --a and --b.";
    assert!(text.contains(how), "{text}");
    // The other way round it is a regression, which fails a build.
    assert_eq!(compare(&[&pooled, &naive]).status.code(), Some(99));
    // A file is also a side to run again.
    let again = compare(&["--a", &naive, "--b", &pooled, "--pairs", "1", "--json", "-"]);
    assert_eq!(read(&again)["pairs"], 1);
}

mod in_browser {
    use super::*;

    #[tokio::test]
    async fn a_server_makes_the_runs_of_a_comparison_and_compares_them() {
        let server = TestServer::start();
        let side = |variant: &str| {
            let mut spec = run_of(1_000);
            spec["workload"] = json!({"kind": "logs"});
            spec["variant"] = json!(variant);
            spec
        };
        let body = json!({"a": side("naive"), "b": side("pooled"), "pairs": 2}).to_string();
        let (status, accepted) = server.request("POST", "/api/compare", body.as_bytes()).await;
        assert_eq!(status, 202, "{accepted}");
        let accepted: Value = serde_json::from_str(&accepted).unwrap();
        let (a, b) = (accepted["a"].as_str().unwrap(), accepted["b"].as_str().unwrap());
        let path = format!("/api/compare/{a}..{b}");
        assert_eq!(server.request("GET", &path, b"").await.0, 409, "nothing has ended yet");

        // The second pair goes the other way round: the last run is one of side `a`.
        let (_, list) = server.request("GET", "/api/runs?order=newest", b"").await;
        let list: Value = serde_json::from_str(&list).unwrap();
        assert_eq!(list["total"], 4);
        let last = list["runs"].as_array().unwrap().iter().find(|run| run["variant"] == "naive").unwrap();
        let last = RunId(last["id"].as_str().unwrap().to_owned());
        let mut client = TestClient::connect(&server.address).await;
        client.send(&ClientMessage::Subscribe { run: last.clone(), after_seq: None }).await;
        client.hear_out(&last).await;

        let (status, comparison) = server.request("GET", &path, b"").await;
        assert_eq!(status, 200, "{comparison}");
        let comparison: Value = serde_json::from_str(&comparison).unwrap();
        assert_eq!(
            (&comparison["pairs"], &comparison["verdict"]),
            (&json!(2), &json!("improved")),
            "{comparison:#}"
        );
        // The page says the same under the address that names it, with its noise.
        let browser = Browser::open(&server.url(&format!("/c/{a}..{b}"))).await;
        browser.wait_for(".comparison[data-verdict=improved] tr[data-verdict=improved]").await;
        let words = browser.text(".comparison").await;
        assert!(
            words.contains("logs pooled is better than logs naive") && words.contains("2 pairs of runs"),
            "{words}"
        );
        browser.close().await;

        // Two runs that nobody made to be compared are one pair.
        let (_, one) = server.request("GET", &format!("/api/compare/{b}..{}", last.0), b"").await;
        let one: Value = serde_json::from_str(&one).unwrap();
        assert_eq!((&one["pairs"], &one["verdict"]), (&json!(1), &json!("regressed")), "{one:#}");

        for (body, field) in [
            (json!({"a": a, "b": b, "pairs": 0}), "pairs"),
            (json!({"a": a, "b": b, "pairs": 20}), "queue"),
            (json!({"a": a, "b": "nobody"}), "\"b\""),
            (json!({"a": {"variant": "x"}, "b": b}), "a.workload"),
        ] {
            let (status, refused) = server.request("POST", "/api/compare", body.to_string().as_bytes()).await;
            assert!(matches!(status, 400 | 503) && refused.contains(field), "{status} {refused}");
        }
    }
}

#[track_caller]
fn refused(args: &[&str], field: &str) {
    let output = compare(args);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(field), "{error}");
}

#[test]
fn a_side_that_cannot_be_is_refused_by_name() {
    refused(&["--a", "logs/naive", "--b", "logs/frugal"], "b: variant");
    refused(&["--a", "no/such", "--b", "logs/naive"], "WORKLOAD/VARIANT");
    refused(&["--a", "logs/naive", "--b", "logs/pooled", "--variant", "naive"], "given twice");
    refused(&["--a", "logs/naive", "--b", "logs/pooled", "--pairs", "99"], "--pairs");
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("other.json");
    std::fs::write(&path, "{\"spec\": 7}").unwrap();
    let other = path.to_string_lossy();
    refused(&[&other, &other], "is not a document of heapgym's");
    refused(&["--a", &other, "--b", "logs/naive"], "a:");
    refused(&[&other, &other, "--rate", "5"], "flags of the run");
}
