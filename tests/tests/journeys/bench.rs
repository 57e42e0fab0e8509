//! Handlers called directly: the format, the figures, and what goes wrong.

use std::{collections::BTreeMap, process::Output};

use heapgym_shared::{Report, workload::WORKLOADS};
use serde_json::Value;

use crate::support::heapgym;

fn bench(flags: &[&str]) -> Output {
    heapgym().arg("bench").args(flags).output().unwrap()
}

/// A benchmark's lines: how often it was called, and the figures by their units.
type Lines = BTreeMap<String, Vec<(u64, BTreeMap<String, f64>)>>;

/// Reads the Go benchmark data format (golang.org/design/14313-benchmark-format) and refuses all else that
/// `go test` does not print.
#[track_caller]
fn parse(text: &str) -> (BTreeMap<String, String>, Lines) {
    let (mut configuration, mut lines) = (BTreeMap::new(), Lines::new());
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("Benchmark") {
            assert!(rest.starts_with(|letter: char| letter.is_ascii_uppercase()), "{line}");
            let mut fields = rest.split_ascii_whitespace();
            let (name, iterations) = (fields.next().unwrap(), fields.next().unwrap());
            let fields: Vec<&str> = fields.collect();
            assert!(fields.len() >= 2 && fields.len().is_multiple_of(2), "pairs of value and unit: {line}");
            let figures = fields.chunks_exact(2).map(|pair| (pair[1].to_owned(), pair[0].parse().unwrap()));
            lines.entry(name.to_owned()).or_default().push((iterations.parse().unwrap(), figures.collect()));
        } else if let Some((key, value)) = line.split_once(": ").filter(|(key, _)| !key.starts_with('-')) {
            let lower = key.starts_with(|letter: char| letter.is_ascii_lowercase());
            assert!(lower && !key.contains(|letter: char| letter.is_whitespace() || letter.is_uppercase()));
            assert!(lines.is_empty(), "the configuration stands above what it describes");
            configuration.insert(key.to_owned(), value.to_owned());
        } else {
            let known = ["PASS", "FAIL", "ok  \theapgym\t", "exit status 1", "FAIL\theapgym\t", "--- FAIL: "];
            assert!(known.iter().any(|known| line.starts_with(known)), "{line}");
        }
    }
    (configuration, lines)
}

/// The figures of all samples of the only benchmark.
#[track_caller]
fn per_op(flags: &[&str]) -> Value {
    benchmark(flags)["per_op"].clone()
}

