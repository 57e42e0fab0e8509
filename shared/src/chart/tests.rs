//! Charts as a whole: what is drawn, pinned as the commands a backend gets.

use plotters_svg::SVGBackend;
use proptest::prelude::*;

use super::*;
use crate::{
    adjust::{Adjustment, EventKind, RunEvent},
    buckets::Buckets,
    metric,
    pool::PoolReading,
    sample::{AllocatorReading, LatencyWindow, LoadReading, Phase, SizeClass, TargetReading},
};

mod svg;

use commands::{Command, Commands, Recorder};

const MIB: u64 = 1 << 20;
const SECOND: u64 = 1_000_000_000;

/// The sample at `seq`: memory that grows by `step_bytes` with each of 100 requests a sample.
fn sample(seq: u64, elapsed_ns: u64, phase: Phase, step_bytes: u64) -> Sample {
    let requests = 100 * seq;
    let live = 8 * MIB + seq * step_bytes;
    let target = TargetReading {
        elapsed_ns,
        allocator: Some(AllocatorReading {
            allocated_bytes: live,
            active_bytes: live + live / 8,
            resident_bytes: live * 5 / 4,
            dirty_bytes: live / 8,
            purged_bytes: requests * step_bytes / 4,
            large_allocations: requests,
            ..Default::default()
        }),
        rss_bytes: live * 5 / 4 + 4 * MIB,
        minor_faults: requests * step_bytes / 4096,
        cpu_ns: elapsed_ns / 2,
        busy_ns: elapsed_ns / 3,
        allocations: requests * 30,
        allocation_bytes: requests * step_bytes,
        requests,
        live_tasks: 1 + 3 * seq,
        pool: PoolReading { retained_bytes: live / 2, ..Default::default() },
        ..Default::default()
    };
    let idle = matches!(phase, Phase::Baseline | Phase::Recovery);
    let p50_ns = 1_000_000 + seq * step_bytes / 10;
    let response_time = match idle {
        true => LatencyWindow::default(),
        false => LatencyWindow { count: 100, p50_ns, p99_ns: 3 * p50_ns, ..Default::default() },
    };
    let response_times = match idle {
        true => Buckets::default(),
        false => Buckets::of_ascending([(p50_ns / 2, 10), (p50_ns, 80), (3 * p50_ns, 10)]),
    };
    let load = LoadReading {
        elapsed_ns,
        offered: requests,
        started: requests - seq,
        completed: requests - seq * 3,
        failed: seq * 2,
        cpu_ns: elapsed_ns / 4,
        dropped: seq,
        in_flight: 2 * seq,
        response_time,
        response_times,
        ..Default::default()
    };
    Sample { seq, elapsed_ns, phase, target: Some(target), load: Some(load), events: Vec::new() }
}

/// Two samples in each phase, a second apart.
fn run(step_bytes: u64) -> Vec<Sample> {
    let phase = |seq: u64| Phase::ALL[(seq as usize / 2).min(Phase::ALL.len() - 1)];
    (0..10).map(|seq| sample(seq, seq * SECOND, phase(seq), step_bytes)).collect()
}

/// Three size classes, of which the smallest has so many allocations, and the last none left.
fn classes(live: u64) -> [SizeClass; 3] {
    [(64, live, 64), (5_120, 3, 12), (262_144, 0, 8)].map(|(size_bytes, live, room)| SizeClass {
        size_bytes,
        live,
        room,
    })
}

fn view() -> View {
    View { width: 360, height: 140, span_ns: Some(10 * SECOND), ..View::default() }
}

fn size(view: &View) -> (u32, u32) {
    (view.width * view.scale.max(1), view.height * view.scale.max(1))
}

