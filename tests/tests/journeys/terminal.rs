//! Stdout and stderr that are full or closed.

use std::{
    fs::File,
    io::{BufRead, BufReader, pipe},
    path::Path,
    process::{Command, Output, Stdio},
};

use crate::support::{alone::TargetAlone, heapgym, small_run};

fn full() -> File {
    File::options().write(true).open("/dev/full").unwrap()
}

/// A pipe whose reader has gone.
fn closed() -> Stdio {
    pipe().unwrap().1.into()
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn command(args: &[&str]) -> Command {
    let mut command = heapgym();
    command.args(args);
    command
}

/// Every command that prints a result and is quick, on a report and a whole run.
fn commands(folder: &Path) -> Vec<Command> {
    let [report, saved] = ["a.json", "saved.json"].map(|name| folder.join(name));
    let output = small_run().arg("--json").arg(&report).arg("--save").arg(&saved).output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    let [report, saved] = [report, saved].map(|path| path.to_str().unwrap().to_owned());
    let (report, saved) = (report.as_str(), saved.as_str());

    let mut run_as_json = small_run();
    run_as_json.args(["--json", "-"]);
    let mut run_as_junit = small_run();
    run_as_junit.args(["--junit", "-"]);
    let mut find_rate = small_run();
    find_rate.args(["--find-rate", "rss max < 1MiB"]); // no rate holds
    vec![
        command(&["--help"]),
        command(&["--version"]),
        command(&["run", "--help"]),
        command(&["help", "attack"]),
        command(&["compare", report, report]),
        command(&["compare", report, report, "--json", "-"]),
        command(&["export", saved, "--format", "csv"]),
        command(&["export", saved, "--format", "svg", "--out", "-"]),
        command(&["bench", "calibrate", "--variant", "exact", "--benchtime", "1ms", "--count", "2"]),
        command(&[
            "bench",
            "calibrate",
            "--variant",
            "exact",
            "--benchtime",
            "1ms",
            "--count",
            "2",
            "--json",
            "-",
        ]),
        small_run(),
        run_as_json,
        run_as_junit,
        find_rate,
    ]
}

#[test]
fn a_result_that_stdout_does_not_take_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    for mut command in commands(folder.path()) {
        let output = command.stdout(full()).stderr(Stdio::piped()).output().unwrap();
        let words = words(&output);
        assert_eq!(output.status.code(), Some(1), "{command:?}: {words}");
        assert_eq!(words.matches("No space left on device").count(), 1, "{command:?}: {words}");
        assert!(!words.contains("panicked"), "{command:?}: {words}");
    }
}

#[test]
fn a_reader_that_has_gone_is_no_error() {
    let folder = tempfile::tempdir().unwrap();
    for mut command in commands(folder.path()) {
        let output = command.stdout(closed()).stderr(Stdio::piped()).output().unwrap();
        let words = words(&output);
        assert!(!words.contains("heapgym: ") && !words.contains("panicked"), "{command:?}: {words}");
        let read = command.stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
        assert_eq!(output.status, read, "{command:?}: {words}");
    }
}

#[test]
fn an_attack_says_that_stdout_is_full_and_writes_its_other_results() {
    let target = TargetAlone::start(&["--param", "payload_bytes=1KiB"]);
    let folder = tempfile::tempdir().unwrap();
    let json = folder.path().join("a.json");
    let mut attack = command(&["attack", &target.url, "--rate", "100", "--duration", "1s", "--json"]);
    let output = attack.arg(&json).stdout(full()).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("cannot write to stdout: No space left on device"), "{}", words(&output));
    assert!(std::fs::read_to_string(json).unwrap().ends_with("}\n"));
}

#[test]
fn a_stderr_that_takes_nothing_changes_nothing() {
    for stderr in [Stdio::from(full()), closed()] {
        let output = small_run().env("RUST_LOG", "trace").stderr(stderr).output().unwrap();
        assert_eq!(output.status.code(), Some(0));
        assert!(!output.stdout.is_empty());
    }
    // It says why it cannot start, and nobody can read it.
    let refused = command(&["run", "--json", "/no/such/a"]).stderr(full()).output().unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert_eq!(command(&["--no-such-flag"]).stderr(full()).output().unwrap().status.code(), Some(2));
}

#[tokio::test]
async fn a_server_without_stderr_serves() {
    let folder = tempfile::tempdir().unwrap();
    let mut serve = command(&["serve", "--listen", "127.0.0.1:0", "--data"]);
    serve.arg(folder.path()).env("RUST_LOG", "trace").stdout(Stdio::piped()).stderr(full());
    let mut server = serve.spawn().unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim().rsplit(' ').next().unwrap().to_owned();
    for _ in 0..2 {
        assert_eq!(crate::support::alone::get(&format!("{url}/api/catalog")).await.0, 200);
    }
    server.kill().unwrap();
    server.wait().unwrap();
}

mod slow {
    use super::*;

    #[test]
    fn a_calibration_says_that_stdout_is_full() {
        let output = command(&["calibrate"]).stdout(full()).stderr(Stdio::piped()).output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        assert!(
            words(&output).contains("cannot write to stdout: No space left on device"),
            "{}",
            words(&output)
        );
    }
}
