//! Every claim of docs/CLAIMS.md, held to by real runs: one test each, by the name that stands beside it there.

use std::{
    collections::{BTreeSet, HashMap},
    process::Command,
    sync::{Arc, Mutex},
};

use heapgym_shared::{
    Outcome, Report, preset::PRESETS, report::Verdict, soft_limit::SoftLimitLevel, workload::WORKLOADS,
};
use serde_json::Value;

use crate::support::heapgym;

const MIB: u64 = 1 << 20;

/// What a run tells, and its exit code. Claims that look at the same run share it.
#[track_caller]
fn run(flags: &str) -> Arc<Report> {
    static RUNS: Mutex<Option<HashMap<String, Arc<Report>>>> = Mutex::new(None);
    let mut runs = RUNS.lock().unwrap();
    let runs = runs.get_or_insert_default();
    if let Some(report) = runs.get(flags) {
        return Arc::clone(report);
    }
    let report = Arc::new(run_anew(flags));
    runs.insert(flags.to_owned(), Arc::clone(&report));
    report
}

#[track_caller]
fn run_anew(flags: &str) -> Report {
    let phases = ["--baseline", "300ms", "--warmup", "700ms", "--json", "-"];
    let output = heapgym().arg("run").args(phases).args(flags.split(' ')).output().unwrap();
    let report: Report = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{flags}: {error}: {}", String::from_utf8_lossy(&output.stderr)));
    assert_eq!(output.status.code(), Some(i32::from(report.exit_code())), "{flags}");
    report
}

/// `products` as in the article, a little shorter.
fn products(variant: &str) -> Arc<Report> {
    run(&format!("--preset article --duration 4s --variant {variant}"))
}

fn bytes_per_request(report: &Report) -> f64 {
    report.per_request.unwrap().allocated_bytes
}

/// Stands for throughput: the target's processor is what limits it, and a busy neighbour bends this less.
fn cpu_per_request(report: &Report) -> f64 {
    report.per_request.unwrap().cpu_ns
}

/// The preset's rate and limit, for long enough that `naive` reaches it.
fn orders(variant: &str) -> Arc<Report> {
    run(&format!("--preset slow-downstream --duration 10s --variant {variant}"))
}

/// What `heapgym bench` tells per call of each variant of a workload.
fn bench(workload: &str, flags: &[&str]) -> HashMap<String, Value> {
    let mut command: Command = heapgym();
    let short = ["--benchtime", "200ms", "--count", "3", "--json", "-"];
    let output = command.args(["bench", workload]).args(short).args(flags).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let of_variant =
        |benchmark: &Value| (benchmark["variant"].as_str().unwrap().to_owned(), benchmark["per_op"].clone());
    report["benchmarks"].as_array().unwrap().iter().map(of_variant).collect()
}

fn median_ns(per_op: &Value) -> f64 {
    per_op["ns"]["median"]["value"].as_f64().unwrap()
}

#[test]
fn naive_products_hold_hundreds_of_mebibytes() {
    let naive = products("naive");
    assert_eq!(naive.outcome, Outcome::Completed);
    assert!(naive.memory.resident_peak_bytes > 400 * MIB, "{:?}", naive.memory);
    // The reply is six times the payload: JSON escapes each NUL as six characters.
    let reply = naive.load.body_bytes as f64 / naive.load.completed as f64;
    assert!((reply / MIB as f64 - 6.0).abs() < 0.01, "{reply}");
}

#[test]
fn a_pool_takes_away_bytes_per_request_and_not_the_peak() {
    let (naive, pooled) = (products("naive"), products("pooled"));
    assert!(bytes_per_request(&pooled) < 0.02 * bytes_per_request(&naive), "{:?}", pooled.per_request);
    let share = pooled.memory.rss_peak_bytes as f64 / naive.memory.rss_peak_bytes as f64;
    assert!(share > 0.4, "near zero it is not: {share}");
    // And what it holds, it keeps.
    assert!(pooled.memory.held_after_recovery_bytes.unwrap() > 300 * MIB as i64, "{:?}", pooled.memory);
}

#[test]
fn streaming_takes_away_the_peak() {
    let (naive, streamed) = (products("naive"), products("streamed"));
    assert!(streamed.memory.resident_peak_bytes < 32 * MIB, "{:?}", streamed.memory);
    assert!(streamed.memory.rss_peak_bytes < 32 * MIB, "{:?}", streamed.memory);
    assert!(bytes_per_request(&streamed) < 0.01 * bytes_per_request(&naive), "{:?}", streamed.per_request);
}

