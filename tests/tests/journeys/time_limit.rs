//! Tests that hang are ended by their own time limit, with every process that they started.
//!
//! nextest runs this very test program once more, with the profile `hanging` of `.config/nextest.toml`: the time limit
//! of all tests, reached sooner.

use std::{fs, path::Path, process::Command, time::Duration};

use serde_json::{Value, json};

use crate::support::processes::all_gone;

/// Longer than the system takes to end processes that were killed.
const SOON: Duration = Duration::from_secs(20);

/// Where a hanging test writes the ids of the processes that it started, as JSON.
const STARTED: &str = "HEAPGYM_TEST_STARTED";

/// Tests that hang on purpose. Ignored, so that no tier runs them.
mod on_purpose {
    use serde_json::json;

    use super::STARTED;
    use crate::support::{client::TestClient, processes::children_of, run_of, server::TestServer};

    fn hang(started: &[i32]) -> ! {
        std::fs::write(std::env::var(STARTED).unwrap(), json!(started).to_string()).unwrap();
        loop {
            std::thread::park();
        }
    }

    #[tokio::test]
    #[ignore = "hangs on purpose: another test starts it"]
    async fn a_test_hangs_while_its_server_runs_a_load() {
        let server = TestServer::start();
        let mut client = TestClient::connect(&server.address).await;
        let run = client.start(run_of(600_000)).await;
        client.hear_until(&run, |heard| !heard.samples.is_empty()).await;
        let children = children_of(server.pid()).into_iter().map(|(pid, _)| pid);
        hang(&children.chain([server.pid() as i32]).collect::<Vec<_>>());
    }

    mod in_browser {
        use super::hang;
        use crate::support::{browser::Browser, processes::group};

        #[tokio::test]
        #[ignore = "hangs on purpose: another test starts it"]
        async fn a_test_hangs_with_an_open_browser() {
            let browser = Browser::open("about:blank").await;
            hang(&group(browser.process_group()));
        }
    }
}

/// Runs a test of this program with nextest; gives what nextest prints, and the processes that the test started.
fn run_hanging(test: &str) -> (String, Vec<i32>) {
    let folder = tempfile::tempdir().unwrap();
    let (binaries, started) = (folder.path().join("binaries.json"), folder.path().join("started.json"));
    fs::write(&binaries, this_program().to_string()).unwrap();
    let mut nextest = Command::new("cargo-nextest");
    nextest.args(["nextest", "run", "--profile", "hanging", "--run-ignored", "only", "--color", "never"]);
    nextest.arg("--binaries-metadata").arg(&binaries).args(["--", "--exact", test]);
    nextest.env(STARTED, &started);
    let output = nextest.output().expect("cargo-nextest starts; `cargo xtask test` installs it");
    let words = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(100), "nextest's exit code for failed tests: {words}");
    let started = fs::read_to_string(started).unwrap_or_else(|_| panic!("it never got to hang: {words}"));
    (words, serde_json::from_str(&started).unwrap())
}

/// What `cargo nextest list --list-type binaries-only` would print of this program, without building it again.
fn this_program() -> Value {
    let program = std::env::current_exe().unwrap();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let package =
        Command::new("cargo").args(["pkgid", "--package", env!("CARGO_PKG_NAME")]).output().unwrap();
    json!({
        "rust-build-meta": {
            "target-directory": target,
            "base-output-directories": [],
            "non-test-binaries": {},
            "linked-paths": [],
        },
        "rust-binaries": {
            "heapgym-tests::journeys": {
                "binary-id": "heapgym-tests::journeys",
                "binary-name": "journeys",
                "package-id": String::from_utf8(package.stdout).unwrap().trim(),
                "kind": "test",
                "binary-path": program,
                "build-platform": "target",
            },
        },
    })
}

async fn is_ended_with_all_it_started(test: &str, at_least: usize) {
    let (words, started) = run_hanging(test);
    assert!(words.contains("TIMEOUT") && words.contains("1 timed out"), "{words}");
    assert!(started.len() >= at_least, "{started:?}");
    assert!(all_gone(&started, SOON).await, "one of {started:?} is still alive");
}

#[tokio::test]
async fn a_test_that_hangs_is_ended_with_its_server_and_the_children_of_a_run() {
    is_ended_with_all_it_started("time_limit::on_purpose::a_test_hangs_while_its_server_runs_a_load", 3)
        .await;
}

mod in_browser {
    #[tokio::test]
    async fn a_test_that_hangs_is_ended_with_its_driver_and_its_browser() {
        let test = "time_limit::on_purpose::in_browser::a_test_hangs_with_an_open_browser";
        super::is_ended_with_all_it_started(test, 3).await;
    }
}
