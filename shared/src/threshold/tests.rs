//! What thresholds read as, how they are refused and when they hold.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

#[track_caller]
fn read(text: &str) -> Threshold {
    text.parse().unwrap()
}

#[track_caller]
fn refused(text: &str, reason: &str, allowed: &str) {
    let rejection = Threshold::parse("thresholds[3]", text).unwrap_err();
    assert_eq!(rejection.field, "thresholds[3]");
    assert_eq!(rejection.reason, reason);
    assert!(rejection.allowed.contains(allowed), "{}", rejection.allowed);
}

fn list(thresholds: Value) -> Result<Vec<Threshold>, Rejection> {
    let value = json!({"thresholds": thresholds});
    Threshold::read_all(&mut Reader::new("", &value).unwrap(), 100)
}

#[test]
fn thresholds_are_written_as_they_were_read() {
    for text in [
        "response_time p(99) < 50ms",
        "response_time p(99.9) <= 1.5s",
        "service_time avg < 5ms",
        "service_time med > 10us",
        "response_time max < 1s",
        "rss max < 512MiB",
        "rss max < 512MiB [recovery]",
        "resident max < 300MiB over 5s",
        "live_tasks last == 0 [recovery]",
        "in_flight avg <= 100 over 200ms",
        "held_after_recovery < 8MiB",
        "held_after_recovery > -1.5KiB",
        "leak_slope < 64B",
        "allocated_bytes_per_request < 4MB",
        "cpu_per_request < 250us",
        "dropped rate < 0.1%",
        "completed rate >= 99/s",
        "failed count == 0",
        "late count != 1",
        "rate >= 199/s",
        "throughput > 0.5/s over 2s [warmup]",
        "response_time p(99) < 100ms over 10s abort_on_fail",
        "failed count == 0 abort_on_fail after 1.5s",
    ] {
        assert_eq!(read(text).to_string(), text);
    }
}

#[test]
fn spaces_and_units_are_read_generously() {
    assert_eq!(read("response_time p(95)<200ms"), read(" response_time  p(95)  <  200 ms "));
    assert_eq!(read("rss max < 1,024MiB"), read("rss max < 1GiB"));
    assert_eq!(read("rss max < 1GiB [load]"), read("rss max<1024MiB"));
    assert_eq!(read("rate_per_s >= 199"), read("rate >= 199 /s"));
    assert_eq!(read("held_after_recovery <= 0").bound, 0.0);
    let full = read("response_time p(99) < 100ms over 10s [load] abort_on_fail");
    assert_eq!(full.bound, 100e6);
    assert_eq!((full.window_ms, full.phase, full.abort_after_ms), (Some(10_000), Phase::Load, Some(0)));
}

#[test]
fn refusals_name_the_word_and_what_belongs_there() {
    refused("", "ends after word 0 where a metric belongs", "response_time, service_time, allocated");
    refused("respone_time avg < 1s", "has `respone_time` as word 1 where a metric belongs", "rss");
    refused("response_p99 max < 1s", "has `response_p99` as word 1 where a metric belongs", "leak_slope");
    refused("response_time p99 < 1s", "has `p99` as word 2 where an aggregate belongs", "p(N)");
    refused("response_time p(101) < 1s", "has `p(101)` as word 2 where an aggregate belongs", "0 to 100");
    refused("rss med < 1GiB", "has `med` as word 2 where an aggregate belongs", "max, min, avg, last");
    refused("failed < 1", "has `<` as word 2 where an aggregate belongs", "count, rate");
    refused("rss max 1GiB", "has `1GiB` as word 3 where an operator belongs", ">= <= == != > <");
    refused("rss max === 1GiB", "has `===` as word 3 where an operator belongs", "==");
    refused("rss max <", "ends after word 3 where a value belongs", "such as 512MiB");
    refused("rss max < 50ms", "has `50ms` as word 4 where a value belongs", "a size in B, KiB");
    refused("rss max < 512", "has `512` as word 4 where a value belongs", "a size in B, KiB");
    refused("response_time max < inf", "has `inf` as word 4 where a value belongs", "a duration in ns");
    refused("response_time max < 1e9s", "has `1e9s` as word 4 where a value belongs", "a duration in ns");
    refused("failed count == 1%", "has `1%` as word 4 where a value belongs", "a number without a unit");
    refused(
        "dropped rate < 0.001",
        "has `0.001` as word 4 where a value belongs",
        "0.1%; a number per second",
    );
    refused("rss max < 1GiB over 1us", "has `1us` as word 6 where a window belongs", "20 ms to 10 min");
    refused("rss max < 1GiB over", "ends after word 5 where a window belongs", "a duration");
    refused(
        "rss max < 1GiB [cooldown]",
        "has `cooldown` as word 6 where a phase belongs",
        "baseline, warmup",
    );
    refused("rss max < 1GiB [load", "ends after word 6 where `]` belongs", "]");
    refused("failed count == 0 [recovery]", "has `recovery` as word 6 where a phase belongs", "warmup, load");
    refused("rss max < 1GiB abort", "has `abort` as word 5 where the end belongs", "abort_on_fail");
    refused("rss max < 1GiB [load] over 1s", "has `over` as word 8 where the end belongs", "in this order");
    refused("rss last < 1GiB over 1s", "has `over` as word 5 where the end belongs", "has no window");
    refused("leak_slope < 1B abort_on_fail", "has `abort_on_fail` as word 4 where the end belongs", "over");
    refused(&"x".repeat(1_000), "has 1000 bytes", "at most 200 bytes");
}