/// Alternating runs, so that what else the machine does meets both alike.
#[test]
fn streaming_costs_no_throughput() {
    let cpu = |variant: &str| {
        cpu_per_request(&run_anew(&format!(
            "--preset article --duration 3s --recovery 300ms --variant {variant}"
        )))
    };
    let mut ratios: Vec<f64> = (0..5)
        .map(|pair| {
            let (first, second) = if pair % 2 == 0 { ("streamed", "pooled") } else { ("pooled", "streamed") };
            let (first, second) = (cpu(first), cpu(second));
            if pair % 2 == 0 { first / second } else { second / first }
        })
        .collect();
    ratios.sort_by(f64::total_cmp);
    assert!(ratios[2] < 1.25, "{ratios:?}");
}

#[test]
fn a_value_tree_doubles_the_allocations() {
    let (naive, tree) = (products("naive"), products("value_tree"));
    let allocations = |report: &Report| report.per_request.unwrap().allocations;
    assert!(allocations(&tree) > 2.0 * allocations(&naive), "{:?} {:?}", tree.per_request, naive.per_request);
    assert!(bytes_per_request(&tree) > 1.1 * bytes_per_request(&naive));
}

#[test]
fn an_arena_is_a_pool_for_everything_at_once() {
    let (naive, arena) = (products("naive"), products("arena"));
    assert!(bytes_per_request(&arena) < 0.05 * bytes_per_request(&naive), "{:?}", arena.per_request);
    assert!(1.5 * cpu_per_request(&arena) < cpu_per_request(&naive), "{:?}", arena.per_request);
    assert!(arena.memory.rss_peak_bytes > 300 * MIB, "its peak is a pool's: {:?}", arena.memory);
}

#[test]
fn side_tasks_that_belong_to_their_request_do_not_pile_up() {
    let supervised = products("supervised");
    assert_eq!(supervised.outcome, Outcome::Completed);
    // A task for each of the 100 connections, and one beside it.
    assert!(supervised.tasks.live_peak <= 205, "{:?}", supervised.tasks);
    assert!(supervised.tasks.live_after_recovery.unwrap() <= 2, "{:?}", supervised.tasks);
    let times = cpu_per_request(&supervised) / cpu_per_request(&products("pooled"));
    assert!(times < 1.6, "and cost little: {times}");
}

/// GOGC's counterpart: how soon freed pages go back trades memory for time.
#[test]
fn a_short_decay_trades_time_for_memory() {
    let decay =
        |time: &str| run(&format!("--preset article --duration 4s --dirty-decay {time} --recovery 1s"));
    let (long, none) = (decay("10s"), decay("0s"));
    let faults = |report: &Report| report.per_request.unwrap().minor_faults;
    assert!(faults(&none) > 1.5 * faults(&long), "{:?} {:?}", none.per_request, long.per_request);
    assert!(
        cpu_per_request(&none) > 1.05 * cpu_per_request(&long),
        "{:?} {:?}",
        none.per_request,
        long.per_request
    );
    assert!(
        (none.memory.rss_peak_bytes as f64) < 0.9 * long.memory.rss_peak_bytes as f64,
        "{:?}",
        none.memory
    );
}

/// GOGC=1000 let the article's service grow until it was out of memory. Pages that are kept are used again.
#[test]
fn pages_that_are_never_given_back_do_not_raise_the_peak() {
    let kept = run("--preset article --duration 4s --dirty-decay 1h --recovery 1s");
    assert_eq!(kept.outcome, Outcome::Completed);
    let share = kept.memory.rss_peak_bytes as f64 / products("naive").memory.rss_peak_bytes as f64;
    assert!((0.6..1.6).contains(&share), "{share}");
}

#[test]
fn calls_that_nobody_ends_leak_tasks_until_memory_is_out() {
    let naive = orders("naive");
    let Outcome::OutOfMemory { limit_bytes, .. } = naive.outcome else { panic!("{:?}", naive.outcome) };
    assert_eq!(limit_bytes, 256 * MIB);
    // A tenth of 4 calls of 400 orders a second hangs, each with 256 KiB: 1,000 of them fill the limit.
    assert!(naive.tasks.live_peak > 600, "{:?}", naive.tasks);
    assert!(
        naive.response_time_ns.p50 < 100_000_000,
        "latency tells nothing of it: {:?}",
        naive.response_time_ns
    );
}

#[test]
fn bounded_calls_keep_a_service_flat() {
    let bounded = orders("bounded");
    assert_eq!(bounded.outcome, Outcome::Completed);
    let (limit, failed) = (512, bounded.load.failed);
    assert!(bounded.tasks.live_peak < 10 * limit, "{:?}", bounded.tasks);
    assert!(failed * 20 < bounded.load.completed, "the limit has room for this rate: {:?}", bounded.load);
    assert!(bounded.tasks.live_after_recovery.unwrap() <= 2, "{:?}", bounded.tasks);
    assert!(bounded.memory.held_after_recovery_bytes.unwrap() < 2 * MIB as i64, "{:?}", bounded.memory);
    assert_eq!(bounded.leak.verdict, Verdict::None);
}

