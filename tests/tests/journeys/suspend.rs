//! Ctrl-Z: the measured processes are suspended with the command that watches them.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use heapgym_shared::{Outcome, Report, outcome::GuardKind};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};

use crate::support::{heapgym, processes::children};

/// Far longer than a signal takes.
const SOON: Duration = Duration::from_secs(20);

#[test]
fn a_suspended_run_suspends_its_target_and_still_holds_its_memory_limit() {
    let mut leak = heapgym();
    leak.args(["run", "--workload", "calibrate", "--variant", "exact", "--param", "leak_bytes=1MiB"]);
    // It takes more than ten seconds to the limit, so that there is time to suspend it.
    leak.args(["--rate", "10", "--warmup", "0s", "--duration", "120s"]);
    leak.args(["--memory-limit", "128MiB", "--json", "-"]);
    let run = start(leak, "load ");
    suspend_and_continue(&run, 2);
    let output = run.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(101));
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    let Outcome::OutOfMemory { limit_bytes, reached_bytes, guard } = report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!(limit_bytes, 128 << 20);
    assert!(matches!(guard, GuardKind::Watchdog | GuardKind::Cgroup), "{guard:?}");
    assert!(reached_bytes < 256 << 20, "{reached_bytes}");
}

#[test]
fn a_suspended_benchmark_suspends_its_child() {
    let mut bench = heapgym();
    bench.args(["bench", "calibrate", "--benchtime", "60s", "--count", "1"]);
    let mut bench = start(bench, "warm-up");
    suspend_and_continue(&bench, 1);
    bench.kill().unwrap();
    bench.wait().unwrap();
}

/// Starts a command, and waits for a line of progress that begins or goes on with `words`. Its stderr is read on.
fn start(mut command: Command, words: &str) -> Child {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains(words)), "no `{words}`");
    std::thread::spawn(move || lines.count());
    process
}

/// Suspends a command with its children, and continues them.
fn suspend_and_continue(process: &Child, count: usize) {
    let id = process.id() as i32;
    await_that("the children run", || children(process.id()).len() == count);
    let all = [vec![id], children(process.id())].concat();
    kill(Pid::from_raw(id), Signal::SIGTSTP).unwrap();
    await_that("all are suspended", || all.iter().all(|pid| is_suspended(*pid)));
    kill(Pid::from_raw(id), Signal::SIGCONT).unwrap();
    await_that("all are continued", || !all.iter().any(|pid| is_suspended(*pid)));
}

fn await_that(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + SOON;
    while !is_so() {
        assert!(Instant::now() < deadline, "waited in vain until {what}");
        // The system has no event for the state of another process's child.
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn is_suspended(pid: i32) -> bool {
    let Ok(stat) = fs::read_to_string(format!("/proc/{pid}/stat")) else { return false };
    // The state follows the name, which is in parentheses.
    stat.rsplit(')').next().is_some_and(|rest| rest.trim().starts_with('T'))
}
