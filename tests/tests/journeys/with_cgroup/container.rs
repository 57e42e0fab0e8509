//! A container's memory limit: what the kernel kills for it, and what it leaves to offer.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use heapgym_shared::{Outcome, Report, outcome::GuardKind};
use serde_json::Value;

use crate::support::{alone::get, heapgym, needs_module};

const LIMIT_BYTES: u64 = 150 << 20;

/// A memory cgroup with a limit, as a container has; removed when dropped.
struct Cgroup(PathBuf);

impl Cgroup {
    fn make() -> Self {
        needs_module("with_cgroup");
        let name = format!("heapgym-test-{}", std::process::id());
        let mut reasons = Vec::new();
        for (mount, file) in
            [("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")]
        {
            // Without the controller, the directory has no such file.
            let cgroup = Path::new(mount).join(&name);
            if let Err(error) = fs::create_dir(&cgroup) {
                reasons.push(format!("{}: {error}", cgroup.display()));
                continue;
            }
            let cgroup = Self(cgroup);
            let limit = fs::OpenOptions::new().write(true).open(cgroup.0.join(file));
            match limit.and_then(|mut limit| std::io::Write::write_all(&mut limit, b"157286400")) {
                Ok(()) => return cgroup,
                Err(error) => reasons.push(format!("{}/{file}: {error}", cgroup.0.display())),
            }
        }
        panic!("no memory cgroup can be made: {}", reasons.join("; "));
    }

    /// heapgym in it.
    fn heapgym(&self, args: &[&str]) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", "echo 0 > \"$0\"/cgroup.procs && exec \"$@\""]).arg(&self.0);
        command.arg(heapgym().get_program()).args(args).env_remove("RUST_LOG");
        command
    }
}

impl Drop for Cgroup {
    fn drop(&mut self) {
        let _ = fs::remove_dir(&self.0);
    }
}

#[test]
fn a_target_that_the_kernel_kills_for_a_containers_limit_is_out_of_memory() {
    let cgroup = Cgroup::make();
    let output = cgroup
        .heapgym(&[
            "run",
            "--workload",
            "products",
            "--concurrency",
            "40",
            "--duration",
            "20s",
            "--json",
            "-",
        ])
        .output()
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(101), "{words}");
    let report: Report = serde_json::from_slice(&output.stdout).unwrap();
    let Outcome::OutOfMemory { limit_bytes, guard, .. } = report.outcome else {
        panic!("{:?}", report.outcome)
    };
    assert_eq!((limit_bytes, guard), (LIMIT_BYTES, GuardKind::Container));
    assert_eq!(report.environment.memory_bytes, LIMIT_BYTES);
}

#[test]
fn a_benchmark_that_the_kernel_kills_for_a_containers_limit_is_out_of_memory() {
    let cgroup = Cgroup::make();
    let output = cgroup.heapgym(&["bench", "calibrate", "--param", "leak_bytes=64KiB"]).output().unwrap();
    let words = String::from_utf8_lossy(&output.stderr);
    assert!(words.contains("Out of memory") && words.contains("limit of 150 MiB"), "{words}");
    assert_eq!(output.status.code(), Some(1), "{words}");
}

#[tokio::test]
async fn a_server_in_a_container_offers_limits_below_the_containers() {
    let cgroup = Cgroup::make();
    let folder = tempfile::tempdir().unwrap();
    let mut serve = cgroup
        .heapgym(&["serve", "--listen", "127.0.0.1:0", "--data", folder.path().to_str().unwrap()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(serve.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (_, address) = line.trim().split_once("heapgym on ").unwrap();
    let (status, catalog) = get(&format!("{address}/api/catalog")).await;
    serve.kill().unwrap();
    serve.wait().unwrap();
    let catalog: Value = serde_json::from_slice(&catalog).unwrap();
    assert_eq!((status, catalog["limits"]["memory_bytes"].as_u64()), (200, Some(LIMIT_BYTES / 4 * 3)));
}