#[test]
fn a_timeout_alone_bounds_the_leak_by_the_rate() {
    let timeout = orders("timeout_only");
    assert_eq!(timeout.outcome, Outcome::Completed);
    // What hangs lives for 2 s: 400 orders of 4 calls, of which a tenth does, are 320 calls.
    assert!((250..2_000).contains(&timeout.tasks.live_peak), "{:?}", timeout.tasks);
    assert!(timeout.memory.held_after_recovery_bytes.unwrap() < 2 * MIB as i64, "{:?}", timeout.memory);
}

#[test]
fn a_hundred_thousand_lines_per_second_are_written_by_every_variant() {
    for variant in ["naive", "write_into", "pooled"] {
        let logs = run(&format!("--preset log-storm --duration 4s --variant {variant}"));
        assert_eq!((logs.load.offered, logs.load.failed, logs.load.dropped), (4_000, 0, 0), "{variant}");
        let lines_per_s = logs.load.completed as f64 * 100.0 / 4.0;
        assert!((lines_per_s / 100_000.0 - 1.0).abs() < 0.01, "{variant}: {lines_per_s}");
        // No collector stops the world here: the article's 200 ms do not come.
        assert!(logs.response_time_ns.p90 < 100_000_000, "{variant}: {:?}", logs.response_time_ns);
    }
}

#[test]
fn text_in_a_reused_buffer_takes_a_third_of_the_time() {
    let logs = bench("logs", &[]);
    let (naive, reserved, pooled) = (&logs["naive"], &logs["write_into"], &logs["pooled"]);
    assert!(median_ns(pooled) * 3.0 < median_ns(naive), "{pooled} {naive}");
    assert!(
        median_ns(reserved) < 0.8 * median_ns(naive),
        "a reserved text saves a fifth: {reserved} {naive}"
    );
    let allocations = |per_op: &Value| per_op["allocations"].as_f64().unwrap();
    assert!(allocations(naive) > 300.0, "three a line: {naive}");
    let longer = bench("logs", &["--variant", "pooled", "--param", "lines=1000"]);
    assert_eq!(allocations(&longer["pooled"]), allocations(pooled), "none per line");
}

/// Two thousand requests a second, of which one in five asks for a key of its own: 1.6 MB/s stay.
fn cache(variant: &str) -> Arc<Report> {
    run(&format!("--workload cache --rate 2000 --duration 8s --param cache_bytes=2MiB --variant {variant}"))
}

#[test]
fn a_cache_without_a_bound_is_a_leak() {
    let unbounded = cache("unbounded");
    assert_eq!(unbounded.leak.verdict, Verdict::Leaking, "{:?}", unbounded.leak);
    // A fifth of 4 KiB, and what the map takes.
    assert!((700.0..1_300.0).contains(&unbounded.leak.slope_bytes_per_request), "{:?}", unbounded.leak);
}

#[test]
fn a_cache_with_a_bound_is_none() {
    for variant in ["bounded", "ttl"] {
        let bounded = cache(variant);
        assert_eq!(bounded.leak.verdict, Verdict::None, "{variant}: {:?}", bounded.leak);
    }
}

/// Live and active bytes at the end.
fn fragment(variant: &str) -> f64 {
    let report = run(&format!("--workload fragment --rate 1000 --duration 4s --variant {variant}"));
    let memory = &report.memory;
    memory.active_after_recovery_bytes.unwrap() as f64 / memory.allocated_after_recovery_bytes.unwrap() as f64
}

#[test]
fn a_few_kept_objects_hold_the_pages_of_all_others() {
    let naive = fragment("naive");
    assert!(naive >= 3.0, "{naive}");
    for variant in ["size_classed", "arena"] {
        let other = fragment(variant);
        assert!(other < naive / 2.0, "{variant}: {other}, naive: {naive}");
    }
}

/// Small payloads, of which one in fifty is 16 times as large, on more connections than the pool keeps buffers.
fn poisoned(flags: &str) -> Arc<Report> {
    run(&format!(
        "--variant pooled --concurrency 64 --duration 4s --pool-capacity 32 --param payload_bytes=16KiB --param fill=text \
         --param oversize_every=50 --param oversize_times=16 {flags}"
    ))
}

#[test]
fn a_pool_without_a_size_cap_is_poisoned_by_large_requests() {
    let pool = poisoned("--pool bounded").pool.unwrap();
    // Two pools, of payloads and of replies, each 32 buffers of the largest payload's size.
    let largest = 16 * 16 * 1024;
    assert!(pool.last.retained_bytes >= 2 * 32 * largest * 9 / 10, "{pool:?}");
}

