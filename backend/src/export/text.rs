//! A report as text for a person.

use std::fmt::Write;

use heapgym_shared::{
    Report,
    report::{Latency, PerRequest, PoolSummary, SoftLimitSummary},
    sample::SizeClass,
    soft_limit::SoftLimitReading,
    threshold::ThresholdResult,
    unit::Unit,
};

/// The report as an aligned table under its outcome, for a terminal.
pub fn text(report: &Report) -> String {
    let mut text = format!("\n{}\n", report.headline());
    let mut row = |name: &str, value: String| {
        let _ = write!(text, "\n{name:<22}{value}"); // writing to a String does not fail
    };
    let bytes = |value: u64| Unit::Bytes.format(value as f64);
    let above = |held: i64| format!("{} above the baseline", Unit::Bytes.format(held as f64));
    let count = |value: u64| Unit::Count.format(value as f64);

    let load = &report.load;
    row(
        "requests",
        format!(
            "{} offered, {} started, {} completed",
            count(load.offered),
            count(load.started),
            count(load.completed)
        ),
    );
    row(
        "",
        format!("{} failed, {} dropped, {} late", count(load.failed), count(load.dropped), count(load.late)),
    );
    for reason in &report.failure_reasons {
        row("", format!("  {reason}"));
    }
    row(
        "rate",
        format!(
            "{} sent, {} completed within the load phase of {}",
            rate(load.rate_per_s),
            rate(load.throughput_per_s),
            Unit::Nanoseconds.format(load.duration_ns as f64)
        ),
    );
    row("received", bytes(load.body_bytes));
    let latency = |times: &Latency| match load.completed {
        0 => "no successful reply".to_owned(),
        _ => latency(times),
    };
    row("response time", latency(&report.response_time_ns));
    row("service time", latency(&report.service_time_ns));

    let memory = &report.memory;
    row(
        "live peak",
        format!(
            "{} (baseline {})",
            bytes(memory.allocated_peak_bytes),
            bytes(memory.baseline_allocated_bytes)
        ),
    );
    row("resident peak", format!("{} by jemalloc's count", bytes(memory.resident_peak_bytes)));
    row(
        "RSS peak",
        format!("{} by the kernel's, which the memory limit holds", bytes(memory.rss_peak_bytes)),
    );
    row("live after recovery", memory.held_after_recovery_bytes.map_or_else(|| "-".to_owned(), above));
    if let (Some(live), Some(active)) =
        (memory.allocated_after_recovery_bytes, memory.active_after_recovery_bytes)
    {
        let times = active as f64 / live.max(1) as f64;
        row(
            "fragmentation",
            format!("{} live in {} of active pages ({times:.1} x)", bytes(live), bytes(active)),
        );
    }
    if let Some(pool) = &report.pool {
        row("pool", pool_summary(pool));
    }

    row("per request", report.per_request.as_ref().map_or_else(|| "-".to_owned(), per_request));
    let after = report.tasks.live_after_recovery.map_or_else(|| "-".to_owned(), count);
    row("live tasks", format!("peak {}, after recovery {after}", count(report.tasks.live_peak)));
    row("leak", report.leak_sentence());
    if let Some(parts) = &report.memory.after_recovery {
        row("after recovery", parts.line());
    }
    if let Some(held) = report.held_sentence() {
        row("", held);
    }
    if !report.size_classes.is_empty() {
        row("largest classes", size_classes(&report.size_classes));
    }
    let widest = report.thresholds.iter().map(|result| result.threshold.to_string().len()).max();
    for (index, result) in report.thresholds.iter().enumerate() {
        row(if index == 0 { "thresholds" } else { "" }, threshold(result, widest.unwrap_or(0)));
    }
    for (index, line) in heap_profiles(report).into_iter().enumerate() {
        row(if index == 0 { "heap profiles" } else { "" }, line);
    }
    row(
        "sampler",
        format!(
            "{} a sample ({:.2} % of one core), {} allocations a sample, {} dropped, {} that jemalloc did not answer in time",
            Unit::Nanoseconds.format(report.sampler.cpu_ns_per_sample),
            report.sampler.cpu_share * 100.0,
            Unit::Count.format(report.sampler.allocations_per_sample),
            count(report.sampler.dropped),
            count(report.sampler.without_allocator.unwrap_or(0)),
        ),
    );
    let place = &report.environment;
    let guard = place.guard.map_or("none", |guard| guard.describe());
    row("memory limit", format!("{}, held by {guard}", bytes(report.spec.limits.memory_bytes)));
    for (what, limit) in [
        ("data (ulimit -d)", place.data_limit_bytes),
        ("address space (ulimit -v)", place.address_space_limit_bytes),
    ] {
        if let Some(limit) = limit {
            row("", format!("heapgym was started with a limit of {} on {what}", bytes(limit)));
        }
    }
    if let Some(soft_limit) = &report.soft_limit {
        let limit = report.spec.limits.soft_memory_bytes.map_or_else(|| "set while it ran".to_owned(), bytes);
        row(
            "soft limit",
            format!(
                "{limit}; {}",
                soft_limit_summary(soft_limit, report.samples * report.spec.sample_interval_ms * 1_000_000)
            ),
        );
    }
    row("allocator", format!("{} {}", place.allocator, place.allocator_options));
    row(
        "machine",
        format!(
            "{}, {}, target on CPU {}, load on CPU {}",
            place.kernel, place.cpu, place.target_cpus, place.load_cpus
        ),
    );
    text
}

