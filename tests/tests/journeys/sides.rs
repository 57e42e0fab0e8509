//! Sides of a comparison with settings of their own.

use std::process::Output;

use serde_json::Value;

use crate::support::heapgym;

const SHORT: [&str; 10] =
    ["--pairs", "1", "--concurrency", "2", "--duration", "1s", "--baseline", "0s", "--recovery", "100ms"];

fn compare(a: &str, b: &str, flags: &[&str]) -> Output {
    heapgym().args(["compare", "--a", a, "--b", b]).args(flags).output().unwrap()
}

#[test]
fn two_settings_of_one_variant_are_compared_from_the_terminal() {
    let (a, b) = ("products/pooled payload_bytes=1KiB", "products/pooled pool=two_generation dirty_decay=0s");
    let flags = [&SHORT[..], &["--param", "payload_bytes=2KiB"]].concat();
    let output = compare(a, b, &flags);
    let text = String::from_utf8_lossy(&output.stdout);
    println!("{text}");
    for difference in [
        "workload.payload_bytes: 1024 | 2048",
        "pool.kind: bounded | two_generation",
        "allocator.dirty_decay_ms: - | 0",
    ] {
        assert!(
            text.contains(difference),
            "no {difference:?} in {text} {}",
            String::from_utf8_lossy(&output.stderr)
        );
    }
    // Quotes hold a value with blanks together, as in a shell.
    let quoted = "products/pooled threshold='rss max < 1GiB' \"allocator=narenas=1\"";
    let output = compare("products/pooled", quoted, &[&SHORT[..], &["--json", "-"]].concat());
    let comparison: Value = serde_json::from_slice(&output.stdout).unwrap();
    let differences = comparison["spec"].as_array().unwrap();
    assert!(
        differences.iter().any(|it| it["what"] == "allocator.narenas" && it["b"] == "1"),
        "{differences:?}"
    );
    assert!(differences.iter().any(|it| it["what"] == "thresholds"), "{differences:?}");
}

#[test]
fn a_setting_that_cannot_be_is_refused_by_side_and_key() {
    for (side, words) in [
        ("products/pooled pool=endless", &["`--b: pool.kind`", "two_generation"][..]),
        ("products/pooled dirty_decay=1,5s", &["`--b: dirty_decay`", "write 1.5 with a point"]),
        ("products/pooled pools=none", &["`--b: pools`", "pool_capacity", "payload_bytes", "narenas"]),
        ("products/pooled seed=7", &["`--b: seed`", "same for both sides"]),
        ("products/pooled 'pool=none", &["`--b`", "a quote is open"]),
    ] {
        let output = compare("products/pooled", side, &SHORT);
        let said = String::from_utf8_lossy(&output.stderr);
        println!("{side}: {said}");
        assert_eq!(output.status.code(), Some(2), "{said}");
        for words in words {
            assert!(said.contains(words), "{side}: no {words:?} in {said}");
        }
    }
}
