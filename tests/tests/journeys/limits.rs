//! Limits of the shell (`ulimit`) that heapgym is started under.

use std::{
    fs::{self, Permissions},
    os::unix::{fs::PermissionsExt, process::CommandExt},
    path::Path,
    process::{Command, Output},
};

use heapgym_shared::{Outcome, Report, outcome::GuardKind};
use nix::unistd::geteuid;

use crate::support::{heapgym, small_run};

/// A user and a group without any process.
const NOBODY: u32 = 65_533;

/// The same command, started by a shell that has set a limit.
fn under(limit: &str, command: &Command) -> Command {
    let mut shell = Command::new("bash");
    shell.args(["-c", &format!("{limit} && exec \"$0\" \"$@\"")]).arg(command.get_program());
    shell.args(command.get_args()).env_remove("RUST_LOG");
    shell
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn report(output: &Output) -> Report {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", words(output)))
}

/// The same command as a user who is nobody else's, by a copy of the program that every user may execute. `None` where
/// this test is not root.
fn as_nobody(command: &Command, folder: &Path) -> Option<Command> {
    if !geteuid().is_root() {
        return None;
    }
    fs::set_permissions(folder, Permissions::from_mode(0o755)).unwrap();
    let program = folder.join("heapgym");
    fs::copy(command.get_program(), &program).unwrap();
    let mut copy = Command::new(program);
    copy.args(command.get_args());
    Some(copy)
}

#[test]
fn a_lower_limit_on_data_stays_and_the_report_names_it() {
    const LIMIT_KIB: u64 = 3_000_000;
    let folder = tempfile::tempdir().unwrap();
    let limit = format!("ulimit -d {LIMIT_KIB}");
    let mut run = small_run();
    run.args(["--memory-limit", "2GiB", "--json", "-"]);
    // Root may raise a limit; another user is refused.
    let other_user = as_nobody(&run, folder.path()).map(|copy| {
        let mut other_user = under(&limit, &copy);
        other_user.uid(NOBODY).gid(NOBODY).current_dir("/");
        other_user
    });
    for mut command in [under(&limit, &run)].into_iter().chain(other_user) {
        let output = command.output().unwrap();
        let report = report(&output);
        assert_eq!(report.outcome, Outcome::Completed, "{}", words(&output));
        assert_eq!(report.environment.data_limit_bytes, Some(LIMIT_KIB * 1024));
        assert_eq!(report.environment.address_space_limit_bytes, None);
    }
    run = small_run();
    run.args(["--json", "-"]);
    let report = report(&under(&format!("ulimit -v {LIMIT_KIB}"), &run).output().unwrap());
    assert_eq!((report.outcome, report.environment.data_limit_bytes), (Outcome::Completed, None));
    assert_eq!(report.environment.address_space_limit_bytes, Some(LIMIT_KIB * 1024));
    let text = under(&format!("ulimit -d {LIMIT_KIB}"), &small_run()).output().unwrap();
    let text = String::from_utf8_lossy(&text.stdout).into_owned();
    assert!(text.contains("started with a limit of 2.86 GiB on data (ulimit -d)"), "{text}");
}

#[test]
fn a_target_that_a_lower_limit_ends_names_that_limit() {
    const LIMIT_KIB: u64 = 400_000;
    // Not the address space: growing stacks count there, and end the target in ways that do not tell.
    let mut run = heapgym();
    run.args([
        "run",
        "--concurrency",
        "100",
        "--duration",
        "5s",
        "--baseline",
        "100ms",
        "--recovery",
        "100ms",
    ]);
    run.args(["--memory-limit", "4GiB", "--json", "-"]);
    let output = under(&format!("ulimit -d {LIMIT_KIB}"), &run).output().unwrap();
    let report = report(&output);
    let Outcome::OutOfMemory { limit_bytes, guard, .. } = report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!((limit_bytes, guard), (LIMIT_KIB * 1024, GuardKind::Rlimit));
    assert_eq!(output.status.code(), Some(101));
}

#[test]
fn a_result_beyond_the_limit_on_file_sizes_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("saved.json");
    fs::write(&saved, "earlier").unwrap();
    let mut run = small_run();
    run.args(["--heap-profile", "load", "--save"]).arg(&saved);
    let output = under("ulimit -f 10", &run).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    let expect = format!("--save: cannot write `{}`: File too large", saved.display());
    assert!(words(&output).contains(&expect), "{}", words(&output));
    assert_eq!(fs::read_to_string(&saved).unwrap(), "earlier");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);

    // To a file that the shell opened, too.
    let mut shell = under("ulimit -f 1", &small_run());
    let output = shell.stdout(fs::File::create(folder.path().join("text")).unwrap()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", words(&output));
    assert!(words(&output).contains("cannot write to stdout: File too large"), "{}", words(&output));
}

/// Those that start heapgym as another user.
mod as_root {
    use super::*;

    #[test]
    fn a_limit_on_processes_is_named_when_no_thread_can_be_started() {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let run = small_run();
        let serve = {
            let mut serve = heapgym();
            serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(&data);
            serve
        };
        for command in [run, serve] {
            // Root itself has no such limit.
            let command = as_nobody(&command, folder.path()).unwrap();
            let output =
                under("ulimit -u 1", &command).uid(NOBODY).gid(NOBODY).current_dir("/").output().unwrap();
            assert_eq!(output.status.code(), Some(1), "{}", words(&output));
            assert!(
                words(&output).contains("the limit on processes (ulimit -u) may be too low"),
                "{}",
                words(&output)
            );
        }
    }
}
