//! Folders that killed processes leave in the temporary directory.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use crate::support::{alone::TargetAlone, heapgym, small_run, small_run_of, wait_for_line};

/// A machine that is very busy takes no longer.
const SOON: Duration = Duration::from_secs(20);

/// The folders of heapgym in a temporary directory.
fn folders(directory: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_str().unwrap().starts_with("heapgym-")).collect()
}

fn with_temporary(mut command: Command, directory: &Path) -> Command {
    command.env("TMPDIR", directory);
    command
}

/// A run under way that has its folder.
fn long_run(directory: &Path) -> Child {
    let mut command = with_temporary(small_run_of("60s"), directory);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let mut run = command.spawn().unwrap();
    wait_for_line(run.stderr.take().unwrap(), " load ");
    run
}

#[test]
fn the_next_start_removes_what_a_killed_run_left() {
    let directory = tempfile::tempdir().unwrap();
    let mut killed = long_run(directory.path());
    let left = folders(directory.path());
    assert_eq!(left.len(), 1);
    killed.kill().unwrap();
    killed.wait().unwrap();
    assert_eq!(folders(directory.path()), left, "nobody could remove it");

    let mut live = long_run(directory.path());
    let of_live = folders(directory.path());
    assert!(of_live.len() == 1 && of_live != left, "{of_live:?}");
    assert!(with_temporary(small_run(), directory.path()).output().unwrap().status.success());
    assert_eq!(folders(directory.path()), of_live, "a run beside it leaves it alone");
    live.kill().unwrap();
    live.wait().unwrap();

    // A server removes it when it starts, not when it first runs something.
    let mut serve = with_temporary(heapgym(), directory.path());
    serve.args(["serve", "--listen", "127.0.0.1:0", "--data"]).arg(directory.path().join("data"));
    let mut server = serve.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    wait_for_line(server.stdout.take().unwrap(), "http://");
    assert!(folders(directory.path()).is_empty());
    server.kill().unwrap();
    server.wait().unwrap();
}

#[tokio::test]
async fn a_profile_of_a_killed_target_is_removed_by_the_next() {
    let directory = tempfile::tempdir().unwrap();
    let flags = ["--param", "payload_bytes=1KiB"];
    let target = TargetAlone::start_with(with_temporary(heapgym(), directory.path()), &flags);
    // Its profile is of a minute from now, and so is its folder.
    let pending = crate::support::alone::ask(&target.debug("pprof/heap?seconds=60")).await;
    let made = async {
        while folders(directory.path()).is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await; // tokio has no events of a directory
        }
    };
    tokio::time::timeout(SOON, made).await.unwrap();
    drop(target); // killed
    drop(pending);
    assert_eq!(folders(directory.path()).len(), 1);
    let next = TargetAlone::start_with(with_temporary(heapgym(), directory.path()), &flags);
    let (status, _) = crate::support::alone::get(&next.debug("pprof/heap")).await;
    assert_eq!((status, folders(directory.path())), (200, Vec::new()));
}
