//! TERM, INT and HUP: as process 1 of a container, once, twice, and after the load.

use std::{
    fs,
    io::{BufRead, BufReader, Lines, Read, Write, pipe},
    net::{TcpListener, TcpStream},
    os::unix::process::ExitStatusExt,
    process::{Child, ChildStderr, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use heapgym_shared::{Outcome, Report};
use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use serde_json::Value;

use crate::support::{heapgym, needs_module, small_run};

/// Far longer than any of these commands needs to end, and far shorter than what they would wait for.
const SOON: Duration = Duration::from_secs(25);
/// A second signal within this time of the first counts as the same one.
const SAME_ORDER: Duration = Duration::from_millis(200);
/// What a pipe holds that nobody reads.
const PIPE_BYTES: usize = 64 << 10;
/// A load whose replies take 10 s, with a long wait for them.
const SLOW: [&str; 12] = [
    "--workload",
    "calibrate",
    "--variant",
    "exact",
    "--param",
    "delay_ms=10000",
    "--baseline",
    "100ms",
    "--warmup",
    "0s",
    "--graceful-stop",
    "60s",
];

/// How a test knows that a command is at work.
#[derive(Clone, Copy)]
enum AtWork {
    /// It has printed its address on stdout.
    Stdout,
    /// It has printed progress on stderr.
    Stderr,
    /// It has connected.
    Connected,
}

#[test]
fn the_second_signal_ends_a_run_at_once_with_its_report() {
    let folder = tempfile::tempdir().unwrap();
    for first in [Signal::SIGINT, Signal::SIGTERM, Signal::SIGHUP] {
        let [json, saved] = ["report.json", "saved.json"].map(|name| folder.path().join(name));
        let mut run = heapgym();
        run.arg("run").args(SLOW).args(["--concurrency", "4", "--duration", "60s"]);
        run.arg("--json").arg(&json).arg("--save").arg(&saved);
        let mut run = start(run);
        let mut progress = lines(&mut run);
        await_line(&mut progress, &["load", "in flight 4"]);
        stop_twice(&run, &mut progress, first, "waiting for 4 requests in flight, at most 60 s");
        assert_eq!(code_within(run, SOON), Some(130), "{first}");
        let report: Report = serde_json::from_slice(&fs::read(&json).unwrap()).unwrap();
        assert_eq!(report.outcome, Outcome::STOPPED);
        assert_eq!((report.load.started, report.load.completed, report.load.failed), (4, 0, 4));
        let saved: Value = serde_json::from_slice(&fs::read(&saved).unwrap()).unwrap();
        assert!(!saved["samples"].as_array().unwrap().is_empty());
    }
}

#[test]
fn the_second_signal_ends_a_search_at_once_with_what_it_has() {
    let mut search = heapgym();
    search.arg("run").args(SLOW).args(["--rate", "10", "--duration", "60s", "--json", "-"]);
    search.args(["--find-rate", "rss max < 1GiB"]);
    let mut search = start(search);
    let mut progress = lines(&mut search);
    await_line(&mut progress, &["load", "in flight"]);
    stop_twice(&search, &mut progress, Signal::SIGINT, "in flight, at most 60 s");
    let mut found = String::new();
    search.stdout.take().unwrap().read_to_string(&mut found).unwrap();
    assert_eq!(code_within(search, SOON), Some(130));
    let found: Value = serde_json::from_str(&found).unwrap();
    let step = &found["steps"][0];
    assert_eq!((&found["stopped"], &step["outcome"]["kind"]), (&true.into(), &"stopped".into()));
    assert_eq!((&step["held"], &step["reason"]), (&Value::Null, &Value::Null), "it says nothing of its rate");
}

#[test]
fn the_second_signal_ends_an_attack_at_once_with_its_report() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let mut attack = heapgym();
    attack.args(["attack", &url, "--concurrency", "1", "--duration", "60s", "--graceful-stop", "60s"]);
    let mut attack = start(attack);
    let _never_answered = silent.accept().unwrap();
    let mut progress = lines(&mut attack);
    stop_twice(&attack, &mut progress, Signal::SIGINT, "press Ctrl-C again to end at once");
    let mut text = String::new();
    attack.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(code_within(attack, SOON), Some(130));
    assert!(text.starts_with("Stopped on request."), "{text}");
}

#[test]
fn a_report_that_nobody_reads_does_not_hold_a_command() {
    let (mut compare, mut attack) = (heapgym(), heapgym());
    compare.args(["compare", "--a", "logs/naive", "--b", "logs/naive", "--pairs", "1", "--concurrency", "2"]);
    compare.args(["--duration", "1s", "--baseline", "100ms", "--warmup", "0s", "--recovery", "100ms"]);
    attack.args(["attack", "http://127.0.0.1:1/", "--concurrency", "1", "--duration", "1s"]);
    let folder = tempfile::tempdir().unwrap();
    for (number, (mut command, flag)) in
        [(small_run(), "--save"), (compare, "--json"), (attack, "--json")].into_iter().enumerate()
    {
        let saved = folder.path().join(number.to_string());
        command.arg(flag).arg(&saved);
        let (_reader, mut full) = pipe().unwrap();
        full.write_all(&[b' '; PIPE_BYTES]).unwrap();
        let mut process = command.stdout(full).stderr(Stdio::null()).spawn().unwrap();
        let wchan = format!("/proc/{}/wchan", process.id());
        let deadline = Instant::now() + SOON;
        while !fs::read_to_string(&wchan).unwrap().contains("pipe_write") {
            assert_eq!(process.try_wait().unwrap(), None, "{command:?} has not written yet");
            assert!(Instant::now() < deadline, "{command:?} does not write");
            std::thread::sleep(Duration::from_millis(20));
        }
        kill(pid(&process), Signal::SIGTERM).unwrap();
        let ended = status_within(process, SOON).and_then(|status| status.signal());
        assert_eq!(ended, Some(Signal::SIGTERM as i32), "{command:?}");
        assert!(
            fs::read_to_string(&saved).unwrap().trim_end().ends_with('}'),
            "what goes to files is written first"
        );
    }
}

#[test]
fn a_comparison_that_is_stopped_reports_its_complete_pairs() {
    let mut compare = heapgym();
    compare.args(["compare", "--a", "logs/naive", "--b", "logs/naive", "--pairs", "5", "--concurrency", "2"]);
    compare.args(["--duration", "1s", "--baseline", "100ms", "--warmup", "0s", "--recovery", "100ms"]);
    compare.args(["--json", "-"]);
    let mut compare = start(compare);
    let mut progress = lines(&mut compare);
    await_line(&mut progress, &["pair 2 of 5"]);
    kill(pid(&compare), Signal::SIGINT).unwrap();
    await_line(&mut progress, &["stopped after 1 of 5 pairs"]);
    let mut comparison = String::new();
    compare.stdout.take().unwrap().read_to_string(&mut comparison).unwrap();
    assert_eq!(code_within(compare, SOON), Some(130));
    let comparison: Value = serde_json::from_str(&comparison).unwrap();
    assert_eq!(comparison["pairs"], 1, "{comparison:#}");
}

/// Those that need process namespaces.
mod with_namespaces {
    use super::*;

    #[test]
    fn every_command_ends_on_a_signal_as_process_1() {
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = silent.local_addr().unwrap();
        let attack = format!("attack http://{address}/ --concurrency 1 --duration 60s --graceful-stop 100ms");
        let export = format!("export http://{address}/r/1 --format json");
        for signal in [Signal::SIGTERM, Signal::SIGINT] {
            let by_signal = 128 + signal as i32;
            for (line, at_work, code) in [
                ("target --listen 127.0.0.1:0", AtWork::Stdout, by_signal),
                ("bench calibrate --benchtime 20s", AtWork::Stderr, by_signal),
                ("calibrate", AtWork::Stderr, by_signal),
                (export.as_str(), AtWork::Connected, by_signal),
                (attack.as_str(), AtWork::Connected, 130),
                ("run --duration 60s", AtWork::Stderr, 130),
                ("compare --a products/naive --b products/pooled --duration 60s", AtWork::Stderr, 130),
            ] {
                let mut command = as_process_1(line);
                let connection = await_work(&mut command, at_work, &silent);
                kill(child_of(&command), signal).unwrap();
                assert_eq!(code_within(command, SOON), Some(code), "{signal} to `{line}`");
                drop(connection);
            }
        }
    }

    /// heapgym as the first process of a namespace; it ends with the test.
    fn as_process_1(line: &str) -> Child {
        needs_module("with_namespaces");
        let mut command = Command::new("unshare");
        command.args(["--pid", "--fork", "--kill-child", "--mount-proc"]);
        command.args(["env", "--default-signal=INT"]); // a shell may have started this test with INT ignored
        command.arg(heapgym().get_program()).args(line.split(' '));
        start(command)
    }
}

fn start(mut command: Command) -> Child {
    command.env_remove("RUST_LOG").stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn pid(process: &Child) -> Pid {
    Pid::from_raw(process.id() as i32)
}

/// The only child of a process.
fn child_of(process: &Child) -> Pid {
    let id = process.id();
    let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    Pid::from_raw(children.trim().parse().unwrap())
}

fn lines(process: &mut Child) -> Lines<BufReader<ChildStderr>> {
    BufReader::new(process.stderr.take().unwrap()).lines()
}

/// Reads on until a line that contains all of `words`.
fn await_line(lines: &mut Lines<BufReader<ChildStderr>>, words: &[&str]) {
    let mut all = String::new();
    for line in lines.map_while(Result::ok) {
        if words.iter().all(|word| line.contains(word)) {
            return;
        }
        all += &line;
        all.push('\n');
    }
    panic!("no line with {words:?} in\n{all}");
}

/// Sends two signals, the second some time after the first is answered with a line that contains `words`.
fn stop_twice(process: &Child, progress: &mut Lines<BufReader<ChildStderr>>, first: Signal, words: &str) {
    kill(pid(process), first).unwrap();
    await_line(progress, &[first.as_str(), words]);
    std::thread::sleep(SAME_ORDER + Duration::from_millis(100));
    kill(pid(process), Signal::SIGINT).unwrap();
    await_line(progress, &["SIGINT: ending at once"]);
}

/// Waits until a command is at work. What it gives back keeps its connection open.
fn await_work(process: &mut Child, at_work: AtWork, silent: &TcpListener) -> Option<TcpStream> {
    let mut line = String::new();
    match at_work {
        AtWork::Stdout => BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap(),
        AtWork::Stderr => {
            let mut lines = BufReader::new(process.stderr.take().unwrap());
            let read = lines.read_line(&mut line).unwrap();
            // Its pipe stays open and is read on.
            std::thread::spawn(move || std::io::copy(&mut lines, &mut std::io::sink()));
            read
        }
        AtWork::Connected => return Some(silent.accept().unwrap().0),
    };
    None
}

/// The exit code of a process that ends in time. One that does not is killed, and has none.
fn code_within(process: Child, limit: Duration) -> Option<i32> {
    status_within(process, limit).and_then(|status| status.code())
}

/// How a process ends, if it does so in time. One that does not is killed.
fn status_within(mut process: Child, limit: Duration) -> Option<ExitStatus> {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(status) = process.try_wait().unwrap() {
            return Some(status);
        }
        if Instant::now() > deadline {
            process.kill().unwrap();
            process.wait().unwrap();
            return None;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}