/// All that is told of the only benchmark.
#[track_caller]
fn benchmark(flags: &[&str]) -> Value {
    let output = bench(&[flags, &["--benchtime", "100ms", "--count", "2", "--json", "-"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let [benchmark] = &report["benchmarks"].as_array().unwrap()[..] else { panic!("{report}") };
    assert_eq!(benchmark["outcome"]["kind"], "completed");
    benchmark.clone()
}

#[test]
fn lines_are_those_of_go_for_every_variant_of_every_workload() {
    let output = bench(&["--benchtime", "100ms", "--count", "3"]);
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{words}");
    assert!(words.contains("products naive: a warm-up, then 3 rounds of 100 ms"), "{words}");
    let text = String::from_utf8(output.stdout).unwrap();
    let (configuration, lines) = parse(&text);
    assert_eq!(configuration.keys().collect::<Vec<_>>(), ["cpu", "goarch", "goos", "pkg"]);
    let names: Vec<&str> = lines.keys().map(String::as_str).collect();
    let direct = WORKLOADS.iter().filter(|info| info.id != "orders"); // its handlers call another service
    let mut expect: Vec<String> = direct
        .flat_map(|info| {
            info.variants.iter().map(|variant| format!("{}/variant={}-1", info.title, variant.id))
        })
        .collect();
    expect.sort();
    assert_eq!(names, expect);
    for (name, lines) in &lines {
        assert_eq!(lines.len(), 3, "{name}");
        for (iterations, figures) in lines {
            let units: Vec<&str> = figures.keys().map(String::as_str).collect();
            assert_eq!(units, ["B/op", "allocs/op", "faults/op", "ns/op"]);
            assert!(*iterations > 0 && figures["ns/op"] > 0.0 && figures["allocs/op"] > 0.0, "{figures:?}");
        }
    }
    let figure = |name: &str, unit: &str| lines[name][1].1[unit];
    assert!(figure("Products/variant=naive-1", "B/op") > 100.0 * figure("Products/variant=pooled-1", "B/op"));
    // On a busy machine the pool is still being filled in the first rounds.
    let [naive, pooled] =
        ["naive", "pooled"].map(|variant| figure(&format!("Products/variant={variant}-1"), "faults/op"));
    assert!(naive > 100.0 && naive > 10.0 * pooled, "{naive} {pooled}");
    assert!(text.contains("\nPASS\nok  \theapgym\t"), "{text}");
}

#[test]
fn calibrate_reads_back_what_was_asked_for() {
    let zero = per_op(&["calibrate"]);
    let flags = ["--param", "bytes=100000", "--param", "allocations=10"];
    let asked = per_op(&[&["calibrate"], &flags[..]].concat());
    let more = |figure: &str| asked[figure].as_f64().unwrap() - zero[figure].as_f64().unwrap();
    assert_eq!((more("allocated_bytes"), more("allocations")), (100_000.0, 10.0));

    let line = |flags: &[&str]| {
        let output = bench(&[&["calibrate", "--benchtime", "20ms", "--count", "1"], flags].concat());
        let (_, lines) = parse(&String::from_utf8(output.stdout).unwrap());
        lines.into_iter().next().unwrap()
    };
    let ((_, zero), (name, asked)) = (line(&[]), line(&flags));
    assert_eq!(name, "Calibrate/variant=exact/bytes=100000/allocations=10-1");
    let more = |unit: &str| asked[0].1[unit] - zero[0].1[unit];
    assert_eq!((more("B/op"), more("allocs/op")), (100_000.0, 10.0));
}

#[test]
fn a_delay_is_seen_to_the_millisecond() {
    let each =
        |sample: &Value| sample["elapsed_ns"].as_f64().unwrap() / sample["iterations"].as_f64().unwrap();
    let quietest =
        |found: &Value| found["samples"].as_array().unwrap().iter().map(each).reduce(f64::min).unwrap();
    // Never shorter than it was set. Longer by the machine's doing, but not always: a busy one gets more tries.
    let mut found = benchmark(&["calibrate", "--param", "delay_ms=5"]);
    for _ in 0..20 {
        assert!(quietest(&found) >= 5e6, "{found}");
        if quietest(&found) < 6e6 {
            break;
        }
        found = benchmark(&["calibrate", "--param", "delay_ms=5"]);
    }
    assert!((5e6..6e6).contains(&quietest(&found)), "{found}");
    let median = &found["per_op"]["ns"]["median"];
    let (value, interval) = (median["value"].as_f64().unwrap(), median["interval"].as_array().unwrap());
    assert!(interval[0].as_f64().unwrap() <= value && value <= interval[1].as_f64().unwrap(), "{found}");
}

#[test]
fn a_run_allocates_what_the_benchmark_says_and_what_a_connection_needs() {
    for variant in ["naive", "pooled"] {
        let workload = ["--variant", variant, "--param", "payload_bytes=64KiB", "--param", "fill=text"];
        let direct = per_op(&[&["products"], &workload[..]].concat());
        let output = heapgym()
            .args(["run", "--concurrency", "4", "--duration", "2s", "--recovery", "200ms", "--json", "-"])
            .args(workload)
            .output()
            .unwrap();
        let report: Report = serde_json::from_slice(&output.stdout).unwrap();
        let served = report.per_request.unwrap();
        // A connection reads each request into 8 KiB of its own.
        let bytes = served.allocated_bytes - direct["allocated_bytes"].as_f64().unwrap();
        let allocations = served.allocations - direct["allocations"].as_f64().unwrap();
        assert!((0.0..16_384.0).contains(&bytes), "{variant}: {served:?}, {direct}");
        assert!((0.0..8.0).contains(&allocations), "{variant}: {served:?}, {direct}");
    }
}

#[test]
fn json_holds_the_samples_and_what_they_say_together() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("bench.json");
    let flags = ["calibrate", "--benchtime", "50ms", "--count", "4", "--json", path.to_str().unwrap()];
    let output = bench(&flags);
    let (_, lines) = parse(&String::from_utf8(output.stdout).unwrap());
    let report: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
    assert_eq!((report["schema"].as_u64(), report["count"].as_u64()), (Some(1), Some(4)));
    assert!(report["environment"]["allocator"].as_str().unwrap().starts_with("jemalloc 5."), "{report}");
    let benchmark = &report["benchmarks"][0];
    assert_eq!(benchmark["workload"]["kind"], "calibrate");
    let samples = benchmark["samples"].as_array().unwrap();
    let each: Vec<f64> = samples
        .iter()
        .map(|sample| sample["elapsed_ns"].as_f64().unwrap() / sample["iterations"].as_f64().unwrap())
        .collect();
    assert_eq!(each.len(), 40, "ten in each round");
    let mean = each.iter().sum::<f64>() / 40.0;
    let ns = &benchmark["per_op"]["ns"];
    assert!((ns["mean"]["value"].as_f64().unwrap() / mean - 1.0).abs() < 1e-9, "{ns}");
    assert!(
        ns["outliers"]["high_severe"].is_u64() && ns["standard_deviation"].as_f64().unwrap() > 0.0,
        "{ns}"
    );
    let calls: u64 = lines["Calibrate/variant=exact-1"].iter().map(|(iterations, _)| iterations).sum();
    assert_eq!(benchmark["per_op"]["iterations"].as_u64(), Some(calls), "the lines tell of the same calls");
}

#[test]
fn a_variant_that_dies_is_told_and_the_next_one_measured() {
    let short = ["--benchtime", "100ms", "--count", "2"];
    let large = ["products", "--param", "payload_bytes=16MiB", "--memory-limit", "64MiB"];
    let output = bench(&[&large[..], &short[..]].concat());
    let (text, words) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(1), "{words}");
    parse(&text);
    for variant in ["naive", "pooled"] {
        assert!(text.contains(&format!("--- FAIL: BenchmarkProducts/variant={variant}/")), "{text}");
        let reason = format!("heapgym: products {variant}: Out of memory");
        assert!(words.contains(&reason), "{words}");
    }
    assert!(
        text.contains("\nBenchmarkProducts/variant=streamed/"),
        "it holds little, however much it sends: {text}"
    );
    assert!(text.ends_with('\n') && text.contains("\nFAIL\nexit status 1\nFAIL\theapgym\t"), "{text}");
}

#[test]
fn bad_flags_are_refused_by_name() {
    let check = |flags: &[&str], field: &str, allowed: &str| {
        let output = bench(flags);
        let words = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{words}");
        assert!(words.contains(field) && words.contains(allowed), "{words}");
    };
    check(&["prducts"], "`workload.kind`", "products, orders");
    check(&["orders"], "`workload`", "`heapgym run` measures it");
    check(&["products", "--variant", "exact"], "`variant`", "naive, pooled");
    check(&["--variant", "naive"], "--variant", "<WORKLOAD>");
    check(&["--param", "bytes=1"], "`param`", "bench WORKLOAD");
    check(
        &["calibrate", "--param", "allocations=3"],
        "`workload.allocations`",
        "at most one for each of 0 B",
    );
    check(&["--benchtime", "1us"], "`benchtime`", "1 ms to 10 min");
    check(&["--count", "0"], "--count", "allowed: a whole number from 1 to 1,000");
    check(&["--memory-limit", "1MiB"], "`memory-limit`", "32 MiB to 64 GiB");
}