#[test]
fn a_list_holds_strings_and_k6_objects() {
    let object = json!({"threshold": "rss max < 1GiB", "abort_on_fail": true, "delay_abort_eval_ms": 1500});
    let thresholds = list(json!(["failed count == 0", object])).unwrap();
    assert_eq!(thresholds, [read("failed count == 0"), read("rss max < 1GiB abort_on_fail after 1500ms")]);
    assert_eq!(list(json!(null)).unwrap(), []);
    let field = |thresholds: Value| list(thresholds).unwrap_err().field;
    assert_eq!(field(json!("failed count == 0")), "thresholds");
    assert_eq!(field(json!(vec!["failed count == 0"; 17])), "thresholds");
    assert_eq!(field(json!(["failed count == 0", 7])), "thresholds[1]");
    assert_eq!(
        field(json!(["rss max < 1GiB over 50ms"])),
        "thresholds[0]",
        "shorter than a sample's interval"
    );
    assert_eq!(field(json!([{"threshold": "rss < 1"}])), "thresholds[0]");
    assert_eq!(field(json!([{"abort_on_fail": true}])), "thresholds[0].threshold");
    let with = |name: &str, value: Value| json!([{"threshold": "leak_slope < 64B", name: value}]);
    assert_eq!(field(with("abort_on_fail", json!(1))), "thresholds[0].abort_on_fail");
    assert_eq!(field(with("abort_on_fail", json!(true))), "thresholds[0].abort_on_fail");
    assert_eq!(field(with("delay_abort_eval_ms", json!(1))), "thresholds[0].delay_abort_eval_ms");
    assert_eq!(field(with("abortOnFail", json!(true))), "thresholds[0].abortOnFail");
}

#[test]
fn every_operator_does_what_it_says() {
    let holds =
        |operator: &str| [4.0, 5.0, 6.0].map(|value| read(&format!("late count {operator} 5")).holds(value));
    assert_eq!(holds("<"), [true, false, false]);
    assert_eq!(holds("<="), [true, true, false]);
    assert_eq!(holds(">"), [false, false, true]);
    assert_eq!(holds(">="), [false, true, true]);
    assert_eq!(holds("=="), [false, true, false]);
    assert_eq!(holds("!="), [true, false, true]);
}

#[test]
fn what_may_still_come_true_has_not_failed() {
    assert!(!read("completed count > 100").has_failed(3.0), "more may come");
    assert!(read("completed count > 100 over 1s").has_failed(3.0), "this window is over");
    assert!(read("failed count == 0").has_failed(1.0), "it will not fall");
    assert!(!read("failed count == 5").has_failed(1.0));
    assert!(read("failed count < 5").has_failed(5.0));
    assert!(!read("response_time min < 1ms").has_failed(2e6), "a quicker one may come");
    assert!(read("response_time p(99) < 1ms").has_failed(2e6));
    assert!(!read("response_time p(99) < 1ms").has_failed(0.5e6));
}

#[test]
fn the_worse_figure_is_the_one_nearer_to_failing() {
    let worse = |text: &str, a, b| read(text).worse(a, b);
    assert_eq!(worse("rss max < 1GiB", 3.0, 7.0), 7.0);
    assert_eq!(worse("rate >= 100", 103.0, 99.0), 99.0);
    assert_eq!(worse("late count == 5", 4.0, 7.0), 7.0);
    assert_eq!(worse("late count != 5", 4.0, 7.0), 4.0);
}