fn record(chart: &Chart, traces: &[Trace<'_>], view: &View) -> Commands {
    let mut commands = Commands::default();
    draw(chart, traces, view, Recorder::new(&mut commands, size(view))).unwrap();
    commands
}

fn svg(chart: &Chart, traces: &[Trace<'_>], view: &View) -> String {
    let mut text = String::new();
    draw(chart, traces, view, SVGBackend::with_string(&mut text, size(view))).unwrap();
    text
}

/// The light color of a series.
fn color(variant: &str, series: usize) -> u32 {
    let plotters::style::RGBColor(red, green, blue) = stroke(Theme::Light, variant, series).color;
    u32::from_be_bytes([0, red, green, blue])
}

/// How many lines, and points on them, have the stroke of a series.
fn drawn(commands: &Commands, variant: &str, series: usize) -> (usize, usize) {
    let color = color(variant, series);
    let paths = commands.iter().filter_map(|command| match command {
        Command::Stroke { color: found, points, .. } if found == color => Some(points.len()),
        _ => None,
    });
    paths.fold((0, 0), |(lines, points), length| (lines + 1, points + length))
}

#[test]
fn charts_name_metrics_of_their_unit() {
    let ids: Vec<_> = CHARTS.iter().map(|chart| chart.id).collect();
    assert_eq!(
        ids,
        [
            "rate",
            "errors",
            "response_time",
            "in_flight",
            "memory",
            "held",
            "pool",
            "churn",
            "allocations",
            "faults",
            "cpu",
            "latency_heatmap",
            "latency_distribution",
            "size_classes"
        ]
    );
    for chart in CHARTS {
        assert!(std::ptr::eq(find(chart.id).unwrap(), *chart));
        for series in chart.series {
            let metric = metric::find(series.metric).unwrap();
            assert_eq!(metric.shown_unit(), chart.unit, "{}", series.metric);
        }
    }
    assert!(find("nothing").is_none());
}

#[test]
fn pictures_stay_as_they_are() {
    let (naive, pooled) = (run(16 * MIB), run(MIB));
    let traces = [
        Trace { variant: "naive", samples: &naive, size_classes: &classes(9) },
        Trace { variant: "pooled", samples: &pooled, size_classes: &classes(1) },
    ];
    for chart in CHARTS {
        for theme in [Theme::Light, Theme::Dark] {
            // As on a phone, and as on a desk with its title and two pixels for one.
            let small = View { width: 220, height: 110, theme, ..view() };
            let large =
                View { width: 640, height: 240, theme, density: 2.0, caption: Caption::Inside, ..view() };
            for (size, view) in [("", small), ("_large", large)] {
                let name = format!("{}_{}{size}", chart.id, format!("{theme:?}").to_lowercase());
                insta::assert_snapshot!(name, record(chart, &traces, &view).to_string());
            }
        }
    }
}

/// A run that was changed three times, twice in quick succession.
fn changed() -> Vec<Sample> {
    let mut samples = run(16 * MIB);
    let event = |tenths, change| RunEvent {
        elapsed_ns: tenths * SECOND / 10,
        what: EventKind::Adjusted { change, effect: None },
    };
    samples[3].events = vec![event(28, Adjustment::SetRate { rate: 250.0 })];
    samples[5].events = vec![event(44, Adjustment::Pause), event(49, Adjustment::Resume)];
    samples
}

#[test]
fn events_are_drawn_as_they_are() {
    let samples = changed();
    let traces = [Trace { variant: "naive", samples: &samples, size_classes: &[] }];
    for theme in [Theme::Light, Theme::Dark] {
        let ops = record(&rate::CHART, &traces, &View { theme, ..view() });
        insta::assert_snapshot!(format!("events_{theme:?}").to_lowercase(), ops.to_string());
    }
}

#[test]
fn events_are_in_every_chart_behind_its_lines() {
    let samples = changed();
    let traces = [Trace { variant: "naive", samples: &samples, size_classes: &[] }];
    for chart in CHARTS.iter().filter(|chart| chart.is_over_time()) {
        let ops = record(chart, &traces, &view());
        let said = ["rate set to 250/s", "paused", "resumed"];
        let label =
            |said| ops.iter().position(|op| matches!(op, Command::Text { words, .. } if words == said));
        let labels = said.map(label);
        let color = color("naive", 0);
        let line =
            ops.iter().position(|op| matches!(op, Command::Stroke { color: found, .. } if found == color));
        assert!(
            labels.iter().all(|label| label.is_some() && *label < line),
            "{}: {labels:?} {line:?}",
            chart.id
        );
    }
}

#[test]
fn merged_samples_draw_the_same_events() {
    let samples = changed();
    let merged: Vec<_> = samples.chunks(4).filter_map(Sample::merge).collect();
    let of_events = |samples: &[Sample]| {
        let ops = record(&rate::CHART, &[Trace { variant: "naive", samples, size_classes: &[] }], &view());
        let flags = ops.iter().filter(|op| matches!(op, Command::Rect { .. }));
        flags.map(|flag| flag.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(of_events(&samples), of_events(&merged));
    assert_eq!(of_events(&samples).len(), 1 + 3 + 3, "background, flags, and what is behind the labels");
}

#[test]
fn svg_has_names_of_phases_and_ticks() {
    let samples = run(16 * MIB);
    let text = svg(
        &memory::CHART,
        &[Trace { variant: "naive", samples: &samples, size_classes: &[] }],
        &View { width: 600, ..view() },
    );
    // plotters-svg puts each text on a line of its own.
    for label in ["baseline", "warmup", "load", "drain", "recovery", "128 MiB", "0", "2 s", "10 s"] {
        assert!(text.lines().any(|line| line == label), "{label} is missing");
    }
    assert!(!text.contains("Memory"), "the page has the title");
}

#[test]
fn a_picture_alone_has_title_and_legend() {
    let samples = run(16 * MIB);
    let view = View { caption: Caption::Inside, height: 200, ..view() };
    let text =
        svg(&memory::CHART, &[Trace { variant: "naive", samples: &samples, size_classes: &[] }], &view);
    for label in ["Memory", "naive: Live (allocated)", "naive: Held (resident)", "naive: RSS"] {
        assert!(text.lines().any(|line| line == label), "{label} is missing");
    }
}

#[test]
fn a_sample_without_answer_parts_the_line() {
    let mut samples = run(MIB);
    let whole =
        record(&memory::CHART, &[Trace { variant: "naive", samples: &samples, size_classes: &[] }], &view());
    assert_eq!(drawn(&whole, "naive", 0), (1, 10));
    samples[4].target = None;
    let parted =
        record(&memory::CHART, &[Trace { variant: "naive", samples: &samples, size_classes: &[] }], &view());
    assert_eq!(drawn(&parted, "naive", 0), (2, 9));
    // A figure without neighbours is a dot.
    samples[2].target = None;
    let dotted =
        record(&memory::CHART, &[Trace { variant: "naive", samples: &samples, size_classes: &[] }], &view());
    assert_eq!(drawn(&dotted, "naive", 0), (3, 2 + 2 + 5));
}

#[test]
fn there_is_no_response_time_where_no_request_ended() {
    let samples = run(MIB);
    let ops = record(
        &response_time::CHART,
        &[Trace { variant: "naive", samples: &samples, size_classes: &[] }],
        &view(),
    );
    assert_eq!(drawn(&ops, "naive", 0), (1, 6), "warm-up, load and drain");
}

#[test]
fn a_hidden_series_neither_shows_nor_stretches_the_axis() {
    let samples = run(16 * MIB);
    let traces = [Trace { variant: "naive", samples: &samples, size_classes: &[] }];
    let mut hidden = Hidden::default();
    hidden.toggle(1);
    hidden.toggle(2);
    let view = View { hidden, ..view() };
    let ops = record(&memory::CHART, &traces, &view);
    assert_eq!(drawn(&ops, "naive", 0), (1, 10));
    assert_eq!((drawn(&ops, "naive", 1), drawn(&ops, "naive", 2)), ((0, 0), (0, 0)));
    hidden.toggle(1);
    assert!(!hidden.contains(1) && hidden.contains(2) && !hidden.contains(0) && !hidden.contains(40));
}

#[test]
fn a_long_run_costs_pixels_not_samples() {
    let samples: Vec<_> =
        (0..20_000).map(|seq| sample(seq, seq * SECOND / 10, Phase::Load, seq % 7 * 1_000)).collect();
    let ops =
        record(&memory::CHART, &[Trace { variant: "naive", samples: &samples, size_classes: &[] }], &view());
    let columns = 360 - 64 - 20;
    let (lines, points) = drawn(&ops, "naive", 0);
    assert_eq!(lines, 1);
    assert!((columns..=4 * columns + 4).contains(&points), "{points} points");
    let hairline = |op: Command<'_>| !matches!(op, Command::Stroke { width, .. } if width > 8.0);
    assert!(ops.iter().all(hairline), "wide lines are slow where points lie close");
}

#[test]
fn where_there_is_no_room_there_is_only_background() {
    for (width, height) in [(0, 0), (80, 140), (360, 40)] {
        let ops = record(&rate::CHART, &[], &View { width, height, ..view() });
        assert_eq!(ops.iter().count(), 1, "{ops}");
    }
}

prop_compose! {
    fn any_sample()(
        elapsed_ns in prop_oneof![Just(0), 0..100 * SECOND, any::<u64>()],
        phase in prop::sample::select(Phase::ALL.to_vec()),
        bytes in any::<u64>(),
        target in any::<bool>(),
        load in any::<bool>(),
        events in prop::collection::vec(any::<u64>(), 0..3),
    ) -> Sample {
        let response_time = LatencyWindow { p50_ns: bytes / 2, p99_ns: bytes, ..Default::default() };
        let response_times = Buckets::of_ascending([(bytes / 3, bytes), (bytes, 1)]);
        let load = load.then(|| LoadReading { elapsed_ns, offered: bytes, response_time, response_times, ..Default::default() });
        let target = target.then(|| TargetReading { allocator: Some(AllocatorReading { allocated_bytes: bytes, ..Default::default() }), rss_bytes: bytes / 3, ..Default::default() });
        let event = |elapsed_ns| RunEvent { elapsed_ns, what: EventKind::StopAsked };
        let events = events.into_iter().map(event).collect();
        Sample { seq: 0, elapsed_ns, phase, target, load, events }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_samples_in_any_view_are_drawn_inside_it(
        samples in prop::collection::vec(any_sample(), 0..30),
        (width, height, scale) in (0_u32..1_000, 0_u32..400, 0_u32..10),
        span_ns in prop::option::of(any::<u64>()),
        range in prop::option::of(any::<(u64, u64)>()),
        (captioned, log) in any::<(bool, bool)>(),
    ) {
        let caption = if captioned { Caption::Inside } else { Caption::Outside };
        let value_scale = if log { ValueScale::Log } else { ValueScale::Linear };
        let range = range.map(|(from_ns, to_ns)| TimeRange { from_ns, to_ns });
        let view = View { width, height, scale, span_ns, range, value_scale, caption, ..view() };
        let traces = [Trace { variant: "naive", samples: &samples, size_classes: &[] }, Trace { variant: "other", samples: &samples, size_classes: &[] }];
        let (right, bottom) = size(&view);
        for chart in CHARTS {
            for op in record(chart, &traces, &view).iter() {
                let points = match op {
                    Command::Stroke { points, .. } | Command::Fill { corners: points, .. } => points,
                    Command::Rect { from, to, .. } | Command::Cells { from, to, .. } => vec![from, to],
                    Command::Text { .. } => continue,
                };
                let (across, down) = (0.0..=right as f32, 0.0..=bottom as f32);
                prop_assert!(points.iter().all(|(x, y)| across.contains(x) && down.contains(y)), "{points:?}");
            }
            summary(chart, &traces);
            prop_assert!(table(chart, &traces, 10, None).rows.len() <= 10);
        }
    }
}
