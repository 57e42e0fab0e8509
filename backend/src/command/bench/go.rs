//! The format of `go test -bench -benchmem`, which benchstat and its like read. Pure.

use std::{env::consts, time::Duration};

use crate::bench::BenchSample;

/// What stands above the first line: where the figures come from.
pub(super) fn header(cpu: &str) -> String {
    format!("goos: {}\ngoarch: {}\npkg: heapgym\ncpu: {cpu}", system(consts::OS), architecture(consts::ARCH))
}

/// What stands below the last line.
pub(super) fn footer(passed: bool, took: Duration) -> String {
    let seconds = took.as_secs_f64();
    match passed {
        true => format!("PASS\nok  \theapgym\t{seconds:.3}s"),
        false => format!("FAIL\nexit status 1\nFAIL\theapgym\t{seconds:.3}s"),
    }
}

/// The name of a variant's benchmark. The variant and the parameters that were given are parts as Go writes them, so
/// that `benchstat -col /variant` sets the variants beside each other.
///
/// It ends in the number of CPUs that call the handler, which is always one; Go leaves that out, but a
/// reader would then take the end of a name such as `step-2` for it.
pub(super) fn name(workload: &str, variant: &str, parameters: &[String]) -> String {
    let mut letters = workload.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    let workload: String = first.into_iter().chain(letters).collect();
    let parts: String = parameters.iter().map(|parameter| format!("/{parameter}")).collect();
    format!("Benchmark{workload}/variant={variant}{parts}-1").replace(char::is_whitespace, "_")
}

/// One line: the calls of a round and what each took.
pub(super) fn line(name: &str, samples: &[BenchSample]) -> String {
    let iterations: u64 = samples.iter().map(|sample| sample.iterations).sum();
    let each = |count: fn(&BenchSample) -> u64| {
        samples.iter().map(count).sum::<u64>() as f64 / iterations.max(1) as f64
    };
    format!(
        "{name}\t{iterations:>8}\t{}\t{}\t{:>8.0} B/op\t{:>8.0} allocs/op",
        figure(each(|sample| sample.elapsed_ns), "ns/op"),
        figure(each(|sample| sample.minor_faults), "faults/op"),
        each(|sample| sample.allocated_bytes),
        each(|sample| sample.allocations),
    )
}

/// A figure as Go's `testing` writes it: four digits at least, the decimal points below each other.
fn figure(value: f64, unit: &str) -> String {
    let (width, decimals) = match value {
        value if value == 0.0 || value >= 999.95 => (10, 0),
        value if value >= 99.995 => (12, 1),
        value if value >= 9.9995 => (13, 2),
        value if value >= 0.99995 => (14, 3),
        value if value >= 0.099_995 => (15, 4),
        value if value >= 0.009_999_5 => (16, 5),
        value if value >= 0.000_999_95 => (17, 6),
        _ => (18, 7),
    };
    format!("{value:>width$.decimals$} {unit}")
}

/// Go's name of a system.
fn system(name: &str) -> &str {
    if name == "macos" { "darwin" } else { name }
}

/// Go's name of an architecture.
fn architecture(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_what_go_would_write() {
        let sample = |iterations, elapsed_ns| BenchSample {
            iterations,
            elapsed_ns,
            allocated_bytes: iterations * 528 + 1,
            allocations: iterations * 7,
            minor_faults: iterations / 4,
        };
        assert_eq!(
            line("BenchmarkCalibrate/variant=exact-1", &[sample(100, 25_000), sample(100, 35_000)]),
            "BenchmarkCalibrate/variant=exact-1\t     200\t       300.0 ns/op\t         0.2500 faults/op\t     528 B/op\t       \
             7 allocs/op",
        );
    }

    #[test]
    fn figures_keep_four_digits() {
        for (value, expect) in [
            (0.0, "         0 x"),
            (9_123_456.4, "   9123456 x"),
            (999.9, "       999.9 x"),
            (12.345, "        12.35 x"),
            (1.0, "         1.000 x"),
            (0.000_01, "         0.0000100 x"),
        ] {
            assert_eq!(figure(value, "x"), expect);
        }
    }

    #[test]
    fn names_have_no_spaces_and_say_what_was_set() {
        assert_eq!(name("products", "naive", &[]), "BenchmarkProducts/variant=naive-1");
        let set = ["bytes=64 KiB".to_owned(), "allocations=2".to_owned()];
        assert_eq!(
            name("calibrate", "exact", &set),
            "BenchmarkCalibrate/variant=exact/bytes=64_KiB/allocations=2-1"
        );
    }
}