#[test]
fn a_size_cap_keeps_a_pool_clean() {
    let pool = poisoned("--pool bounded --pool-max-buffer 64KiB").pool.unwrap();
    assert!(pool.retained_peak_bytes <= 2 * 32 * 64 * 1024, "{pool:?}");
    assert!(
        pool.last.drops > 0 && pool.last.hits > 10 * pool.last.misses,
        "and it is still of use: {pool:?}"
    );
}

#[test]
fn a_pool_that_rotates_gives_back_what_nobody_wants() {
    let pool = poisoned("--pool two_generation --pool-rotate 200ms --recovery 1s").pool.unwrap();
    assert!(pool.retained_peak_bytes > MIB, "{pool:?}");
    assert_eq!((pool.last.idle, pool.last.retained_bytes), (0, 0), "{pool:?}");
}

#[test]
fn a_buffer_for_each_thread_is_no_pool_for_replies() {
    // A reply is filled on one thread, and dropped by the one that wrote it to the socket.
    let threads = poisoned("--pool thread_local").pool.unwrap().last;
    let bounded = poisoned("--pool bounded").pool.unwrap().last;
    let share = |hits: u64, misses: u64| hits as f64 / (hits + misses) as f64;
    assert!(share(threads.hits, threads.misses) < 0.6, "{threads:?}");
    assert!(share(bounded.hits, bounded.misses) > 0.9, "{bounded:?}");
}

#[test]
fn what_is_known_is_read_back() {
    let calibrate =
        |flags: &str| run(&format!("--workload calibrate --rate 500 --duration 4s --param {flags}"));
    let zero = calibrate("bytes=0");
    let set = calibrate("bytes=100000 --param allocations=10 --param leak_bytes=4096");
    let more = |read: fn(&Report) -> f64| read(&set) - read(&zero);
    let bytes = more(bytes_per_request);
    assert!((bytes / 104_096.0 - 1.0).abs() < 0.01, "{bytes}");
    let allocations = more(|report| report.per_request.unwrap().allocations);
    assert!((allocations - 11.0).abs() < 0.1, "{allocations}");
    assert_eq!((zero.leak.verdict, set.leak.verdict), (Verdict::None, Verdict::Leaking));
    assert!((set.leak.slope_bytes_per_request / 4096.0 - 1.0).abs() < 0.05, "{:?}", set.leak);

    // Never shorter than asked, to the histogram's three digits. How much longer is the machine's to say;
    // `heapgym calibrate` tells.
    let late = calibrate("delay_ms=5");
    assert!(late.service_time_ns.min >= 4_990_000, "{:?}", late.service_time_ns);
}

#[test]
fn a_memory_limit_ends_the_run_and_not_the_tool() {
    let naive = run("--preset article --memory-limit 128MiB");
    assert!(matches!(naive.outcome, Outcome::OutOfMemory { .. }), "{:?}", naive.outcome);
    assert!(naive.samples > 0, "what was measured until then is kept");
}

/// GOMEMLIMIT's counterpart: 60 % of what the service takes without a limit are enough for it.
#[test]
fn a_soft_limit_is_kept_by_letting_in_what_fits() {
    let natural = products("naive");
    let limit = natural.memory.resident_peak_bytes * 6 / 10;
    let limited = run(&format!("--preset article --duration 4s --variant naive --soft-limit {limit}B"));
    assert_eq!(limited.outcome, Outcome::Completed);
    assert!(limited.memory.resident_peak_bytes < limit, "{limit}: {:?}", limited.memory);
    assert!(limited.memory.rss_peak_bytes < limit, "{limit}: {:?}", limited.memory);
    let soft_limit = limited.soft_limit.unwrap();
    assert!(soft_limit.last.shed > 0 && soft_limit.highest < SoftLimitLevel::Exceeded, "{soft_limit:?}");
    assert!(limited.load.completed * 4 > natural.load.completed, "{:?} {:?}", limited.load, natural.load);
}

const CLAIMS: &str = include_str!("../../../docs/CLAIMS.md");

/// The words in backticks of a text, such as the names of tests.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

#[test]
fn every_claim_has_its_test_and_every_test_its_claim() {
    let source = include_str!("claims.rs");
    let tests: BTreeSet<&str> = source
        .split("#[test]\nfn ")
        .skip(1)
        .map(|rest| rest.split('(').next().unwrap())
        .filter(|name| !name.starts_with("every_"))
        .collect();
    let named: BTreeSet<&str> = quoted(CLAIMS).filter_map(|word| word.strip_prefix("claims::")).collect();
    assert_eq!(named, tests);
}

#[test]
fn every_workload_and_preset_has_its_place_among_the_claims() {
    for info in WORKLOADS {
        assert!(CLAIMS.contains(info.claim), "{}: {}", info.id, info.claim);
    }
    for preset in PRESETS {
        assert!(quoted(CLAIMS).any(|word| word.contains(preset.id)), "{}", preset.id);
    }
}