fn measure() -> impl Strategy<Value = Measure> {
    let statistic = prop_oneof![
        Just(Statistic::Avg),
        Just(Statistic::Min),
        Just(Statistic::Med),
        Just(Statistic::Max),
        (0.0f64..=100.0).prop_map(Statistic::Percentile),
    ];
    let clock = prop::sample::select(&Clock::ALL[..]);
    let gauge = prop::sample::select(Gauge::all().collect::<Vec<_>>());
    let amount = prop::sample::select(vec![Amount::Count, Amount::Share, Amount::PerSecond]);
    prop_oneof![
        (clock, statistic).prop_map(|(clock, statistic)| Measure::Latency(clock, statistic)),
        (gauge, prop::sample::select(&Extent::ALL[..]))
            .prop_map(|(gauge, extent)| Measure::Gauge(gauge, extent)),
        (prop::sample::select(&Counter::ALL[..]), amount)
            .prop_map(|(counter, amount)| Measure::Requests(counter, amount)),
        Just(Measure::Rate),
        Just(Measure::Throughput),
        prop::sample::select(&Figure::ALL[..]).prop_map(Measure::Finished),
    ]
}

prop_compose! {
    fn threshold()(
        measure in measure(),
        comparison in prop::sample::select(&Comparison::ALL[..]),
        bound in prop_oneof![-9e15f64..9e15, -1e3f64..1e3, (0u32..5_000).prop_map(f64::from), (1u64..4096).prop_map(|mib| (mib << 20) as f64)],
        window_ms in prop::option::of(20u64..=600_000),
        phase in prop::sample::select(&Phase::ALL[..]),
        abort_after_ms in prop::option::of(prop_oneof![Just(0), 0u64..=600_000]),
    ) -> Threshold {
        let live = !matches!(measure, Measure::Finished(_));
        let windowed = live && !matches!(measure, Measure::Gauge(_, Extent::Last));
        let phased = live && (!measure.is_of_load() || phase == Phase::Warmup);
        Threshold {
            measure,
            comparison,
            bound,
            window_ms: window_ms.filter(|_| windowed),
            phase: if phased { phase } else { Phase::Load },
            abort_after_ms: abort_after_ms.filter(|_| live),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(threshold in threshold()) {
        let text = threshold.to_string();
        prop_assert_eq!(text.parse::<Threshold>(), Ok(threshold), "{}", text);
        let json = serde_json::to_string(&threshold).unwrap();
        prop_assert_eq!(serde_json::from_str::<Threshold>(&json).unwrap(), threshold);
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,80}", words in prop::collection::vec(prop::sample::select(vec![
        "rss", "max", "<", "failed", "count", "rate", "p(99)", "p(", "5", "5%", "1GiB", "over", "[", "load", "]", "after", "\u{e9}",
    ]), 0..12)) {
        let _ = text.parse::<Threshold>();
        let _ = words.join(" ").parse::<Threshold>();
        let _ = words.concat().parse::<Threshold>();
    }

    #[test]
    fn the_worst_of_several_figures_fails_when_any_does(threshold in threshold(), figures in prop::collection::vec(-1e4f64..1e4, 1..20)) {
        let worst = figures.iter().copied().reduce(|a, b| threshold.worse(a, b)).unwrap();
        prop_assert_eq!(threshold.holds(worst), figures.iter().all(|figure| threshold.holds(*figure)));
    }
}

#[test]
fn results_travel_as_the_report_promises() {
    let mut result = ThresholdResult {
        threshold: read("rss max < 1MiB abort_on_fail"),
        value: Some(2_097_152.0),
        unit: Unit::Bytes,
        passed: Passed::No,
        reason: None,
        first_failed_ns: Some(1_500_000_000),
        aborted: true,
    };
    let written = json!({
        "threshold": "rss max < 1MiB abort_on_fail", "value": 2_097_152.0, "unit": "bytes", "passed": false,
        "first_failed_ns": 1_500_000_000, "aborted": true,
    });
    assert_eq!(serde_json::to_value(&result).unwrap(), written);
    assert_eq!(serde_json::from_value::<ThresholdResult>(written).unwrap(), result);
    assert_eq!(result.sentence(), "2 MiB, failed since 1.5 s, stopped the run");
    for (passed, written) in [
        (Passed::Yes, json!(true)),
        (Passed::No, json!(false)),
        (Passed::NotEvaluated, json!("not_evaluated")),
    ] {
        result.passed = passed;
        assert_eq!(serde_json::to_value(&result).unwrap()["passed"], written);
        assert_eq!(serde_json::from_value::<Passed>(written).unwrap(), passed);
    }
}

#[test]
fn a_comma_that_does_not_separate_thousands_is_refused_with_what_to_write() {
    for text in
        ["response_time p(99) < 1,5ms", "rss max < 0,5GiB", "dropped rate < 0,1%", "rate > 1,0 over 1,5s"]
    {
        let reason = Threshold::parse("thresholds[0]", text).unwrap_err().reason;
        assert!(reason.contains("with a point"), "{text}: {reason}");
    }
}
