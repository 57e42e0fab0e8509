//! Which figures thresholds are given, and when.

use heapgym_shared::report::Failures;

use super::*;

const SECOND: u64 = 1_000_000_000;
const MS: u64 = 1_000_000;

/// A warm-up from 1 s to 2 s, a load phase to 10 s, ticks of 100 ms.
fn watch(thresholds: &[&str]) -> Watch {
    let thresholds: Vec<Threshold> = thresholds.iter().map(|text| text.parse().unwrap()).collect();
    let timeline = Timeline {
        origin_ns: 0,
        warmup_ns: SECOND,
        load_ns: 2 * SECOND,
        end_ns: 10 * SECOND,
        graceful_ns: SECOND,
    };
    Watch::new(&thresholds, timeline, Arc::new(AtomicU64::new(timeline.end_ns)), 100 * MS).unwrap()
}

fn latencies(ms: &[u64]) -> Latencies {
    let mut latencies = Latencies::new().unwrap();
    ms.iter().for_each(|ms| latencies.record(ms * MS, ms * MS / 2));
    latencies
}

fn counted(offered: u64, completed: u64, failed: u64) -> Counters {
    let failures = Failures { status: failed, ..Default::default() };
    Counters { offered, started: offered, completed, completions: completed, failures, ..Default::default() }
}

fn figures(watch: &mut Watch, now_ns: u64, counters: [Counters; 2], load: &Latencies) -> Figures {
    watch.figures(Known { now_ns, counters, load })
}

#[track_caller]
fn assert_near(figure: Option<f64>, expect: f64) {
    let figure = figure.unwrap();
    assert!((figure / expect - 1.0).abs() < 0.011, "{figure}, not {expect}");
}

#[test]
fn latencies_are_those_of_the_phase() {
    let mut watch = watch(&[
        "response_time max < 1s",
        "service_time max < 1s",
        "response_time max < 1s [warmup]",
        "response_time p(50) < 1s",
        "rss max < 1GiB",
    ]);
    let load = latencies(&[10, 20, 300]);
    watch.add(&[latencies(&[700]), latencies(&[10, 20, 300])]);
    let known = Known { now_ns: 3 * SECOND, counters: Default::default(), load: &load };
    let figures = watch.figures(known);
    for (figure, ms) in figures.iter().zip([300.0, 150.0, 700.0, 20.0]) {
        assert_near(*figure, ms * 1e6);
    }
    assert_eq!(figures[4], None, "memory is not the load generator's");
    assert_eq!(watch.last_figures(known)[0], figures[0]);
    assert!(watch.figures(known).is_empty(), "nothing is judged after the last reply");
}

#[test]
fn what_has_not_begun_has_no_figure() {
    let mut watch = watch(&["response_time max < 1s", "failed count == 0", "failed rate < 1%", "rate > 1"]);
    let none = Latencies::new().unwrap();
    assert_eq!(figures(&mut watch, SECOND, Default::default(), &none), [None; 4]);
    let soon = 2 * SECOND + 100 * MS;
    assert_eq!(figures(&mut watch, soon, Default::default(), &none), [None, Some(0.0), None, None]);
}

#[test]
fn requests_are_counted_by_phase_and_rates_by_its_length() {
    let mut watch = watch(&[
        "completed count > 0",
        "failed count > 0 [warmup]",
        "failed rate < 1%",
        "offered rate > 1/s",
        "rate > 1",
        "throughput > 1",
        "offered rate > 100%",
    ]);
    let counters = [counted(100, 90, 10), counted(400, 297, 3)];
    let none = Latencies::new().unwrap();
    let now = figures(&mut watch, 4 * SECOND, counters, &none);
    let expect = [297.0, 10.0, 1.0, 200.0, 200.0, 148.5, 100.0].map(Some);
    assert_eq!(now, expect);
    // The drain is in no rate: neither its length nor its replies, of which there were 57.
    let mut drained = counters;
    drained[1].completions = 240;
    let known = Known { now_ns: 12 * SECOND, counters: drained, load: &none };
    let last = watch.last_figures(known);
    assert_eq!((last[3], last[5]), (Some(50.0), Some(30.0)));
}

#[test]
fn requests_on_their_way_are_not_yet_failures() {
    let mut watch = watch(&["completed rate > 99%"]);
    let counters = [Counters::default(), counted(1_000, 10, 0)];
    let none = Latencies::new().unwrap();
    assert_eq!(figures(&mut watch, 3 * SECOND, counters, &none), [Some(100.0)]);
}

#[test]
fn a_window_sees_a_burst_that_the_whole_phase_hides() {
    let mut watch =
        watch(&["failed rate < 1% over 1s", "failed rate < 1%", "response_time max < 1s over 1s"]);
    let none = Latencies::new().unwrap();
    let mut worst = [0.0f64; 3];
    for tick in 1..=80 {
        // 100 a tick; all of the fifth second fail, and its last one takes 2 s.
        let failed = (tick * 100u64).clamp(4_000, 5_000) - 4_000;
        let slow: &[u64] = if tick == 50 { &[2_000] } else { &[5] };
        watch.add(&[latencies(&[]), latencies(slow)]);
        let counters = [Counters::default(), counted(tick * 100, tick * 100 - failed, failed)];
        let now = figures(&mut watch, 2 * SECOND + tick * 100 * MS, counters, &none);
        for (worst, figure) in worst.iter_mut().zip(&now) {
            *worst = worst.max(figure.unwrap_or(0.0));
        }
        assert_eq!(now[0].is_some(), tick >= 10, "windows are whole from the first second on");
    }
    assert_eq!(worst[0], 100.0);
    assert!((15.0..=20.0).contains(&worst[1]), "{worst:?}");
    assert_near(Some(worst[2]), 2e9);
}

#[test]
fn a_rate_is_not_held_against_the_end_of_the_load() {
    let mut watch = watch(&["throughput > 1 over 1s"]);
    let none = Latencies::new().unwrap();
    let counters = [Counters::default(), counted(8_000, 8_000, 0)];
    let before: Vec<_> =
        (1..=9).map(|second| figures(&mut watch, (2 + second) * SECOND, counters, &none)[0]).collect();
    assert!(before[..8].iter().all(Option::is_some) && before[8].is_none(), "{before:?}");
}
