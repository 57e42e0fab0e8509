//! Result files: each is the complete old one or the complete new one, whatever happens to the command.

use std::{
    fs,
    os::unix::fs::symlink,
    path::Path,
    process::{Command, Output, Stdio},
};

use nix::sys::signal::{Signal, kill};
use serde_json::Value;

use crate::support::{alone::TargetAlone, heapgym, small_run, small_run_of, wait_for_line};

mod kill_at_random;

/// What is in a file before the command under test; longer than its result.
fn earlier_result() -> String {
    "an earlier result\n".repeat(20_000)
}

/// A folder in which these files hold an earlier result.
fn folder_with(names: &[&str]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for name in names {
        fs::write(folder.path().join(name), earlier_result()).unwrap();
    }
    folder
}

/// Nothing but these files is there, and they are as they were.
#[track_caller]
fn assert_untouched(folder: &Path, names: &[&str]) {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    found.sort();
    assert_eq!(found, names);
    for name in names {
        assert!(fs::read_to_string(folder.join(name)).unwrap() == earlier_result(), "{name} has changed");
    }
}

fn output_in(folder: &Path, mut command: Command) -> Output {
    command.current_dir(folder).output().unwrap()
}

fn heapgym_with(args: &[&str]) -> Command {
    let mut command = heapgym();
    command.args(args);
    command
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn json(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Writes the report of a short run.
fn write_report(path: &Path) {
    let output = small_run().arg("--json").arg(path).output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
}

#[test]
fn a_command_that_is_refused_leaves_earlier_results() {
    let names = ["a", "b"];
    for (args, code, expect) in [
        ("compare missing.json missing.json --json a", 1, "missing.json"),
        ("compare a a --json b", 1, "is not JSON"),
        ("run --json a --save /no/such/folder/b", 1, "--save: cannot write `/no/such/folder/b`"),
        ("run --json a --junit b --heap-profile-out c", 2, "heap_profile_out"),
        ("run --json a --svg b", 1, "--svg: cannot make `b`"),
        ("run --json a --save ./a", 2, "is `./a`, where --json writes"),
        ("run --json - --junit -", 2, "is `-`, where --json writes"),
        ("attack http://127.0.0.1:1/ --json a --hdr .", 1, "--hdr: cannot write `.`"),
        ("bench products --variant none --json a", 2, "variant"),
        ("run --find-rate nonsense --json a", 2, "find_rate"),
        ("export a --format csv --out b", 1, "`a`"),
    ] {
        let folder = folder_with(&names);
        let output = output_in(folder.path(), heapgym_with(&args.split(' ').collect::<Vec<_>>()));
        assert_eq!(output.status.code(), Some(code), "{args}: {}", words(&output));
        assert!(words(&output).contains(expect), "{args}: {}", words(&output));
        assert_untouched(folder.path(), &names);
    }
}

#[test]
fn a_result_may_replace_the_input_it_is_made_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    write_report(&path);
    fs::copy(&path, folder.path().join("b.json")).unwrap();
    symlink("a.json", folder.path().join("link")).unwrap();
    let output = output_in(folder.path(), heapgym_with(&["compare", "link", "b.json", "--json", "link"]));
    assert_eq!(words(&output), "");
    assert!(json(&path)["verdict"].is_string());
    assert!(fs::symlink_metadata(folder.path().join("link")).unwrap().is_symlink());
}

#[test]
fn a_command_that_a_signal_ends_leaves_earlier_results_or_complete_ones() {
    for signal in [Signal::SIGHUP, Signal::SIGINT, Signal::SIGTERM, Signal::SIGQUIT] {
        let folder = folder_with(&["a"]);
        let mut command = small_run_of("60s");
        command.args(["--json", "a"]).current_dir(folder.path());
        let mut run = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for_line(run.stderr.take().unwrap(), " load ");
        kill(nix::unistd::Pid::from_raw(run.id() as i32), signal).unwrap();
        run.wait().unwrap();
        let text = fs::read_to_string(folder.path().join("a")).unwrap();
        assert!(text == earlier_result() || serde_json::from_str::<Value>(&text).is_ok(), "{signal}: {text}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "{signal}");
    }
}

#[test]
fn a_result_that_does_not_fit_on_the_disk_keeps_no_other_from_being_written() {
    let folder = folder_with(&[]);
    let mut command = small_run();
    command.args(["--json", "/dev/full", "--junit", "a.xml", "--svg", "charts"]);
    let output = output_in(folder.path(), command);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        words(&output).contains("--json: cannot write `/dev/full`: No space left on device"),
        "{}",
        words(&output)
    );
    assert!(fs::read_to_string(folder.path().join("a.xml")).unwrap().ends_with("</testsuites>\n"));
    assert!(fs::read_to_string(folder.path().join("charts/memory.svg")).unwrap().ends_with("</svg>\n"));
}

#[test]
fn results_go_to_pipes_and_open_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.json");
    write_report(&path);
    // The text and the result share the file that the shell opened, and neither overwrites the other.
    let script = r#""$0" compare a.json a.json --json /dev/stdout >> log; "$0" compare a.json a.json --json >(cat > piped)"#;
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("echo before > log; {script}; wait $!")]).arg(heapgym().get_program());
    let output = output_in(folder.path(), shell);
    assert_eq!(words(&output), "");
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    let (text, json_text) = log.split_once("\n{").unwrap();
    assert!(text.starts_with("before\n") && text.len() > 100, "{log}");
    assert!(serde_json::from_str::<Value>(&format!("{{{json_text}")).is_ok(), "{log}");
    assert!(json(&folder.path().join("piped"))["verdict"].is_string());
}

/// `heapgym attack` on a small target, for one second.
fn attack(target: &TargetAlone) -> Command {
    heapgym_with(&["attack", &target.url, "--rate", "200", "--duration", "1s", "--threads", "1"])
}