/// The size classes that hold most, with how full their pages are.
fn size_classes(classes: &[SizeClass]) -> String {
    const SHOWN: usize = 4;
    let bytes = |value: u64| Unit::Bytes.format(value as f64);
    let mut classes: Vec<&SizeClass> = classes.iter().collect();
    classes.sort_by_key(|class| std::cmp::Reverse(class.held_bytes()));
    let shown = classes.iter().take(SHOWN).map(|class| {
        let full = 100.0 * class.utilisation();
        format!("{} x {} ({full:.0} % full)", bytes(class.size_bytes), Unit::Count.format(class.live as f64))
    });
    format!("{}, of {} after the last reply", shown.collect::<Vec<_>>().join(", "), classes.len())
}

/// What was taken, and why the rest was not.
fn heap_profiles(report: &Report) -> Vec<String> {
    let taken = report.profiles.iter().map(|profile| {
        format!("taken at {}: {}", Unit::Nanoseconds.format(profile.elapsed_ns as f64), profile.cause)
    });
    let failed = report.profile_failures.iter().map(|reason| format!("none: {reason}"));
    taken.chain(failed).collect()
}

fn per_request(each: &PerRequest) -> String {
    format!(
        "{} in {} allocations, {} minor faults, {} CPU",
        Unit::Bytes.format(each.allocated_bytes),
        Unit::Count.format(each.allocations),
        Unit::Count.format(each.minor_faults),
        Unit::Nanoseconds.format(each.cpu_ns),
    )
}

fn pool_summary(pool: &PoolSummary) -> String {
    let (count, bytes) =
        (|value: u64| Unit::Count.format(value as f64), |value: u64| Unit::Bytes.format(value as f64));
    format!(
        "{} hits, {} misses, {} drops over all phases; {} retained in {} buffers, at most {}",
        count(pool.last.hits),
        count(pool.last.misses),
        count(pool.last.drops),
        bytes(pool.last.retained_bytes),
        count(pool.last.idle),
        bytes(pool.retained_peak_bytes),
    )
}

/// What the soft limit did, and what it cost, in a run of this length.
fn soft_limit_summary(summary: &SoftLimitSummary, elapsed_ns: u64) -> String {
    let count = |value: u64| Unit::Count.format(value as f64);
    let SoftLimitReading { shed, looks, cpu_ns, .. } = summary.last;
    format!(
        "{} shed, at most {} admitted at once, {} % of it reached, {} changes; {} a look ({:.2} % of one core)",
        count(shed),
        count(summary.admitted_peak),
        summary.highest.percent(),
        count(summary.changes),
        Unit::Nanoseconds.format(cpu_ns as f64 / looks.max(1) as f64),
        cpu_ns as f64 * 100.0 / elapsed_ns.max(1) as f64,
    )
}

fn rate(per_second: f64) -> String {
    Unit::PerSecond.format(per_second)
}

fn latency(latency: &Latency) -> String {
    let time = |ns: u64| Unit::Nanoseconds.format(ns as f64);
    format!(
        "p50 {}, p90 {}, p99 {}, p99.9 {}, max {}",
        time(latency.p50),
        time(latency.p90),
        time(latency.p99),
        time(latency.p999),
        time(latency.max)
    )
}

/// A mark, the threshold in a column of this width, and what became of it.
fn threshold(result: &ThresholdResult, width: usize) -> String {
    let mark = result.passed.mark();
    format!("{mark:<6}{:<width$}  {}", result.threshold.to_string(), result.sentence())
}
