//! Environment variables, and the data folder that one of them names.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    process::{Command, Stdio},
};

use crate::support::{heapgym, server::TestServer, small_run_of, wait_for_line};

fn serve() -> Command {
    let mut command = heapgym();
    command.arg("serve").stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

#[test]
fn an_empty_variable_counts_as_unset() {
    let home = tempfile::tempdir().unwrap();
    let mut server = serve();
    server.args(["--listen", "127.0.0.1:0"]).env("HEAPGYM_DATA", "").env("RUST_LOG", "");
    let mut server = server.env("XDG_DATA_HOME", home.path()).spawn().unwrap();
    wait_for_line(server.stdout.take().unwrap(), "http://");
    let log = wait_for_line(server.stderr.take().unwrap(), "runs are kept in");
    assert!(log.contains(home.path().to_str().unwrap()), "{log}");
    server.kill().unwrap();
    server.wait().unwrap();

    // The default port is taken, so it cannot start there.
    let _taken = TcpListener::bind("127.0.0.1:8080");
    let output = serve().env("HEAPGYM_LISTEN", "").output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("cannot listen on 127.0.0.1:8080"), "{words}");
}

#[test]
fn an_empty_tmpdir_is_not_the_current_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = small_run_of("60s");
    command.current_dir(folder.path()).env("TMPDIR", "");
    let mut run = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_line(run.stderr.take().unwrap(), " load ");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    run.kill().unwrap();
    run.wait().unwrap();
}

#[test]
fn an_error_about_the_data_folder_names_its_flag() {
    let folder = tempfile::tempdir().unwrap();
    let fails = |data: &Path| {
        let output = serve().args(["--listen", "127.0.0.1:0"]).env("HEAPGYM_DATA", data).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{words}");
        assert!(!words.contains("runs are kept in"), "{words}");
        words
    };
    let check = |data: &Path, reason: &str| {
        let words = fails(data);
        let expect = format!("cannot keep runs in `{}`; choose another folder with --data", data.display());
        assert!(words.contains(&expect) && words.contains(reason), "{words}");
    };
    let file = folder.path().join("file");
    fs::write(&file, "").unwrap();
    check(&file, "File exists");
    check(&file.join("below"), "Not a directory");
    check(Path::new("/proc/heapgym"), "No such file");
    let _other = TestServer::start_in(folder.path());
    let name = folder.path().display();
    let expect =
        format!("heapgym: another server keeps its runs in `{name}`; choose another folder with --data\n");
    assert_eq!(fails(folder.path()), expect);
    let damaged = folder.path().join("damaged");
    fs::create_dir(&damaged).unwrap();
    fs::write(damaged.join("heapgym.sqlite"), "not a database ".repeat(1_000)).unwrap();
    check(&damaged, "not a database");
}
