//! `kill -9` at random instants, half of them while results are written.

use std::{
    collections::BTreeMap,
    fs,
    os::fd::AsFd,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use fastrand::Rng;
use nix::{
    poll::{PollFd, PollFlags, PollTimeout, poll},
    sys::inotify::{AddWatchFlags, InitFlags, Inotify},
};
use serde_json::Value;
use tempfile::TempDir;

use super::{attack, earlier_result, folder_with, heapgym_with, write_report};
use crate::support::{alone::TargetAlone, small_run};

/// No command takes so long.
const LONGEST: Duration = Duration::from_secs(60);

/// How often each command is killed in the gate.
const FEW: u32 = 5;

/// The results of a command under test, each with what tells that it is complete.
type Results = &'static [(&'static str, fn(&str) -> bool)];

const OF_RUN: Results = &[
    ("a.json", is_json),
    ("a.xml", |text| text.starts_with("<?xml") && text.ends_with("</testsuites>\n")),
    ("saved.json", is_json),
];
const OF_COMPARE: Results = &[("comparison.json", is_json)];
const OF_ATTACK: Results = &[("a.hdr", |text| text.contains("#[Max") && text.ends_with("]\n"))];

fn is_json(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok()
}

/// What became of the killed commands, by how many there were.
#[derive(Debug, Default)]
struct Counts {
    before_the_write: u32,
    within_the_write: u32,
    after_the_write: u32,
}

/// Kills `command`, which runs in a folder of earlier results, `times` at random instants. Each time every result is
/// the complete old one or a complete new one. At last it is left to end, and removes what the killed ones left.
#[expect(clippy::print_stdout, reason = "a failure is repeated with the seed")]
fn kill_at_random(results: Results, times: u32, mut command: impl FnMut(&Path) -> Command) -> Counts {
    let seed = std::env::var("HEAPGYM_SEED").map_or_else(|_| fastrand::u64(..), |seed| seed.parse().unwrap());
    println!("HEAPGYM_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let names: Vec<_> = results.iter().map(|(name, _)| *name).collect();
    let mut start = |folder: &TempDir| Running::start(command(folder.path()), folder);

    let folder = folder_with(&names);
    let whole = start(&folder).wait(results.len());
    let mut counts = Counts::default();
    for round in 0..times {
        for name in &names {
            fs::write(folder.path().join(name), earlier_result()).unwrap();
        }
        let mut running = start(&folder);
        if round % 2 == 0 {
            thread::sleep(whole.took.mul_f64(random.f64())); // the random instant itself
        } else {
            // Each result has a temporary file twice: to see that it can be written, and to write it.
            running.await_temporary_files(results.len() + 1);
            thread::sleep(whole.writing.mul_f64(random.f64()));
        }
        running.process.kill().unwrap();
        running.process.wait().unwrap();

        let left = files(folder.path());
        let is_new = results.iter().map(|(name, is_complete)| {
            let text = &left[*name];
            assert!(
                *text == earlier_result() || is_complete(text),
                "{name} is torn in round {round}: {text:.2000}"
            );
            *text != earlier_result()
        });
        let new = is_new.filter(|is_new| *is_new).count();
        let temporary = left.len() - names.len();
        match (new, temporary) {
            (0, 0) => counts.before_the_write += 1,
            (new, 0) if new == names.len() => counts.after_the_write += 1,
            _ => counts.within_the_write += 1,
        }
    }
    start(&folder).wait(results.len());
    let left = files(folder.path());
    assert_eq!(left.len(), names.len(), "what killed commands left is removed: {:?}", left.keys());
    assert!(results.iter().all(|(name, is_complete)| is_complete(&left[*name])));
    println!("{counts:?}");
    counts
}

/// The files of a folder, hidden ones too. A temporary one may end within a character.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let name = |path: &Path| path.file_name().unwrap().to_str().unwrap().to_owned();
    let text = |path: &Path| String::from_utf8_lossy(&fs::read(path).unwrap()).into_owned();
    paths.map(|path| (name(&path), text(&path))).collect()
}

/// A command, and the temporary files that it has made.
struct Running {
    process: Child,
    events: Inotify,
    made: usize,
    began: Instant,
}

/// How long a command took.
struct Whole {
    took: Duration,
    /// From its first temporary file that a result was written to.
    writing: Duration,
}

impl Running {
    fn start(mut command: Command, folder: &TempDir) -> Self {
        let events = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK).unwrap();
        events.add_watch(folder.path(), AddWatchFlags::IN_CREATE).unwrap();
        command.current_dir(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        Self { process: command.spawn().unwrap(), events, made: 0, began: Instant::now() }
    }

    fn await_temporary_files(&mut self, count: usize) {
        while self.made < count {
            let left = LONGEST.saturating_sub(self.began.elapsed());
            let mut readable = [PollFd::new(self.events.as_fd(), PollFlags::POLLIN)];
            let limit = PollTimeout::try_from(left).unwrap();
            assert!(poll(&mut readable, limit).unwrap() > 0, "only {} temporary files", self.made);
            let events = self.events.read_events().unwrap();
            let is_temporary = |name: &str| name.contains(".heapgym-") && name.ends_with(".tmp");
            let names = events.iter().filter_map(|event| event.name.as_ref()?.to_str());
            self.made += names.filter(|name| is_temporary(name)).count();
        }
    }

    fn wait(mut self, results: usize) -> Whole {
        self.await_temporary_files(results + 1);
        let writing = self.began.elapsed();
        self.process.wait().unwrap();
        let took = self.began.elapsed();
        Whole { took, writing: took - writing }
    }
}

fn kill_run(times: u32) -> Counts {
    kill_at_random(OF_RUN, times, |_| {
        let mut command = small_run();
        command.args(["--json", "a.json", "--junit", "a.xml", "--save", "saved.json"]);
        command
    })
}

fn kill_compare(times: u32) -> Counts {
    let inputs = tempfile::tempdir().unwrap();
    let report = inputs.path().join("report.json");
    write_report(&report);
    let report = report.to_str().unwrap();
    kill_at_random(OF_COMPARE, times, |_| {
        heapgym_with(&["compare", report, report, "--json", "comparison.json"])
    })
}

fn kill_attack(times: u32) -> Counts {
    let target = TargetAlone::start(&["--param", "payload_bytes=1KiB"]);
    kill_at_random(OF_ATTACK, times, |_| {
        let mut command = attack(&target);
        command.args(["--hdr", "a.hdr"]);
        command
    })
}

#[test]
fn a_killed_run_leaves_whole_results() {
    kill_run(FEW);
}

#[test]
fn a_killed_comparison_leaves_a_whole_result() {
    kill_compare(FEW);
}

#[test]
fn a_killed_attack_leaves_a_whole_result() {
    kill_attack(FEW);
}

mod slow {
    use super::*;

    const MANY: u32 = 100;

    #[track_caller]
    fn assert_spread(counts: &Counts) {
        assert!(counts.within_the_write >= MANY / 10, "too few kills hit the writing: {counts:?}");
    }

    #[test]
    fn a_hundred_killed_runs_leave_whole_results() {
        assert_spread(&kill_run(MANY));
    }

    #[test]
    fn a_hundred_killed_comparisons_leave_a_whole_result() {
        assert_spread(&kill_compare(MANY));
    }

    #[test]
    fn a_hundred_killed_attacks_leave_a_whole_result() {
        assert_spread(&kill_attack(MANY));
    }
}
