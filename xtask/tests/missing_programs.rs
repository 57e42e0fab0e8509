//! What `cargo xtask test` does about missing programs: the real xtask on a machine whose every program is a stand-in.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A folder that is all of PATH. Stand-ins write how they were called to `calls`.
struct Machine {
    folder: TempDir,
}

impl Machine {
    /// Has what builds heapgym, apt-get and sudo, and none of the programs that only tests need.
    fn of_user(id: u32) -> Self {
        let machine = Self { folder: tempfile::tempdir().unwrap() };
        fs::create_dir(machine.folder.path().join("bin")).unwrap();
        symlink("/bin/sh", machine.program("sh")).unwrap();
        symlink("/usr/bin/env", machine.program("env")).unwrap();
        machine.stand_in("id", &format!("echo {id}"));
        machine.stand_in("cc", "");
        machine.stand_in("make", "");
        machine.stand_in("rustup", "");
        machine.stand_in("cargo", "exit 3");
        machine.stand_in("sudo", "exec \"$@\"");
        machine.stand_in("apt-get", "");
        machine
    }

    fn program(&self, name: &str) -> PathBuf {
        self.folder.path().join("bin").join(name)
    }

    fn stand_in(&self, name: &str, script: &str) {
        let calls = self.folder.path().join("calls");
        let text = format!("#!/bin/sh\necho \"{name} $*\" >> {}\n{script}\n", calls.display());
        fs::write(self.program(name), text).unwrap();
        fs::set_permissions(self.program(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// `cargo xtask` with these words, without a terminal.
    fn xtask(&self, words: &[&str], ci: Option<&str>) -> Output {
        let mut xtask = Command::new(env!("CARGO_BIN_EXE_xtask"));
        xtask
            .args(words)
            .env("PATH", self.folder.path().join("bin"))
            .env("HEAPGYM_TOOLS", self.folder.path());
        xtask.env_remove("CI").envs(ci.map(|ci| ("CI", ci))).stdin(Stdio::null());
        xtask.output().unwrap()
    }

    /// The calls of a stand-in.
    fn calls(&self, name: &str) -> Vec<String> {
        let calls = fs::read_to_string(self.folder.path().join("calls")).unwrap_or_default();
        calls.lines().filter(|line| line.starts_with(&format!("{name} "))).map(str::to_owned).collect()
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

const COMMAND: &str = "`sudo apt-get update && sudo apt-get install --yes --no-install-recommends \
                       chromium chromium-driver wrk golang-go`";

#[test]
fn a_user_without_a_terminal_is_given_the_command_and_nothing_is_installed() {
    let machine = Machine::of_user(1000);
    for words_given in [&["test"][..], &["test", "--slow"], &["test", "--", "kept"]] {
        let output = machine.xtask(words_given, None);
        let words = words(&output);
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains("not found on PATH: Chromium, chromedriver, wrk, Go"), "{words}");
        assert!(words.contains(COMMAND) && words.contains("--install"), "{words}");
    }
    assert_eq!((machine.calls("sudo"), machine.calls("apt-get")), (Vec::new(), Vec::new()));
}

#[test]
fn only_what_cannot_be_skipped_is_asked_for_where_no_test_needs_more() {
    let machine = Machine::of_user(1000);
    fs::remove_file(machine.program("make")).unwrap();
    for words_given in [&["check"][..], &["test", "--unit"], &["test", "--skip-missing"], &["serve"]] {
        let output = machine.xtask(words_given, None);
        let words = words(&output);
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains("not found on PATH: make; install"), "{words}");
    }
    assert_eq!(machine.calls("sudo"), Vec::<String>::new());
}

#[test]
fn root_ci_and_the_flag_install_what_is_missing() {
    let (root, ci, flag) = (Machine::of_user(0), Machine::of_user(1000), Machine::of_user(1000));
    let outputs = [
        root.xtask(&["test"], None),
        ci.xtask(&["test"], Some("true")),
        flag.xtask(&["test", "--install"], None),
    ];
    for (machine, output) in [&root, &ci, &flag].into_iter().zip(&outputs) {
        let words = words(output);
        // The stand-in installs nothing, which the step finds out.
        assert_eq!(output.status.code(), Some(2), "{words}");
        assert!(words.contains("installing chromium, chromium-driver, wrk, golang-go"), "{words}");
        let calls = machine.calls("apt-get");
        assert!(calls[0].ends_with("update"), "{calls:?}");
        assert!(
            calls[1].ends_with("--no-install-recommends chromium chromium-driver wrk golang-go"),
            "{calls:?}"
        );
    }
    assert_eq!(root.calls("sudo"), Vec::<String>::new());
}

#[test]
fn tests_are_not_skipped_in_ci() {
    let machine = Machine::of_user(0);
    let output = machine.xtask(&["test", "--skip-missing"], Some("true"));
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("in CI no test is skipped"), "{}", words(&output));
    assert_eq!(machine.calls("apt-get"), Vec::<String>::new());
}

#[test]
fn skipping_goes_on_without_the_programs() {
    let machine = Machine::of_user(1000);
    let output = machine.xtask(&["test", "--skip-missing"], None);
    let words = words(&output);
    // It gets as far as the next thing that this machine lacks.
    assert!(!words.contains("not found on PATH"), "{words}");
    assert_eq!(output.status.code(), Some(1), "{words}");
    assert!(!machine.calls("cargo").is_empty(), "{words}");
}
