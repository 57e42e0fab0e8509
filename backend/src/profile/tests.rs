//! A profile of a real process that allocates what is known.

use std::{hint::black_box, path::Path, process::Command, thread};

use heapgym_shared::{
    profile::{Profile, SampleType, Stack},
    spec::PROFILING_CONF,
};

use super::{child, symbolize::symbolize};

const MIB: usize = 1 << 20;
/// Bytes that each of the functions below allocates.
const EACH: usize = 64 * MIB;
/// Tells the process below where to write.
const DUMP: &str = "HEAPGYM_TEST_DUMP";

#[inline(never)]
fn small_buffers() -> Vec<Vec<u8>> {
    (0..EACH / 1024).map(|_| black_box(vec![1; 1024])).collect()
}

#[inline(never)]
fn middling_buffers() -> Vec<Vec<u8>> {
    (0..EACH / (64 << 10)).map(|_| black_box(vec![1; 64 << 10])).collect()
}

#[inline(never)]
fn large_buffers() -> Vec<Vec<u8>> {
    (0..EACH / (4 * MIB)).map(|_| black_box(vec![1; 4 * MIB])).collect()
}

#[inline(never)]
fn freed_buffers() {
    for _ in 0..EACH / MIB {
        black_box(vec![1u8; MIB]);
    }
}

/// The process that is profiled, not a test: the test below starts this program again for it alone.
#[test]
#[ignore = "the body of a process that a test starts"]
fn profiled_process() {
    let Some(dump) = std::env::var_os(DUMP) else { return };
    heapgym_probe::profile::set_active(true).unwrap();
    let held = thread::Builder::new()
        .name("known".to_owned())
        .spawn(|| {
            freed_buffers();
            (small_buffers(), middling_buffers(), large_buffers())
        })
        .unwrap()
        .join();
    heapgym_probe::profile::dump(Path::new(&dump)).unwrap();
    black_box(&held);
}

/// The values of all stacks whose last frame is this function or a closure in it.
fn allocated_in(profile: &Profile, function: &str) -> [u64; 4] {
    let name = format!("heapgym::profile::tests::{function}");
    let last = |stack: &&Stack| {
        stack.frames.last().is_some_and(|last| profile.functions[*last as usize].starts_with(&name))
    };
    profile
        .stacks
        .iter()
        .filter(last)
        .fold([0; 4], |sums, stack| std::array::from_fn(|index| sums[index] + stack.values[index]))
}

#[cfg(target_os = "linux")]
#[test]
fn known_allocations_are_read_back_once_scaled() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dump");
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "profile::tests::profiled_process", "--ignored"])
        .env("_RJEM_MALLOC_CONF", PROFILING_CONF)
        .env(DUMP, &path)
        .stdout(std::process::Stdio::null())
        .status();
    assert!(status.unwrap().success());
    let profile = symbolize(child::open(&path).unwrap());
    let thread = profile.to_profile(Some("known"));

    // One byte in 524,288 is sampled: about 128 samples of the small buffers, 120 of the middling buffers, all of the
    // large ones. Five standard deviations on either side; values that were not scaled, or scaled twice, would
    // be off by a factor of 512, of 8.5 and of none.
    for (function, size, live, tolerance) in [
        ("small_buffers", 1024, true, 0.45),
        ("middling_buffers", 64 << 10, true, 0.45),
        ("large_buffers", 4 * MIB, true, 0.01),
        ("freed_buffers", MIB, false, 0.25),
    ] {
        let values = allocated_in(&thread, function);
        let value = |kind: SampleType| values[kind as usize] as f64;
        let near = |found: f64, expected: usize| (found / expected as f64 - 1.0).abs() < tolerance;
        assert!(near(value(SampleType::AllocSpace), EACH), "{function}: {values:?}");
        assert!(near(value(SampleType::AllocObjects), EACH / size), "{function}: {values:?}");
        if live {
            assert!(near(value(SampleType::InuseSpace), EACH), "{function}: {values:?}");
        } else {
            assert_eq!((values[0], values[1]), (0, 0), "{function}");
        }
    }
}
